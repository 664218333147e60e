"""The product's WeCom channel and the lab's WeCom, written apart, understand each other."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import aiohttp
import pytest

from channels.contract import Outgoing, Surroundings, WebhookRequest
from channels.wecom.channel import WeComChannel
from conversations.address import Address, wecom_address
from conversations.errors import Misconfigured, Rejected, UnknownOutcome, WindowClosed
from conversations.ids import AccountId, ConversationId, DeliveryId, new_id
from conversations.inbound import (
    ContactChanged,
    InboundMessage,
    Recalled,
    Receipt,
    SentElsewhere,
)
from conversations.parts import Choice, Link, Location, Media, MediaType, Menu, Option, Part, Text
from lab.api import SAMPLE
from lab.books import Heard, Refused
from lab.wecom.people import external_userid
from tests.lab.product import WECOM, Lab
from tests.lab.test_wecom import command
from tests.support.ears import CommitFailed, MemoryEar, listening
from tests.support.surroundings import SHORT_PATIENCE, MemoryFiles, MemoryTokens

ACCOUNT = AccountId("kf")


@pytest.fixture
async def around(lab: Lab) -> AsyncIterator[Surroundings]:
    async with aiohttp.ClientSession(timeout=SHORT_PATIENCE) as http:
        yield Surroundings(http, MemoryTokens(), MemoryFiles(), lab.clock)


def make(lab: Lab, around: Surroundings, **changes: str) -> WeComChannel:
    settings = {**WECOM, "api_url": str(lab.http.make_url("/wecom")), **changes}
    return WeComChannel.create(ACCOUNT, settings, around)


@pytest.fixture
def channel(lab: Lab, around: Surroundings) -> WeComChannel:
    return make(lab, around)


@pytest.fixture
def ear(channel: WeComChannel) -> MemoryEar:
    return MemoryEar(channel)


def lilei(lab: Lab) -> Address:
    return wecom_address(ACCOUNT, external_userid(WECOM["corp_id"], lab.world.people.named("李雷")))


def outgoing(lab: Lab, part: Part) -> Outgoing:
    return Outgoing(delivery=DeliveryId(new_id()), conversation=ConversationId(new_id()), address=lilei(lab), part=part)


def heard(lab: Lab) -> list[Heard]:
    return [entry for entry in lab.world.books if isinstance(entry, Heard)]


def wakes(lab: Lab, channel: WeComChannel) -> str:
    """The token of the callback that came last, as the gateway would find it."""
    webhook = lab.product.requests[-1]
    request = WebhookRequest(
        method="POST", url=webhook.url, query=webhook.query, body=webhook.body, received_at=lab.clock()
    )
    channel.verify(request)
    return channel.parse(request).wakes


async def fetch(lab: Lab, channel: WeComChannel, ear: MemoryEar) -> None:
    """Let the channel listen until there is nothing more."""
    async with listening(channel, ear):
        await ear.rested()
        ear.wake(wakes(lab, channel) if lab.product.requests else "")
        await ear.rested()


async def test_what_a_customer_says_arrives_once_and_in_order(lab: Lab, channel: WeComChannel, ear: MemoryEar) -> None:
    await lab.misbehave("wecom", thrice=True)
    async with listening(channel, ear):
        await ear.rested()
        for text in ("余额]]>多少？😀", "在吗"):
            await lab.say("kf", text=text)
            ear.wake(wakes(lab, channel))
            await ear.rested()
        await lab.say("kf", choice="101", text="满意")
        ear.wake(wakes(lab, channel))
        await ear.rested()
    messages = [event for event in ear.events if isinstance(event, InboundMessage)]
    assert {(event.address, event.name) for event in messages} == {(lilei(lab), "李雷")}
    assert len(messages) == 9
    by_key = {event.key: event.parts for event in messages}
    assert list(by_key.values()) == [(Text("余额]]>多少？😀"),), (Text("在吗"),), (Choice("101", "满意"),)]


async def test_killed_between_page_and_commit_nothing_is_lost_and_nothing_comes_twice(
    lab: Lab, channel: WeComChannel, ear: MemoryEar
) -> None:
    for number in range(5):
        await lab.say("kf", text=f"第{number}句")
    await command(lab, "pages", size=2, empty=1)
    for _ in range(3):
        ear.fail_once()
        with pytest.raises(CommitFailed):
            await channel.listen(ear)
    await fetch(lab, channel, ear)
    texts = [event.parts for event in ear.events if isinstance(event, InboundMessage)]
    assert texts == [(Text(f"第{number}句"),) for number in range(5)]


async def test_a_picture_is_fetched(lab: Lab, channel: WeComChannel, ear: MemoryEar) -> None:
    await lab.say("kf", image="sample")
    await fetch(lab, channel, ear)
    (event,) = ear.events
    assert isinstance(event, InboundMessage)
    (picture,) = event.parts
    assert isinstance(picture, Media)
    fetched = await channel.fetch_media(picture)
    assert (fetched.content, fetched.mime, fetched.name) == (
        SAMPLE.read_bytes(),
        "image/jpeg",
        f"{picture.ref}.jpeg",
    )


async def test_answers_from_wecoms_app_and_recalls_are_understood(
    lab: Lab, channel: WeComChannel, ear: MemoryEar
) -> None:
    said = (await lab.say("kf", text="在吗"))["said"]
    assert isinstance(said, dict)
    msgid = await command(lab, "agent_says", text="在的")
    await command(lab, "agent_recalls", msgid=msgid)
    await lab.say("kf", event="recall", reply_to=said["id"])
    await fetch(lab, channel, ear)
    _, answer, withdrawn, taken_back = ear.events
    assert isinstance(answer, SentElsewhere)
    assert (answer.author, answer.parts, answer.external_id) == ("ZhangSan", (Text("在的"),), msgid)
    assert isinstance(withdrawn, Recalled)
    assert withdrawn.external_id == msgid
    assert isinstance(taken_back, Recalled)
    assert taken_back.external_id == said["key"]


async def test_every_part_reaches_the_phone(lab: Lab, channel: WeComChannel, around: Surroundings) -> None:
    assert isinstance(around.files, MemoryFiles)
    digest = around.files.keep(SAMPLE.read_bytes())
    parts = (
        Text("好" * 682),
        Menu("满意吗？", (Option("101", "满意"), Option("102", "不满意"))),
        Link("https://bank.example/cards", "信用卡"),
        Location(31.2397, 121.4903, "外滩"),
        Media(MediaType.IMAGE, mime="image/jpeg", digest=digest),
        Media(MediaType.FILE, name="合同.pdf", mime="application/pdf", digest=digest),
    )
    assert channel.plan(parts) == parts
    await lab.say("kf", text="你好")
    for part in parts[:5]:
        await channel.send(outgoing(lab, part))
    with pytest.raises(WindowClosed):
        await channel.send(outgoing(lab, parts[5]))
    await lab.say("kf", text="还有吗")
    await channel.send(outgoing(lab, parts[5]))
    assert [entry.kind for entry in heard(lab)] == ["text", "msgmenu", "link", "location", "image", "file"]
    assert [option.label for option in heard(lab)[1].options] == ["满意", "不满意"]


async def test_a_part_whose_answer_was_lost_is_sent_again_and_heard_once(lab: Lab, channel: WeComChannel) -> None:
    await lab.say("kf", text="你好")
    await channel.send(outgoing(lab, Text("先取令牌")))
    message = outgoing(lab, Text("您好"))
    await lab.misbehave("wecom", answers="lost")
    with pytest.raises(UnknownOutcome):
        await channel.send(message)
    await lab.misbehave("wecom", answers="normal")
    accepted = await channel.send(message)
    assert accepted.external_id == message.delivery
    assert [entry.text for entry in heard(lab)].count("您好") == 1


async def test_a_message_that_wecom_could_not_deliver_is_reported_by_its_delivery(
    lab: Lab, channel: WeComChannel, ear: MemoryEar
) -> None:
    await lab.misbehave("wecom", receipts="failed", failure_code="10")
    await lab.say("kf", text="你好")
    message = outgoing(lab, Text("您好"))
    await channel.send(message)
    await lab.world.errands.settle()
    await fetch(lab, channel, ear)
    (receipt,) = (event for event in ear.events if isinstance(event, Receipt))
    assert (receipt.delivery, receipt.code, receipt.address) == (message.delivery, "10", lilei(lab))
    assert "refuses" in receipt.text


async def test_whom_an_agent_in_wecom_serves_is_named(lab: Lab, channel: WeComChannel) -> None:
    await lab.say("kf", text="你好")
    await command(lab, "agent_takes")
    with pytest.raises(Rejected, match="An agent serves"):
        await channel.send(outgoing(lab, Text("您好")))


@pytest.mark.parametrize("how", ["kill_token", "expire_token"])
async def test_a_spoilt_token_is_replaced(lab: Lab, channel: WeComChannel, how: str) -> None:
    await lab.say("kf", text="你好")
    await channel.send(outgoing(lab, Text("一")))
    await command(lab, how)
    await channel.send(outgoing(lab, Text("二")))
    assert [entry.text for entry in heard(lab)] == ["一", "二"]


async def test_whoever_enters_is_greeted_once_in_48_hours(lab: Lab, around: Surroundings) -> None:
    channel = make(lab, around, welcome="欢迎光临")
    ear = MemoryEar(channel)
    for _ in range(2):
        await lab.say("kf", event="enter_session", text="homepage")
        await fetch(lab, channel, ear)
    assert [(entry.kind, entry.text) for entry in heard(lab)] == [("welcome", "欢迎光临")]
    entered = [event for event in ear.events if isinstance(event, ContactChanged)]
    assert [event.detail for event in entered] == ["homepage", "homepage"]


async def test_a_token_that_got_old_on_its_way_does_no_harm(lab: Lab, channel: WeComChannel, ear: MemoryEar) -> None:
    await lab.say("kf", text="在吗")
    late = wakes(lab, channel)
    lab.clock.move(timedelta(minutes=10))
    await lab.say("kf", text="还在吗")
    async with listening(channel, ear):
        await ear.rested()
        await lab.say("kf", text="？")
        ear.wake(late)
        await ear.rested()
    assert len(ear.events) == 3
    assert [entry.code for entry in lab.world.books if isinstance(entry, Refused)] == ["95007"]


async def test_the_check_finds_the_account_and_names_what_is_wrong(lab: Lab, around: Surroundings) -> None:
    await make(lab, around).check()
    for changes, advice in (
        ({"secret": "no"}, "Secret"),
        ({"corp_id": "ww0"}, "CorpID"),
        ({"open_kfid": "wk0"}, "通过API管理微信客服账号"),
    ):
        other = replace(around, tokens=MemoryTokens())
        with pytest.raises(Misconfigured, match=advice):
            await make(lab, other, **changes).check()
