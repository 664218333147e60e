"""A character that the sender tore apart between two pieces of a long message is whole once they are joined."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from operator import attrgetter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from channels.contract import Channel, WebhookRequest
from channels.registry import CHANNELS
from channels.sms.cmpp.codec import encode
from channels.sms.cmpp.fields import Version
from channels.sms.cmpp.messages import Deliver
from channels.sms.smpp.codec import HAS_HEADER, Command, Number, Pdu, ShortMessage, write_message, write_pdu
from channels.sms.text import GSM7
from channels.sms.udh import write_header
from conversations.ids import AccountId, new_id
from conversations.inbound import InboundMessage
from conversations.parts import Segment, Text
from exchange.pieces import PATIENCE
from storage import tables
from tests.support.core import Core, core
from tests.support.sampler import sampler_of
from tests.support.surroundings import open_surroundings

__all__ = ["core"]

LI = "8613800000001"

Frame = Callable[[bytes, int], bytes]


def smpp_frame(content: bytes, coding: int) -> bytes:
    message = ShortMessage(
        source=Number(ton=1, npi=1, digits=LI),
        destination=Number(digits="1069"),
        text=content,
        data_coding=coding,
        esm_class=HAS_HEADER,
    )
    return write_pdu(Pdu(command=Command.DELIVER_SM, number=1, body=write_message(message)))


def cmpp_frame(content: bytes, coding: int) -> bytes:
    pdu = Deliver(msg_id=1, dest_id="1069", src_terminal_id=LI, tp_udhi=1, msg_fmt=coding, msg_content=content)
    return encode(pdu, 1, Version.V20)


FRAMES: dict[str, Frame] = {"sms_smpp": smpp_frame, "sms_cmpp": cmpp_frame}

UCS2 = 8
LETTERS = st.characters(codec="utf-8", exclude_characters="\0") | st.sampled_from("😀👩字a")
CHINESE = st.sampled_from("余额一二三a1€龘㐀ßé😀")
WAYS = {
    "SMPP UCS-2": ("sms_smpp", UCS2, "utf-16-be", LETTERS),
    "SMPP seven bits": ("sms_smpp", 0, GSM7, st.sampled_from("a1@€[]{}~|^é")),
    "SMPP Japanese": ("sms_smpp", 0x05, "shift_jis", st.sampled_from("a1表示ソ能残高")),
    "SMPP Japanese with escapes": ("sms_smpp", 0x0A, "iso2022_jp", st.sampled_from("a1表示能残高")),
    "SMPP Korean": ("sms_smpp", 0x0E, "euc_kr", st.sampled_from("a1잔액확인")),
    "CMPP UCS-2": ("sms_cmpp", UCS2, "utf-16-be", LETTERS),
    "CMPP GBK": ("sms_cmpp", 15, "gb18030", CHINESE),
    "CMPP GBK called ASCII": ("sms_cmpp", 0, "gb18030", CHINESE),
}
"""A channel, its number for a charset, Python's name for that, and characters of it."""


@st.composite
def cut(draw: st.DrawFn, characters: st.SearchStrategy[str], charset: str) -> tuple[str, list[bytes]]:
    """A text, and its bytes cut anywhere."""
    text = draw(st.text(characters, min_size=2, max_size=30))
    octets = text.encode(charset)
    edges = [0, *sorted(draw(st.sets(st.integers(1, len(octets) - 1), min_size=1, max_size=6))), len(octets)]
    return text, [octets[start:end] for start, end in pairwise(edges)]


def arrived(kind: str, coding: int, channel: Channel, pieces: list[bytes], core: Core) -> list[InboundMessage]:
    """What the channel makes of each piece. All have one reference, and each example keys of its own."""
    headers = [write_header(Segment("", 7, number, len(pieces))) for number in range(1, len(pieces) + 1)]
    frames = [FRAMES[kind](header + piece, coding) for header, piece in zip(headers, pieces, strict=True)]
    requests = [WebhookRequest(method="PDU", url="", body=frame, received_at=core.clock()) for frame in frames]
    events = [event for request in requests for event in channel.parse(request).events]
    return [replace(event, key=new_id()) for event in events if isinstance(event, InboundMessage)]


async def last_text(core: Core) -> str:
    (part,) = max(await core.rows(tables.messages), key=attrgetter("id")).parts
    assert isinstance(part, Text)
    return part.text


@pytest.fixture(params=sorted(FRAMES))
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.mark.parametrize("way", WAYS)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
async def test_a_text_cut_anywhere_is_whole_in_any_order(way: str, core: Core, data: st.DataObject) -> None:
    kind, coding, charset, characters = WAYS[way]
    text, pieces = data.draw(cut(characters, charset))
    async with open_surroundings() as around:
        channel = CHANNELS[kind].create(AccountId("sms"), sampler_of(kind).settings(""), around)
        for message in data.draw(st.permutations(arrived(kind, coding, channel, pieces, core))):
            await core.accept(message)
    assert await last_text(core) == text


async def test_pieces_in_different_charsets_are_read_each_in_its_own(kind: str, core: Core) -> None:
    async with open_surroundings() as around:
        channel = CHANNELS[kind].create(AccountId("sms"), sampler_of(kind).settings(""), around)
        first, second, third = "一😀".encode("utf-16-be"), b"abc", "二".encode("utf-16-be")
        codings = (UCS2, 0, UCS2)
        messages = [
            message
            for number, coding in enumerate(codings)
            for message in arrived(kind, coding, channel, [first, second, third], core)[number : number + 1]
        ]
    await core.accept(*messages)
    assert await last_text(core) == "一😀abc二"


@pytest.mark.parametrize(
    ("kept", "shown"),
    [
        ((0,), "一\ufffd[…]"),
        ((1,), "[…]\ufffd二\ufffd[…]"),
        ((2,), "[…]\ufffd三"),
        ((0, 1), "一😀二\ufffd[…]"),
        ((0, 2), "一\ufffd[…]\ufffd三"),
        ((1, 2), "[…]\ufffd二😀三"),
    ],
)
async def test_without_its_other_half_a_character_is_lost_but_nothing_else(
    kept: tuple[int, ...], shown: str, kind: str, core: Core
) -> None:
    octets = "一😀二😀三".encode("utf-16-be")
    pieces = [octets[:4], octets[4:10], octets[10:]]
    async with open_surroundings() as around:
        channel = CHANNELS[kind].create(AccountId("sms"), sampler_of(kind).settings(""), around)
        messages = arrived(kind, UCS2, channel, pieces, core)
    for number in kept:
        await core.accept(messages[number])
    core.clock.forward(PATIENCE + timedelta(seconds=1))
    await core.intake.give_up_waiting()
    assert await last_text(core) == shown


async def test_a_whole_message_with_half_a_character_shows_where_it_was(kind: str, core: Core) -> None:
    async with open_surroundings() as around:
        channel = CHANNELS[kind].create(AccountId("sms"), sampler_of(kind).settings(""), around)
        header = write_header(Segment("", 7, 1, 1))
        frame = FRAMES[kind](header + "一😀".encode("utf-16-be")[:-2], UCS2)
        request = WebhookRequest(method="PDU", url="", body=frame, received_at=core.clock())
        await core.accept(*channel.parse(request).events)
    assert await last_text(core) == "一\ufffd"
