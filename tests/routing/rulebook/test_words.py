"""Words in a text are whole words, in Chinese too as far as people say which phrases only look alike."""

import pytest

from routing.rulebook.words import finder


@pytest.mark.parametrize(
    ("word", "text", "found"),
    [
        ("refund", "A REFUND, please", True),
        ("refund", "refunds", False),
        ("refund", "prefund", False),
        ("refund", "refund_2", False),
        ("refund", "我要refund谢谢", True),
        ("refund", "ｒｅｆｕｎｄ", True),
        ("STRASSE", "straße", True),
        ("退款", "我要退款谢谢", True),
        ("退款", "退货款", False),
        ("VIP客户", "我是VIP客户吗", True),
        ("VIP客户", "xVIP客户", False),
        ("c++", "I love C++.", True),
        ("12378", "打12378投诉", True),
        ("12378", "912378", False),
        (".", "no full stop", False),
    ],
)
def test_words_are_whole_words_and_chinese_is_found_anywhere(word: str, text: str, found: bool) -> None:
    assert finder([word])(text) is found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("我的余额是多少", True),
        ("剩余额度是多少", False),
        ("剩余额度和余额分别是多少", True),
        ("余额？剩余额度？", True),
    ],
)
def test_a_word_is_not_found_across_the_border_of_two_others(text: str, found: bool) -> None:
    assert finder(["余额"], ["剩余额度", "人工智能"])(text) is found


def test_a_phrase_that_is_itself_wanted_is_no_lookalike() -> None:
    assert finder(["余额", "剩余额度"], ["剩余额度"])("剩余额度是多少")
    assert finder(["剩余额度"], ["剩余额度"])("剩余额度是多少")


def test_a_longer_word_does_not_hide_a_shorter_one() -> None:
    """银保监 and 银保监会 are both wanted: either is enough, whichever the pattern tries first."""
    assert finder(["银保监会", "银保监"])("银保监局")
