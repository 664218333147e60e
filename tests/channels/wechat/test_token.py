"""The access token: fetched once, shared, replaced once, forced seldom."""

import asyncio
from datetime import datetime, timedelta

import pytest

from channels.contract import Surroundings, Token
from channels.wechat.channel import WeChatChannel
from conversations.errors import ProviderUnavailable, Throttled
from conversations.parts import Text
from tests.channels.wechat.sampler import ACCOUNT, DONE, SEND, STABLE_TOKEN, outgoing, settings
from tests.support.provider import Provider, Scripted, says
from tests.support.surroundings import NOW

TEXT = Text("您好")


def stamps(*times: datetime) -> Token:
    """When tokens were forced, as processes tell each other."""
    return Token(" ".join(str(int(time.timestamp())) for time in times), NOW + timedelta(days=1))


def refusing(code: int) -> Scripted:
    return says({"errcode": code, "errmsg": "invalid credential"})


def lent(value: str) -> Scripted:
    return says({"access_token": value, "expires_in": 7200})


def forced(provider: Provider) -> list[object]:
    """For each token asked for, whether it was forced."""
    wishes = [request.json() for request in provider.requests(STABLE_TOKEN)]
    return [wish["force_refresh"] for wish in wishes if isinstance(wish, dict)]


async def test_one_token_serves_everybody_who_asks_at_once(channel: WeChatChannel, provider: Provider) -> None:
    await asyncio.gather(*(channel.send(outgoing(TEXT)) for _ in range(5)))
    (request,) = provider.requests(STABLE_TOKEN)
    assert request.json() == {
        "grant_type": "client_credential",
        "appid": "wx0123456789abcdef",
        "secret": "secret-of-the-tests",
        "force_refresh": False,
    }
    assert len(provider.requests(SEND)) == 5


async def test_another_process_uses_the_token_that_one_has_fetched(
    channel: WeChatChannel, provider: Provider, around: Surroundings
) -> None:
    await channel.send(outgoing(TEXT))
    await WeChatChannel.create(ACCOUNT, settings(provider.url), around).send(outgoing(TEXT))
    assert len(provider.requests(STABLE_TOKEN)) == 1


async def test_a_token_near_its_end_is_replaced(
    channel: WeChatChannel, provider: Provider, around: Surroundings
) -> None:
    await around.tokens.save(ACCOUNT, "access_token", Token("old", NOW + timedelta(minutes=5)))
    await channel.send(outgoing(TEXT))
    assert provider.requests(SEND)[0].query["access_token"] == "lent-token"


@pytest.mark.parametrize("code", [40001, 40014, 42001])
async def test_a_refused_token_is_replaced_and_the_call_made_again(
    code: int, channel: WeChatChannel, provider: Provider, around: Surroundings
) -> None:
    await around.tokens.save(ACCOUNT, "access_token", Token("old", NOW + timedelta(hours=1)))
    provider.answers(SEND, refusing(code), DONE)
    await channel.send(outgoing(TEXT))
    assert [request.query["access_token"] for request in provider.requests(SEND)] == ["old", "lent-token"]
    assert forced(provider) == [False]


async def test_a_new_token_is_forced_only_when_wechat_lends_the_refused_one_again(
    channel: WeChatChannel, provider: Provider, around: Surroundings
) -> None:
    """Forcing is allowed 20 times a day."""
    await around.tokens.save(ACCOUNT, "access_token", Token("old", NOW + timedelta(hours=1)))
    provider.answers(STABLE_TOKEN, lent("old"), lent("new"))
    provider.answers(SEND, refusing(40001), DONE)
    await channel.send(outgoing(TEXT))
    assert forced(provider) == [False, True]


async def test_forcing_waits_30_seconds(channel: WeChatChannel, provider: Provider, around: Surroundings) -> None:
    """Another process forced one 10 seconds ago and is about to share it."""
    await around.tokens.save(ACCOUNT, "access_token", Token("old", NOW + timedelta(hours=1)))
    await around.tokens.save(ACCOUNT, "forced_refreshes", stamps(NOW - timedelta(seconds=10)))
    provider.answers(STABLE_TOKEN, lent("old"))
    provider.answers(SEND, refusing(40001))
    with pytest.raises(Throttled) as caught:
        await channel.send(outgoing(TEXT))
    assert caught.value.after == timedelta(seconds=20)
    assert forced(provider) == [False]


async def test_forcing_is_done_20_times_a_day(channel: WeChatChannel, provider: Provider, around: Surroundings) -> None:
    await around.tokens.save(ACCOUNT, "access_token", Token("old", NOW + timedelta(hours=1)))
    today = [NOW - timedelta(hours=hours) for hours in range(20, 0, -1)]
    await around.tokens.save(ACCOUNT, "forced_refreshes", stamps(*today))
    provider.answers(STABLE_TOKEN, lent("old"))
    provider.answers(SEND, refusing(40001))
    with pytest.raises(Throttled) as caught:
        await channel.send(outgoing(TEXT))
    assert caught.value.after == timedelta(hours=4)
    assert forced(provider) == [False]


async def test_a_day_later_it_may_be_forced_again(
    channel: WeChatChannel, provider: Provider, around: Surroundings
) -> None:
    await around.tokens.save(ACCOUNT, "access_token", Token("old", NOW + timedelta(hours=1)))
    yesterday = [NOW - timedelta(days=1, minutes=minutes) for minutes in range(20, 0, -1)]
    await around.tokens.save(ACCOUNT, "forced_refreshes", stamps(*yesterday))
    provider.answers(STABLE_TOKEN, lent("old"), lent("new"))
    provider.answers(SEND, refusing(40001), DONE)
    await channel.send(outgoing(TEXT))
    assert forced(provider) == [False, True]


async def test_many_refusals_at_once_replace_the_token_once(
    channel: WeChatChannel, provider: Provider, around: Surroundings
) -> None:
    await around.tokens.save(ACCOUNT, "access_token", Token("old", NOW + timedelta(hours=1)))
    provider.answers(SEND, *[refusing(40001)] * 5, DONE)
    await asyncio.gather(*(channel.send(outgoing(TEXT)) for _ in range(5)))
    assert len(provider.requests(STABLE_TOKEN)) == 1


async def test_a_token_that_is_never_accepted_is_not_fetched_for_ever(
    channel: WeChatChannel, provider: Provider
) -> None:
    provider.answers(SEND, refusing(40001))
    provider.answers(STABLE_TOKEN, lent("one"), lent("two"))
    with pytest.raises(ProviderUnavailable):
        await channel.send(outgoing(TEXT))
    assert len(provider.requests(SEND)) == 2
    assert len(provider.requests(STABLE_TOKEN)) == 2


async def test_the_check_does_not_trust_a_token_that_is_already_there(
    channel: WeChatChannel, provider: Provider
) -> None:
    await channel.send(outgoing(TEXT))
    await channel.check()
    assert forced(provider) == [False, False]
