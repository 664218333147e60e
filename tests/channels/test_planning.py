"""Splitting and downgrading, by property and by example."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.contract import Capabilities, MediaLimit, TextUnit
from channels.planning import measure, plan, split_text
from conversations.errors import NotSendable
from conversations.parts import Choice, Html, Link, Location, Media, MediaType, Menu, Option, Part, Text

FAMILY = "👨‍👩‍👧"
TOGETHER = (FAMILY, "👍🏽", "❤️", "1️⃣", "🇨🇳", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "é", "\r\n")
"""What people see as one character, each at most 28 bytes long."""

BARE = Capabilities(text_limit=20, text_unit=TextUnit.CODE_POINTS)
RICH = Capabilities(
    text_limit=20,
    text_unit=TextUnit.CODE_POINTS,
    media={MediaType.IMAGE: MediaLimit(frozenset(("image/png",)), 1000), MediaType.FILE: MediaLimit(frozenset(), 9)},
    menus=True,
    links=True,
    locations=True,
)

units = st.sampled_from(TextUnit)


@given(st.text(), st.integers(4, 80), units)
def test_pieces_fit_and_make_up_the_text(text: str, limit: int, unit: TextUnit) -> None:
    pieces = split_text(text, limit, unit)
    assert "".join(pieces) == text
    assert all(measure(piece, unit) <= limit for piece in pieces)
    assert all(pieces) or text == ""


@given(st.lists(st.sampled_from((*TOGETHER, "好", "a", " ", "。", "\n"))), st.integers(30, 90), units)
def test_what_is_seen_as_one_character_stays_whole(characters: list[str], limit: int, unit: TextUnit) -> None:
    text, seams = "", {0}
    for character in characters:
        text += character
        seams.add(len(text))
    place = 0
    for piece in split_text(text, limit, unit):
        place += len(piece)
        assert place in seams or text[place - 1 : place + 1] == "\r\n"


@pytest.mark.parametrize(
    ("unit", "length"), [(TextUnit.CODE_POINTS, 5), (TextUnit.UTF16, 8), (TextUnit.BYTES, 18)], ids=str
)
def test_a_family_of_three_counts_five_code_points(unit: TextUnit, length: int) -> None:
    """3 emoji and 2 joiners: 2 UTF-16 units or 4 bytes each emoji, 1 unit or 3 bytes each joiner."""
    assert measure(FAMILY, unit) == length


@pytest.mark.parametrize("character", ["好", "a", "€", FAMILY, "𠮷"])
@pytest.mark.parametrize(("more", "pieces"), [(-1, 1), (0, 1), (1, 2)])
@pytest.mark.parametrize("unit", list(TextUnit))
def test_text_around_the_limit(character: str, more: int, pieces: int, unit: TextUnit) -> None:
    text = character * 40
    assert len(split_text(text, measure(text, unit) - more, unit)) == pieces


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("One. Or two\n\nThree. four five", "One. Or two\n\n"),
        ("One two\nthree. four five", "One two\nthree. "),
        ("一二三四五六七八九十。一二三四五六七八九十", "一二三四五六七八九十。"),
        ("one two three four five", "one two three four "),
        ("abcdefghijklmnopqrstuvwxyz", "abcdefghijklmnopqrst"),
        ("a bcdefghijklmnopqrstuvwxyz", "a bcdefghijklmnopqrs"),
    ],
)
def test_text_breaks_where_people_would_break_it(text: str, first: str) -> None:
    """Within 20 characters, but not so early that more messages are needed."""
    assert split_text(text, 20, TextUnit.CODE_POINTS)[0] == first


def test_one_character_longer_than_the_limit_is_cut_all_the_same() -> None:
    assert split_text("e" + "\u0301" * 9, 5, TextUnit.CODE_POINTS) == ["e" + "\u0301" * 4, "\u0301" * 5]


@pytest.mark.parametrize(
    ("part", "text"),
    [
        (Menu("满意吗？", (Option("a", "是"), Option("b", "否"))), "满意吗？\n1. 是\n2. 否"),
        (Menu("", (Option("a", "是"),)), "1. 是"),
        (Link("https://a.cn", "标题"), "标题\nhttps://a.cn"),
        (Link("https://a.cn"), "https://a.cn"),
        (Location(31.2, 121.5, "上海"), "上海\n31.2,121.5"),
    ],
)
def test_what_a_channel_lacks_becomes_text(part: Part, text: str) -> None:
    assert plan((part,), BARE) == (Text(text),)


@pytest.mark.parametrize(
    "part",
    [
        Menu("满意吗？", (Option("a", "是"),)),
        Link("https://a.cn"),
        Location(31.2, 121.5),
        Media(MediaType.IMAGE, mime="image/png", size=1000),
        Media(MediaType.FILE, mime="anything/at-all", size=9),
    ],
)
def test_what_a_channel_has_stays(part: Part) -> None:
    assert plan((part,), RICH) == (part,)


def test_a_long_question_is_asked_in_several_messages_and_the_menu_comes_last() -> None:
    menu = Menu("一二三四五六七八九十。一二三四五六七八九十？", (Option("a", "是"),))
    assert plan((menu,), RICH) == (Text("一二三四五六七八九十。"), Menu("一二三四五六七八九十？", menu.options))


def test_formatted_text_gives_way_to_the_words_beside_it() -> None:
    assert plan((Html("<p>hi</p>"), Text("hi")), BARE) == (Text("hi"),)


@pytest.mark.parametrize(
    ("part", "sentence"),
    [
        (Media(MediaType.VOICE, mime="audio/amr"), "This channel carries no voice."),
        (Media(MediaType.IMAGE, mime="image/webp"), "This channel does not carry image/webp, only image/png."),
        (Media(MediaType.IMAGE), "This channel does not carry files without a type, only image/png."),
        (
            Media(MediaType.IMAGE, mime="image/png", size=1001),
            "The image has 1001 bytes; this channel carries up to 1000.",
        ),
        (Choice("a"), "A choice is what customers send; it cannot be sent to them."),
        (Html("<p>hi</p>"), "Formatted text needs plain words beside it."),
        (Text(" \n"), "There is nothing to send."),
    ],
)
def test_what_cannot_be_carried_is_refused_with_a_reason(part: Part, sentence: str) -> None:
    with pytest.raises(NotSendable) as caught:
        plan((part,), RICH)
    assert str(caught.value) == sentence
