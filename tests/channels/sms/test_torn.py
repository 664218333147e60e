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

UCS2 = 8
LI = "8613800000001"


def smpp_frame(content: bytes) -> bytes:
    message = ShortMessage(
        source=Number(ton=1, npi=1, digits=LI),
        destination=Number(digits="1069"),
        text=content,
        data_coding=UCS2,
        esm_class=HAS_HEADER,
    )
    return write_pdu(Pdu(command=Command.DELIVER_SM, number=1, body=write_message(message)))


def cmpp_frame(content: bytes) -> bytes:
    pdu = Deliver(msg_id=1, dest_id="1069", src_terminal_id=LI, tp_udhi=1, msg_fmt=UCS2, msg_content=content)
    return encode(pdu, 1, Version.V20)


FRAMES: dict[str, Callable[[bytes], bytes]] = {"sms_smpp": smpp_frame, "sms_cmpp": cmpp_frame}

characters = st.characters(codec="utf-8", exclude_characters="\0") | st.sampled_from("😀👩字a")


@st.composite
def cut(draw: st.DrawFn) -> tuple[str, list[bytes]]:
    """A text, and its UTF-16 units cut anywhere."""
    text = draw(st.text(characters, min_size=2, max_size=30))
    octets = text.encode("utf-16-be")
    places = draw(st.sets(st.integers(1, len(octets) // 2 - 1), min_size=1, max_size=6))
    edges = [0, *sorted(places), len(octets) // 2]
    return text, [octets[2 * start : 2 * end] for start, end in pairwise(edges)]


def arrived(kind: str, channel: Channel, pieces: list[bytes], core: Core) -> list[InboundMessage]:
    """What the channel makes of each piece. All have one reference, and each example keys of its own."""
    headers = [write_header(Segment("", 7, number, len(pieces))) for number in range(1, len(pieces) + 1)]
    frames = [FRAMES[kind](header + piece) for header, piece in zip(headers, pieces, strict=True)]
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


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cutting=cut(), data=st.data())
async def test_a_text_cut_anywhere_is_whole_in_any_order(
    kind: str, core: Core, cutting: tuple[str, list[bytes]], data: st.DataObject
) -> None:
    text, pieces = cutting
    async with open_surroundings() as around:
        channel = CHANNELS[kind].create(AccountId("sms"), sampler_of(kind).settings(""), around)
        for message in data.draw(st.permutations(arrived(kind, channel, pieces, core))):
            await core.accept(message)
    assert await last_text(core) == text


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
        messages = arrived(kind, channel, pieces, core)
    for number in kept:
        await core.accept(messages[number])
    core.clock.forward(PATIENCE + timedelta(seconds=1))
    await core.intake.give_up_waiting()
    assert await last_text(core) == shown


async def test_a_whole_message_with_half_a_character_shows_where_it_was(kind: str, core: Core) -> None:
    async with open_surroundings() as around:
        channel = CHANNELS[kind].create(AccountId("sms"), sampler_of(kind).settings(""), around)
        header = write_header(Segment("", 7, 1, 1))
        frame = FRAMES[kind](header + "一😀".encode("utf-16-be")[:-2])
        request = WebhookRequest(method="PDU", url="", body=frame, received_at=core.clock())
        await core.accept(*channel.parse(request).events)
    assert await last_text(core) == "一\ufffd"
