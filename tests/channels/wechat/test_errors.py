"""What each of WeChat's codes means."""

from datetime import UTC, datetime, timedelta

import pytest

from channels.wechat.channel import WeChatChannel
from channels.wechat.errors import MEANINGS, Remedy, codes_for, error_of
from conversations.errors import (
    Misconfigured,
    OptedOut,
    ProviderUnavailable,
    Rejected,
    SendError,
    Throttled,
    WindowClosed,
)
from conversations.parts import Text
from tests.channels.wechat.sampler import SEND, outgoing
from tests.support.provider import Provider, says
from tests.support.surroundings import NOW

# Section 3.5 of the channel protocols, line by line; codes of the token and of typing have tests of their own.
ACTIONS: dict[int, type[SendError]] = {
    -1: ProviderUnavailable,
    40003: Rejected,
    46004: Rejected,
    40164: Misconfigured,
    40013: Misconfigured,
    40125: Misconfigured,
    43004: OptedOut,
    43101: Rejected,
    45009: Throttled,
    45011: Throttled,
    45015: WindowClosed,
    45047: WindowClosed,
    47001: Rejected,
    47003: Rejected,
    40007: Rejected,
    48001: Misconfigured,
    50002: Rejected,
}
RENEWING = {40001, 40014, 42001}
TYPING = {45072, 45080, 45081}


def test_the_table_knows_every_code_we_were_told_of() -> None:
    assert ACTIONS.keys() | RENEWING | TYPING <= MEANINGS.keys()
    assert codes_for(Remedy.RENEW) == set(map(str, RENEWING))
    assert codes_for(Remedy.IGNORE) == set(map(str, TYPING))
    assert codes_for(Remedy.LEND_AGAIN) == {"40007"}


def test_whoever_is_told_to_wait_is_told_how_long() -> None:
    for meaning in MEANINGS.values():
        assert (meaning.error is Throttled) == (meaning.pause is not None)


@pytest.mark.parametrize(("errcode", "expected"), [*ACTIONS.items(), (99999, Rejected)])
async def test_an_errcode_inside_http_200_says_who_must_act(
    errcode: int, expected: type[SendError], channel: WeChatChannel, provider: Provider
) -> None:
    provider.answers(SEND, says({"errcode": errcode, "errmsg": "some words rid: 1"}))
    with pytest.raises(SendError) as caught:
        await channel.send(outgoing(Text("您好")))
    assert type(caught.value) is expected
    assert caught.value.code == str(errcode)
    assert "some words" in str(caught.value)
    assert len(provider.requests(SEND)) == 1


def after(errcode: int, now: datetime) -> timedelta:
    error = error_of(errcode, "", now)
    assert isinstance(error, Throttled)
    return error.after


def test_the_limit_of_a_minute_ends_with_the_minute() -> None:
    assert after(45011, NOW) == timedelta(minutes=1)


@pytest.mark.parametrize(
    ("now", "pause"),
    [
        (datetime(2026, 11, 21, 16, 0, tzinfo=UTC), timedelta(days=1)),  # 00:00 in Shanghai
        (datetime(2026, 11, 21, 15, 59, tzinfo=UTC), timedelta(minutes=1)),  # 23:59
        (datetime(2026, 11, 21, 0, 0, tzinfo=UTC), timedelta(hours=16)),  # 08:00
    ],
)
def test_the_limit_of_a_day_ends_at_midnight_in_china(now: datetime, pause: timedelta) -> None:
    assert after(45009, now) == pause


@pytest.mark.parametrize(
    ("errcode", "advice"), [(40164, "IP白名单"), (40125, "AppSecret"), (40013, "AppID"), (48001, "接口权限")]
)
def test_what_an_operator_must_repair_is_named(errcode: int, advice: str) -> None:
    assert advice in str(error_of(errcode, "", NOW))
