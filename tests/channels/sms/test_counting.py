"""How many short messages a text makes, as each channel sends it and its provider charges it."""

from collections.abc import AsyncIterator, Mapping

import pytest

from channels.contract import SegmentTeller, Surroundings
from channels.registry import CHANNELS
from conversations.ids import AccountId
from tests.support.sampler import sampler_of
from tests.support.surroundings import open_surroundings

SIGNED = {"signature": "汇流"}
SIGN_NAME = {"sign_name": "汇流", "country": "CN"}
KINDS = ("sms_aliyun", "sms_tencent", "sms_twilio", "sms_smpp", "sms_cmpp")


@pytest.fixture
async def around() -> AsyncIterator[Surroundings]:
    async with open_surroundings() as made:
        yield made


@pytest.mark.parametrize(
    ("kind", "settings", "unit", "times", "messages"),
    [
        ("sms_aliyun", SIGN_NAME, "字", 66, 1),
        ("sms_aliyun", SIGN_NAME, "字", 67, 2),
        ("sms_aliyun", SIGN_NAME, "a", 67, 2),
        ("sms_tencent", SIGN_NAME, "字", 66, 1),
        ("sms_tencent", SIGN_NAME, "字", 131, 3),
        ("sms_cmpp", SIGNED, "字", 66, 1),
        ("sms_cmpp", SIGNED, "字", 67, 2),
        ("sms_smpp", SIGNED, "字", 67, 2),
        ("sms_smpp", {}, "a", 160, 1),
        ("sms_smpp", {}, "€", 80, 1),
        ("sms_smpp", {}, "€", 81, 2),
        ("sms_smpp", {"alphabet": "ucs2"}, "a", 71, 2),
        ("sms_smpp", {"long_messages": "payload"}, "字", 135, 3),
        ("sms_twilio", {}, "a", 161, 2),
        ("sms_twilio", {}, "😀", 36, 2),
    ],
)
def test_a_text_makes_so_many(
    kind: str, settings: Mapping[str, str], unit: str, times: int, messages: int, around: Surroundings
) -> None:
    """70 units alone or 67 in each of several, 160 or 153 in the seven-bit alphabet; the signature takes 4."""
    channel = CHANNELS[kind].create(
        AccountId("sms"), {**sampler_of(kind).settings("http://127.0.0.1:9"), **settings}, around
    )
    assert isinstance(channel, SegmentTeller)
    assert channel.segments(unit * times) == messages


def test_only_channels_of_short_messages_can_tell() -> None:
    assert {kind for kind, channel in CHANNELS.items() if issubclass(channel, SegmentTeller)} == set(KINDS)
