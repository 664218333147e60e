"""What is new is separated from what is repeated, and no word is lost on the way."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.email.quotes import Words, split_html, split_text


@pytest.mark.parametrize(
    "quote",
    [
        "On Fri, Nov 20, 2026 at 10:30 AM Service <service@x.example> wrote:\n> old",
        "On Friday, 20 November 2026 at 10:30, a very long name indeed\n<service@x.example> wrote:\n\n> old",
        "2026年11月20日 10:30，客服 <service@x.example> 写道：\n> 旧",
        "客服 <service@x.example> 于2026年11月20日周五 10:30写道：\n\n> 旧",
        "在 2026年11月20日，10:30，客服 写道：\n\n旧",
        'At 2026-11-20 10:30:00, "Service" <service@x.example> wrote:\n>old',
        "-----Original Message-----\nFrom: Service\nSubject: x\n\nold",
        "-----原始邮件-----\n发件人: 客服\n旧",
        '------------------ Original ------------------\nFrom: "Service"\nold',
        "---- 回复的原邮件 ----\n| 发件人 | 客服 |\n旧",
        "---------- 转发邮件信息 ----------\n旧",
        "发件人： 客服\n发送时间： 2026-11-20 10:30\n收件人： 李雷\n主题： 退款\n\n旧",
        "From: Service <service@x.example>\nSent: Friday\nTo: Li\nCc: Han\nSubject: Refund\n\nold",
        "> old\n> older",
    ],
)
def test_plain_quotes_are_folded_away(quote: str) -> None:
    assert split_text(f"谢谢！\n\n{quote}\n") == Words("谢谢！", quote)


@pytest.mark.parametrize(
    "text",
    [
        "The report, as the manager wrote:\nall is well",
        "发件人：我不知道是谁\n请帮我查一下",
        "> which one?\nthe blue one",
        "He wrote: hello",
        "> only a quote",
        "-- \nLi Lei\nExample Ltd.",
    ],
)
def test_in_doubt_everything_is_new(text: str) -> None:
    assert split_text(text) == Words(text)


@pytest.mark.parametrize(
    "quote",
    [
        '<div class="gmail_quote"><div>On Friday wrote:</div><blockquote>old</blockquote></div>',
        '<div class="moz-cite-prefix">On Friday wrote:</div><blockquote type="cite">old</blockquote>',
        '<blockquote id="isReplyContent">old</blockquote>',
        "<includetail><div>old</div></includetail>",
        '<hr><div id="divRplyFwdMsg">From: x</div><div>old</div>',
        '<div id="appendonsend"></div><div>old</div>',
        '<div style="border:none;border-top:solid #B5C4DF 1.0pt">From: x</div><p>old</p>',
    ],
)
def test_html_quotes_are_folded_away(quote: str) -> None:
    words = split_html(f"<div>谢谢！</div><p>Li</p>{quote}")

    assert words.fresh == "谢谢！\n\nLi"
    assert words.quoted.endswith("old")


def test_answers_below_an_html_quote_are_new() -> None:
    assert split_html('<blockquote type="cite">which?</blockquote><p>the blue one</p>') == Words(
        "the blue one", "which?"
    )


def test_html_that_is_all_quote_is_shown() -> None:
    assert split_html('<div class="gmail_quote">old</div>') == Words("old")


@given(
    st.lists(
        st.sampled_from(["a\n", "> b\n", "On 1/1 x@y wrote:\n", "From: x\n", "主题: y\n", "----\n", "\n"]) | st.text()
    )
)
def test_no_word_is_lost(lines: list[str]) -> None:
    text = "".join(lines)
    words = split_text(text)

    assert f"{words.fresh} {words.quoted}".split() == text.split()


@pytest.mark.parametrize("line", ["\n", "On 1/1 x@y wrote:\n", "From: x\n", "> \n", " ", "-", "2026年 wrote:\n> "])
def test_no_text_takes_long(line: str) -> None:
    started = time.perf_counter()

    split_text(line * (200_000 // len(line)) + "x")

    assert time.perf_counter() - started < 2
