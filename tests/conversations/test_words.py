"""Small words of the domain: addresses, ids, languages, parts, errors, scopes."""

import time

import pytest

from conversations.address import (
    Address,
    address_value,
    mail_address,
    phone_address,
    user_address,
    visitor_address,
    wechat_address,
)
from conversations.errors import SEND_ERRORS, SendError
from conversations.ids import AccountId, new_id
from conversations.language import CHINESE, ENGLISH, guess_language, nearest
from conversations.parts import Choice, Html, Link, Location, Media, MediaType, Menu, Part, Text, plain_text

ACCOUNT = AccountId("account")


@pytest.mark.parametrize(
    ("address", "written", "value"),
    [
        (wechat_address(ACCOUNT, "oA-1_2"), "wechat:account/oA-1_2", "oA-1_2"),
        (phone_address("+8613800138000"), "tel:+8613800138000", "+8613800138000"),
        (mail_address("Li@Example.COM"), "mailto:li@example.com", "li@example.com"),
        (visitor_address(ACCOUNT, "v1"), "web:account/v1", "v1"),
        (user_address(ACCOUNT, "7"), "user:account/7", "7"),
    ],
)
def test_an_address_is_one_string_with_a_scheme(address: Address, written: str, value: str) -> None:
    assert (address, address_value(address)) == (written, value)


@pytest.mark.parametrize("user", ["a/b", "a:b", "张三"])
def test_a_customer_number_comes_back_as_the_site_wrote_it(user: str) -> None:
    assert address_value(user_address(ACCOUNT, user)) == user


def test_a_mailbox_comes_back_with_its_slash() -> None:
    """RFC 5322 allows it, and some people have one."""
    assert address_value(mail_address("a/b@example.com")) == "a/b@example.com"


def test_ids_are_uuids_of_version_7_in_the_order_of_time() -> None:
    ids = []
    for _ in range(5):
        ids.append(new_id())
        started = time.time_ns()
        while time.time_ns() - started < 10_000:
            continue
    assert ids == sorted(ids)
    assert all(len(each) == 32 and each[12] == "7" and each[16] in "89ab" for each in ids)
    assert len({new_id() for _ in range(10_000)}) == 10_000


@pytest.mark.parametrize(
    ("text", "language"),
    [("你好", CHINESE), ("Hello 你好", CHINESE), ("Hello", ENGLISH), ("123 !?", ""), ("", ""), ("𠮷野家", CHINESE)],
)
def test_a_language_is_guessed_by_its_letters(text: str, language: str) -> None:
    assert guess_language(text) == language


@pytest.mark.parametrize(("tag", "shipped"), [("en-US", ENGLISH), ("zh-Hant", CHINESE), ("ja", CHINESE), ("", CHINESE)])
def test_every_language_is_served_by_a_shipped_one(tag: str, shipped: str) -> None:
    assert nearest(tag) == shipped


@pytest.mark.parametrize(
    ("part", "words"),
    [
        (Text("你好", quoted="> old"), "你好"),
        (Html("<p>hidden</p>"), ""),
        (Media(MediaType.IMAGE, name="a.png"), "[image] a.png"),
        (Media(MediaType.VOICE), "[voice]"),
        (Location(39.9, 116.4, "天安门"), "[location] 天安门"),
        (Link("https://example.com", "title"), "title"),
        (Link("https://example.com"), "https://example.com"),
        (Menu("which?", ()), "which?"),
        (Choice("1", "满意"), "满意"),
        (Choice("1"), "1"),
    ],
)
def test_every_part_has_words_for_lists(part: Part, words: str) -> None:
    assert plain_text((part,)) == words


def test_bytes_of_a_file_are_never_shown() -> None:
    assert "secret" not in repr(Media(MediaType.FILE, content=b"secret"))


@pytest.mark.parametrize("kind", SEND_ERRORS)
def test_every_error_says_something_and_keeps_the_providers_words(kind: type[SendError]) -> None:
    assert str(kind()).endswith(".") or str(kind())
    assert (str(kind("their words", code="7")), kind("", code="7").code) == ("their words", "7")


def test_kinds_of_errors_are_told_apart() -> None:
    assert len({kind.kind for kind in SEND_ERRORS}) == len(SEND_ERRORS) == len(SendError.__subclasses__())
