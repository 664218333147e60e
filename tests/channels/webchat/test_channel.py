"""What is particular to web chat; the conformance kit holds the rest."""

from collections.abc import AsyncIterator

import pytest

from channels.config import ConfigInvalid
from channels.contract import Outgoing, Surroundings
from channels.webchat.channel import WebChatChannel
from conversations.ids import ConversationId, DeliveryId
from conversations.parts import Link, Media, MediaType, Menu, Option, Part, Text
from tests.channels.webchat.sampler import ACCOUNT, SAMPLER, settings
from tests.support.surroundings import open_surroundings

PARTS: tuple[Part, ...] = (
    Text("您好"),
    Menu("满意吗？", (Option("5", "非常满意"),)),
    Link("https://bank.example/help"),
    Media(MediaType.IMAGE, mime="image/png", size=1, digest="0" * 64),
    Media(MediaType.VOICE, mime="audio/amr", size=1, digest="0" * 64),
    Media(MediaType.FILE, mime="application/pdf", size=1, digest="0" * 64),
)


@pytest.fixture
async def around() -> AsyncIterator[Surroundings]:
    async with open_surroundings() as surroundings:
        yield surroundings


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.kind)
async def test_a_delivery_is_its_own_name(part: Part, around: Surroundings) -> None:
    channel = WebChatChannel.create(ACCOUNT, settings(""), around)
    outgoing = Outgoing(
        delivery=DeliveryId("d1"), conversation=ConversationId("c1"), address=SAMPLER.address, part=part
    )

    assert channel.plan((part,)) == (part,)
    assert (await channel.send(outgoing)).external_id == "d1"


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        ({"site_secret": "short"}, "site_secret"),
        ({"site_secret": "the same for both!", "visitor_secret": "the same for both!"}, "visitor_secret"),
        ({"origins": "bank.example"}, "origins"),
        ({"origins": "https://bank.example/path"}, "origins"),
        ({"origins": "https://bank.example, javascript:x"}, "origins"),
    ],
)
def test_settings_that_would_be_unsafe_are_refused(wrong: dict[str, str], problem: str, around: Surroundings) -> None:
    with pytest.raises(ConfigInvalid, match=problem):
        WebChatChannel.create(ACCOUNT, {**settings(""), **wrong}, around)


def test_origins_are_compared_as_browsers_write_them(around: Surroundings) -> None:
    origins = {"origins": "https://Bank.example/, http://localhost:3000"}
    channel = WebChatChannel.create(ACCOUNT, {**settings(""), **origins}, around)

    assert channel.config.allowed_origins == {"https://bank.example", "http://localhost:3000"}
