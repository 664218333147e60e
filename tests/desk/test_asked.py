"""A wish is what somebody says and nothing else: who speaks about their matter is not thrown out of the line."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from conversations.parts import Choice, Html, Media, MediaType, Part, Text
from conversations.wishes import Wish
from desk.asked import Asked, AskingWords, menu, next_time, phone_in, read_wish
from routing.rulebook.words import SHIPPED

WORDS = AskingWords(SHIPPED)
CHINA = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    ("said", "wish"),
    [
        ("取消排队", Wish.LEAVE),
        (" 取消排队。", Wish.LEAVE),
        ("Leave the queue!", Wish.LEAVE),
        ("留言", Wish.MESSAGE),
        ("回电", Wish.CALLBACK),
        ("回电 15:30", Wish.CALLBACK),
        ("请回电：13800138000", Wish.CALLBACK),
        ("Call me back 9:15 +86 138 0013 8000", Wish.CALLBACK),
        ("我要取消排队的号码怎么办", None),
        ("你们收到我的留言了吗", None),
        ("message", None),
        ("13800138000", None),
        ("", None),
    ],
)
def test_the_words_are_the_whole_message(said: str, wish: Wish | None) -> None:
    assert read_wish((Text(said),), WORDS) == (None if wish is None else Asked(wish, said))


def test_mail_says_it_twice_and_what_it_quotes_does_not_count() -> None:
    mail = (Text("Leave the queue", quoted="You are number 3 in line."), Html("<p>Leave the queue</p>"))
    assert read_wish(mail, WORDS) == Asked(Wish.LEAVE, "Leave the queue")
    assert read_wish((Text("留言"), Media(MediaType.IMAGE)), WORDS) is None


@pytest.mark.parametrize(
    ("part", "wish"),
    [
        (Choice("line-leave", "取消排队"), Wish.LEAVE),
        (Choice("line-callback", "请回电 13800138000 15:30"), Wish.CALLBACK),
        (Choice("line-elsewhere", "x"), None),
        (Choice("0199-5", "5"), None),
    ],
)
def test_a_tap_is_a_wish(part: Part, wish: Wish | None) -> None:
    found = read_wish((part,), WORDS)
    assert (found and found.wish) == wish


@pytest.mark.parametrize(
    ("zone", "known"),
    [("Europe/London", ZoneInfo("Europe/London")), ("Mars/Crater", None), ("../../etc/passwd", None), ("", None)],
)
def test_a_browser_says_in_which_zone_it_is(zone: str, known: ZoneInfo | None) -> None:
    found = read_wish((Choice(f"line-callback@{zone}", "Call me back 15:30"),), WORDS)
    assert found == Asked(Wish.CALLBACK, "Call me back 15:30", known)


def test_what_a_menu_offers_is_understood() -> None:
    for option in menu("?", [(wish, WORDS.shown(wish, "zh-CN")) for wish in Wish]).options:
        assert read_wish((Choice(option.id, option.label),), WORDS) is not None
        assert read_wish((Text(option.label),), WORDS) is not None


def test_words_are_shown_in_the_customers_language_or_in_the_one_there_is() -> None:
    assert [WORDS.shown(Wish.LEAVE, each) for each in ("zh-TW", "en-GB", "")] == [
        "取消排队",
        "leave the queue",
        "取消排队",
    ]
    assert AskingWords({"leave": ("不排了",)}).shown(Wish.LEAVE, "en") == "不排了"
    assert AskingWords({}).shown(Wish.LEAVE, "en") == ""


@pytest.mark.parametrize(
    ("said", "due"),
    [("回电 15:30", (21, 7, 30)), ("回电 9：05", (22, 1, 5)), ("回电 12:00", (22, 4, 0)), ("回电", None)],
)
def test_a_time_of_day_is_the_next_one(said: str, due: tuple[int, int, int] | None) -> None:
    """It is noon in China."""
    now = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)
    assert next_time(said, now, CHINA) == (due and datetime(2026, 11, *due, tzinfo=UTC))


@pytest.mark.parametrize(
    ("said", "number"),
    [("13800138000", "13800138000"), ("回电 +86 138-0013-8000 15:30", "+86 138-0013-8000"), ("回电 15:30", "")],
)
def test_a_time_is_no_number(said: str, number: str) -> None:
    assert phone_in(said) == number
