"""The lab's app and the product's channel, written apart from one page, understand each other."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from channels.contract import Outgoing, Surroundings, WebhookRequest
from channels.custom.channel import CustomChannel
from conversations.address import Address
from conversations.errors import Misconfigured, Rejected, Throttled, UnknownOutcome
from conversations.ids import AccountId, ConversationId, DeliveryId
from conversations.inbound import InboundEvent, InboundMessage, Receipt, ReceiptStatus
from conversations.parts import Choice, Link, Location, Media, MediaType, Menu, Option, Part, Text
from lab.api import SAMPLE
from lab.app import make_app, open_lab
from lab.books import Answered, Heard, Outcome, Refused, Reported
from lab.config import AccountConfig, LabConfig
from tests.lab.product import QUICK, Lab, MovableClock, Product, Webhook
from tests.support.ports import free_port
from tests.support.surroundings import SHORT_PATIENCE, MemoryFiles, MemoryTokens

SETTINGS = {"secret": "secret-of-the-tests"}
LILEI = Address("custom:app/李雷")


@pytest.fixture
async def lab(tmp_path: Path) -> AsyncIterator[Lab]:
    product, clock = Product(), MovableClock()
    product.answers = [(200, b"")]
    app = web.Application()
    app.router.add_post("/webhooks/{account}", product.take)
    async with TestServer(app) as server:
        config = LabConfig(
            accounts=(AccountConfig(id="app", kind="custom", name="App", settings=SETTINGS),),
            data_folder=tmp_path,
            gateway_url=str(server.make_url("")).rstrip("/"),
            inbox_port=free_port(),
            timings=QUICK,
        )
        async with (
            open_lab(config, clock) as (world, providers),
            TestClient(TestServer(make_app(world, providers))) as http,
        ):
            yield Lab(world, http, product, clock)


@pytest.fixture
async def around(lab: Lab) -> AsyncIterator[Surroundings]:
    async with aiohttp.ClientSession(timeout=SHORT_PATIENCE) as http:
        yield Surroundings(http, MemoryTokens(), MemoryFiles(), lab.clock)


def channel(lab: Lab, around: Surroundings, **changes: str) -> CustomChannel:
    settings = {**SETTINGS, "url": str(lab.http.make_url("/custom/app")), **changes}
    return CustomChannel.create(AccountId("app"), settings, around)


def outgoing(part: Part, delivery: str = "d1", to: Address = LILEI) -> Outgoing:
    return Outgoing(delivery=DeliveryId(delivery), conversation=ConversationId("c1"), address=to, part=part)


def understood(lab: Lab, custom: CustomChannel, webhook: Webhook) -> InboundEvent:
    request = WebhookRequest(
        method="POST",
        url=webhook.url,
        query=webhook.query,
        headers=webhook.headers,
        body=webhook.body,
        received_at=lab.clock(),
    )
    custom.verify(request)
    (event,) = custom.parse(request).events
    return event


def heard(lab: Lab) -> list[Heard]:
    return [entry for entry in lab.world.books if isinstance(entry, Heard)]


async def test_what_customers_do_in_the_app_is_understood(lab: Lab, around: Surroundings) -> None:
    for what in ({"text": "在吗"}, {"choice": "5", "text": "满意"}, {"place": [31.2, 121.4]}):
        await lab.say("app", **what)
    await lab.say("app", file="JVBERg==", file_name="合同.pdf")
    custom = channel(lab, around)
    events = [understood(lab, custom, webhook) for webhook in lab.product.requests]
    assert [event.parts for event in events if isinstance(event, InboundMessage)] == [
        (Text("在吗"),),
        (Choice("5", "满意"),),
        (Location(31.2, 121.4),),
        (Media(MediaType.FILE, name="合同.pdf", mime="application/octet-stream", size=4),),
    ]
    assert [event.address for event in events if isinstance(event, InboundMessage)] == [LILEI] * 4


async def test_a_picture_is_fetched_from_the_app_alone(lab: Lab, around: Surroundings) -> None:
    await lab.say("app", image="sample")
    custom = channel(lab, around)
    event = understood(lab, custom, lab.product.requests[0])
    assert isinstance(event, InboundMessage)
    (media,) = event.parts
    assert isinstance(media, Media)
    with pytest.raises(Rejected, match="file_hosts"):
        await custom.fetch_media(media)
    here = replace(media, ref=str(lab.http.make_url(media.ref.removeprefix(lab.world.config.public_url))))
    trusting = channel(lab, around, file_hosts=f"127.0.0.1:{lab.http.port}")
    assert (await trusting.fetch_media(here)).content == SAMPLE.read_bytes()


async def test_repetitions_have_one_key(lab: Lab, around: Surroundings) -> None:
    await lab.misbehave("custom", thrice=True)
    await lab.say("app", text="在吗")
    custom = channel(lab, around)
    events = [understood(lab, custom, webhook) for webhook in lab.product.requests]
    assert len(events) == 3
    assert len({event.key for event in events if isinstance(event, InboundMessage)}) == 1


async def test_the_app_repeats_what_was_not_taken(lab: Lab) -> None:
    lab.product.answers = [(503, b""), (200, b"")]
    await lab.say("app", text="在吗")
    outcomes = [entry.outcome for entry in lab.world.books if isinstance(entry, Answered)]
    assert outcomes == [Outcome.REFUSED, Outcome.TAKEN]


async def test_every_part_reaches_the_app_and_its_receipt_comes_back(lab: Lab, around: Surroundings) -> None:
    custom = channel(lab, around)
    assert isinstance(around.files, MemoryFiles)
    digest = around.files.keep(SAMPLE.read_bytes())
    picture = Media(MediaType.IMAGE, name="a.jpg", mime="image/jpeg", size=SAMPLE.stat().st_size, digest=digest)
    menu = Menu("满意吗？", (Option("5", "满意"),))
    parts: tuple[Part, ...] = (Text("您好"), picture, menu, Link("https://a.cn", "帮助"), Location(31.2, 121.4))
    names = [(await custom.send(outgoing(part, f"d{number}"))).external_id for number, part in enumerate(parts)]
    await lab.world.errands.settle()
    assert [entry.kind for entry in heard(lab)] == ["text", "image", "menu", "link", "location"]
    assert [entry.key for entry in heard(lab)] == names
    receipts = [understood(lab, custom, webhook) for webhook in lab.product.requests]
    assert sorted(event.delivery for event in receipts if isinstance(event, Receipt)) == ["d0", "d1", "d2", "d3", "d4"]


async def test_a_repeated_delivery_is_shown_once(lab: Lab, around: Surroundings) -> None:
    custom = channel(lab, around)
    await lab.misbehave("custom", answers="lost")
    with pytest.raises(UnknownOutcome):
        await custom.send(outgoing(Text("您好")))
    await lab.misbehave("custom", answers="normal")
    accepted = await custom.send(outgoing(Text("您好")))
    assert [entry.key for entry in heard(lab)] == [accepted.external_id]


@pytest.mark.parametrize(
    ("manner", "statuses"),
    [
        ("early", [ReceiptStatus.DELIVERED]),
        ("late", [ReceiptStatus.DELIVERED]),
        ("twice", [ReceiptStatus.DELIVERED] * 2),
        ("failed", [ReceiptStatus.FAILED]),
        ("never", []),
    ],
)
async def test_receipts_come_as_they_are_told_to(
    manner: str, statuses: list[ReceiptStatus], lab: Lab, around: Surroundings
) -> None:
    await lab.misbehave("custom", receipts=manner)
    custom = channel(lab, around)
    await custom.send(outgoing(Text("您好")))
    await lab.world.errands.settle()
    events = [understood(lab, custom, webhook) for webhook in lab.product.requests]
    assert [event.status for event in events if isinstance(event, Receipt)] == statuses
    assert len([entry for entry in lab.world.books if isinstance(entry, Reported)]) == len(statuses)


async def test_strangers_and_the_unknown_are_refused(lab: Lab, around: Surroundings) -> None:
    with pytest.raises(Misconfigured, match="compare the secret"):
        await channel(lab, around, secret="guess-of-a-stranger").check()
    with pytest.raises(Rejected, match="no such customer"):
        await channel(lab, around).send(outgoing(Text("您好"), to=Address("custom:app/nobody")))
    await channel(lab, around).check()
    assert [entry.code for entry in lab.world.books if isinstance(entry, Refused)] == ["401", "404"]


async def test_the_apps_flow_control_is_named(lab: Lab, around: Surroundings) -> None:
    await lab.misbehave("custom", answers="busy")
    with pytest.raises(Throttled) as caught:
        await channel(lab, around).send(outgoing(Text("您好")))
    assert caught.value.after.total_seconds() == 3


async def test_many_at_once_are_each_shown_once(lab: Lab, around: Surroundings) -> None:
    custom = channel(lab, around)
    await asyncio.gather(*(custom.send(outgoing(Text(str(number)), f"d{number}")) for number in range(5)))
    assert sorted(entry.text for entry in heard(lab)) == ["0", "1", "2", "3", "4"]
