"""How news are fetched: page after page, each committed with the place behind it."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from channels.contract import Surroundings
from channels.wecom.channel import WeComChannel
from conversations.errors import Misconfigured, ProviderUnavailable, SendError
from conversations.inbound import InboundMessage
from conversations.parts import Text
from tests.channels.wecom.conftest import ACCOUNT
from tests.channels.wecom.sampler import DONE, NICKNAMES, ON_EVENT, OPEN_KFID, SYNC, settings
from tests.support.ears import CommitFailed, MemoryEar, listening
from tests.support.provider import Provider, Scripted, says
from tests.support.surroundings import NOW

TOKEN_A, TOKEN_B = "ENC-a", "ENC-b"


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def channel(around: Surroundings, provider: Provider, clock: Clock) -> WeComChannel:
    return WeComChannel.create(ACCOUNT, settings(provider.url), replace(around, clock=clock))


@pytest.fixture
def ear(channel: WeComChannel) -> MemoryEar:
    return MemoryEar(channel)


def said(*words: str) -> list[dict[str, Any]]:
    return [
        {
            "msgid": f"id-of-{word}",
            "open_kfid": OPEN_KFID,
            "external_userid": "wm1",
            "send_time": int(NOW.timestamp()),
            "origin": 3,
            "msgtype": "text",
            "text": {"content": word},
        }
        for word in words
    ]


def page(*entries: dict[str, Any], cursor: str, more: bool = False) -> Scripted:
    return says({"errcode": 0, "errmsg": "ok", "next_cursor": cursor, "has_more": int(more), "msg_list": list(entries)})


def asked(provider: Provider) -> list[tuple[str, str]]:
    """Cursor and token of each request for a page."""
    wishes: list[Any] = [request.json() for request in provider.requests(SYNC)]
    return [(wish["cursor"], wish["token"]) for wish in wishes]


def words(ear: MemoryEar) -> list[str]:
    return [
        event.parts[0].text
        for event in ear.events
        if isinstance(event, InboundMessage)
        if isinstance(event.parts[0], Text)
    ]


async def test_a_page_is_asked_for_as_the_documentation_has_it(
    channel: WeComChannel, provider: Provider, ear: MemoryEar
) -> None:
    provider.answers(SYNC, page(*said("一"), cursor="c1"))
    async with listening(channel, ear):
        await ear.rested()
    (request,) = provider.requests(SYNC)
    assert request.json() == {"cursor": "", "token": "", "limit": 1000, "voice_format": 0, "open_kfid": OPEN_KFID}


async def test_each_page_is_committed_with_the_place_behind_it(
    channel: WeComChannel, provider: Provider, ear: MemoryEar
) -> None:
    provider.answers(SYNC, page(*said("一", "二"), cursor="c1", more=True), page(*said("三"), cursor="c2"))
    async with listening(channel, ear):
        await ear.rested()
    assert words(ear) == ["一", "二", "三"]
    assert [taken.cursor for taken in ear.taken] == [f"{OPEN_KFID} c1", f"{OPEN_KFID} c2"]
    assert [request.method for taken in ear.taken for request in taken.requests] == ["SYNC", "SYNC"]


async def test_an_empty_page_is_not_the_end(channel: WeComChannel, provider: Provider, ear: MemoryEar) -> None:
    provider.answers(
        SYNC,
        page(cursor="c1", more=True),
        page(cursor="c2", more=True),
        page(*said("一"), cursor="c3"),
    )
    async with listening(channel, ear):
        await ear.rested()
    assert words(ear) == ["一"]
    assert [cursor for cursor, _ in asked(provider)] == ["", "c1", "c2"]


async def test_more_without_end_is_an_error_and_no_storm(
    channel: WeComChannel, provider: Provider, ear: MemoryEar
) -> None:
    provider.answers(SYNC, page(cursor="", more=True))
    with pytest.raises(ProviderUnavailable):
        await channel.listen(ear)
    assert len(provider.requests(SYNC)) == 1


async def test_nothing_new_writes_nothing(channel: WeComChannel, provider: Provider, ear: MemoryEar) -> None:
    provider.answers(SYNC, page(*said("一"), cursor="c1"), page(cursor="c1"))
    async with listening(channel, ear):
        await ear.rested()
        ear.wake()
        await ear.rested()
    assert len(ear.taken) == 1
    assert asked(provider) == [("", ""), ("c1", "")]


async def test_a_callback_brings_the_news_at_once_and_its_token_is_used(
    channel: WeComChannel, provider: Provider, ear: MemoryEar
) -> None:
    provider.answers(SYNC, page(cursor=""), page(*said("一"), cursor="c1"), page(*said("二"), cursor="c2"))
    async with listening(channel, ear):
        await ear.rested()
        ear.wake(TOKEN_A)
        await ear.rested()
        ear.wake(TOKEN_B)
        await ear.rested()
    assert words(ear) == ["一", "二"]
    assert asked(provider) == [("", ""), ("", TOKEN_A), ("c1", TOKEN_B)]


async def test_a_token_is_used_for_nine_minutes(
    channel: WeComChannel, provider: Provider, ear: MemoryEar, clock: Clock
) -> None:
    provider.answers(SYNC, page(cursor=""))
    async with listening(channel, ear):
        await ear.rested()
        ear.wake(TOKEN_A)
        await ear.rested()
        clock.now += timedelta(minutes=9)
        ear.wake()
        await ear.rested()
    assert [token for _, token in asked(provider)] == ["", TOKEN_A, ""]
    assert ear.sleeps == [300.0, 60.0, 300.0], "without a token WeCom limits how often we may ask"


async def test_a_stale_token_is_dropped(channel: WeComChannel, provider: Provider, ear: MemoryEar) -> None:
    stale = says({"errcode": 95007, "errmsg": "invalid msg token"})
    provider.answers(SYNC, page(cursor=""), stale, page(*said("一"), cursor="c1", more=True), page(cursor="c1"))
    async with listening(channel, ear):
        await ear.rested()
        ear.wake(TOKEN_A)
        await ear.rested()
    assert words(ear) == ["一"]
    assert asked(provider) == [("", ""), ("", TOKEN_A), ("", ""), ("c1", "")]


async def test_a_commit_that_fails_is_made_again_and_nothing_comes_twice(
    channel: WeComChannel, provider: Provider, ear: MemoryEar
) -> None:
    """Killed between page and commit: the next listener is given the same page."""
    provider.answers(SYNC, page(*said("一"), cursor="c1"), page(*said("一"), cursor="c1"), page(cursor="c1"))
    ear.fail_once()
    with pytest.raises(CommitFailed):
        await channel.listen(ear)
    assert (ear.events, ear.committed) == ([], "")
    async with listening(channel, ear):
        await ear.rested()
    assert words(ear) == ["一"]
    assert [cursor for cursor, _ in asked(provider)] == ["", ""]


async def test_a_new_listener_goes_on_where_the_last_one_left_off(
    channel: WeComChannel, provider: Provider, ear: MemoryEar
) -> None:
    provider.answers(SYNC, page(*said("一"), cursor="c1"), page(*said("二"), cursor="c2"))
    for _ in range(2):
        async with listening(channel, ear):
            await ear.rested()
    assert words(ear) == ["一", "二"]
    assert [cursor for cursor, _ in asked(provider)] == ["", "c1"]


async def test_the_place_of_another_account_is_not_used(channel: WeComChannel, provider: Provider) -> None:
    """The operator has corrected the open_kfid."""
    ear = MemoryEar(channel, committed="wk-before c9")
    provider.answers(SYNC, page(*said("一"), cursor="c1"))
    async with listening(channel, ear):
        await ear.rested()
    assert asked(provider) == [("", "")]


@pytest.mark.parametrize(
    ("scripted", "expected"),
    [
        (Scripted(status=502, body=b"<html>"), ProviderUnavailable),
        (Scripted(cut=True), ProviderUnavailable),
        (says({"errcode": 0, "next_cursor": "c1", "msg_list": 7}), ProviderUnavailable),
        (says({"errcode": 48002, "errmsg": "api forbidden"}), Misconfigured),
    ],
)
async def test_trouble_ends_the_listening_by_its_name(
    scripted: Scripted, expected: type[SendError], channel: WeComChannel, provider: Provider, ear: MemoryEar
) -> None:
    provider.answers(SYNC, scripted)
    with pytest.raises(expected):
        await channel.listen(ear)


def entered(code: str, *, seconds_ago: int = 0) -> dict[str, Any]:
    event = {"event_type": "enter_session", "open_kfid": OPEN_KFID, "external_userid": "wm1", "welcome_code": code}
    at = int(NOW.timestamp()) - seconds_ago
    return {"msgid": f"enter-{code}", "send_time": at, "origin": 4, "msgtype": "event", "event": event}


@pytest.fixture
def greeter(around: Surroundings, provider: Provider) -> WeComChannel:
    provider.answers(ON_EVENT, DONE)
    return WeComChannel.create(ACCOUNT, {**settings(provider.url), "welcome": "您好，请问有什么可以帮您？"}, around)


async def test_whoever_enters_is_greeted_after_the_commit(greeter: WeComChannel, provider: Provider) -> None:
    ear = MemoryEar(greeter)
    provider.answers(SYNC, page(entered("code-1"), entered("code-1"), *said("一"), cursor="c1"))
    ear.fail_once()
    with pytest.raises(CommitFailed):
        await greeter.listen(ear)
    assert provider.requests(ON_EVENT) == []
    async with listening(greeter, ear):
        await ear.rested()
    (request,) = provider.requests(ON_EVENT)
    assert request.json() == {
        "code": "code-1",
        "msgtype": "text",
        "text": {"content": "您好，请问有什么可以帮您？"},
    }


async def test_a_code_of_more_than_20_seconds_is_not_used(greeter: WeComChannel, provider: Provider) -> None:
    ear = MemoryEar(greeter)
    provider.answers(SYNC, page(entered("old", seconds_ago=21), entered("new", seconds_ago=20), cursor="c1"))
    async with listening(greeter, ear):
        await ear.rested()
    assert [request.json()["code"] for request in provider.requests(ON_EVENT)] == ["new"]  # type: ignore[index]


async def test_a_greeting_that_fails_ends_nothing(greeter: WeComChannel, provider: Provider) -> None:
    ear = MemoryEar(greeter)
    provider.answers(ON_EVENT, says({"errcode": 95013, "errmsg": "conversation end"}), Scripted(cut=True))
    provider.answers(SYNC, page(entered("one"), entered("two"), cursor="c1", more=True), page(*said("一"), cursor="c2"))
    async with listening(greeter, ear):
        await ear.rested()
    assert words(ear) == ["一"]
    assert len(provider.requests(ON_EVENT)) == 2


async def test_without_a_welcome_nobody_is_greeted(channel: WeComChannel, provider: Provider, ear: MemoryEar) -> None:
    provider.answers(SYNC, page(entered("code-1"), cursor="c1"))
    async with listening(channel, ear):
        await ear.rested()
    assert provider.requests(ON_EVENT) == []


def called(**names: str) -> Scripted:
    listed = [{"external_userid": userid, "nickname": name} for userid, name in names.items()]
    return says({"errcode": 0, "errmsg": "ok", "customer_list": listed, "invalid_external_userid": []})


async def test_customers_are_called_by_their_nicknames_which_are_asked_for_once(
    channel: WeComChannel, provider: Provider, ear: MemoryEar
) -> None:
    provider.answers(NICKNAMES, called(wm1="张三"))
    provider.answers(SYNC, page(*said("一", "二"), cursor="c1", more=True), page(*said("三"), cursor="c2"))
    async with listening(channel, ear):
        await ear.rested()
    assert [event.name for event in ear.events if isinstance(event, InboundMessage)] == ["张三"] * 3
    (request,) = provider.requests(NICKNAMES)
    assert request.json() == {"external_userid_list": ["wm1"]}


async def test_names_are_asked_for_by_the_hundred(channel: WeComChannel, provider: Provider, ear: MemoryEar) -> None:
    entries = [{**said("一")[0], "msgid": f"m{number}", "external_userid": f"wm{number}"} for number in range(101)]
    provider.answers(NICKNAMES, called(wm0="甲"), called(wm100="乙"))
    provider.answers(SYNC, page(*entries, cursor="c1"))
    async with listening(channel, ear):
        await ear.rested()
    asked_for: list[Any] = [request.json() for request in provider.requests(NICKNAMES)]
    assert [len(wish["external_userid_list"]) for wish in asked_for] == [100, 1]
    names = [event.name for event in ear.events if isinstance(event, InboundMessage)]
    assert (names[0], names[1], names[100]) == ("甲", "", "乙")


async def test_without_names_messages_come_all_the_same(
    channel: WeComChannel, provider: Provider, ear: MemoryEar
) -> None:
    provider.answers(NICKNAMES, says({"errcode": 48002, "errmsg": "api forbidden"}))
    provider.answers(SYNC, page(*said("一"), cursor="c1"))
    async with listening(channel, ear):
        await ear.rested()
    assert words(ear) == ["一"]
