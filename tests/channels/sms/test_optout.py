"""Which texts mean: no more messages."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.sms.optout import change_of, change_words, heeded
from conversations.address import phone_address
from conversations.inbound import ContactChange, ContactChanged, InboundMessage
from conversations.parts import Text

CHINA = change_words("CN")
OUT, BACK = ContactChange.OPTED_OUT, ContactChange.OPTED_IN


@pytest.mark.parametrize(
    ("text", "change"),
    [
        ("T", OUT),
        ("t", OUT),
        ("TD", OUT),
        ("ＴＤ", OUT),
        ("td。", OUT),
        (" R \n", OUT),
        ("Ｒ！", OUT),
        ("“TD”", OUT),
        ("N", OUT),
        ("退订", OUT),
        ("【退订】", OUT),
        ("退訂", OUT),
        ("STOP", OUT),
        ("Stop.", OUT),
        ("STOPALL", OUT),
        ("unsubscribe!", OUT),
        ("QUIT", OUT),
        ("CANCEL", OUT),
        ("END", OUT),
        ("START", BACK),
        ("unstop", BACK),
        ("恢复订阅", BACK),
        ("", None),
        ("。", None),
        ("YES", None),
        ("我要退订", None),
        ("T恤多少钱", None),
        ("stop it", None),
        ("请问怎么取消", None),
        ("1", None),
    ],
)
def test_the_whole_text_decides(text: str, change: ContactChange | None) -> None:
    assert change_of(text, CHINA) == change


@pytest.mark.parametrize(("country", "change"), [("CN", OUT), ("TW", OUT), ("US", None)])
def test_each_market_has_words_of_its_own(country: str, change: ContactChange | None) -> None:
    assert change_of("退订", change_words(country)) == change
    assert change_of("STOP", change_words(country)) == OUT


def test_accounts_may_have_more() -> None:
    words = change_words("DE", " Ｓtopp，ENDE, nicht mehr ")
    wanted = ("STOPP!", "ende", "Nicht mehr.", "stop")
    assert [change_of(text, words) for text in wanted] == [OUT] * 4
    assert [change_of(text, words) for text in ("nicht", "mehr", "")] == [None] * 3


def test_a_wish_takes_the_place_of_the_message() -> None:
    at = datetime(2026, 11, 21, tzinfo=UTC)
    address = phone_address("+8613800138000")
    message = InboundMessage(key="1", address=address, parts=(Text("TD。"),), occurred_at=at)
    expected = ContactChanged(key="1", address=address, change=OUT, occurred_at=at, detail="TD。")
    assert heeded(message, "TD。", CHINA) == expected
    assert heeded(message, "您好", CHINA) is message


@given(st.text())
def test_every_text_has_an_answer(text: str) -> None:
    assert change_of(text, CHINA) in (OUT, BACK, None)
