"""The product's channels and the lab, written apart from the same descriptions, understand each other."""

import asyncio
from collections.abc import AsyncIterator, Mapping

import aiohttp
import pytest

from channels.contract import Channel, Outgoing, Parsed, Surroundings, WebhookRequest
from channels.registry import CHANNELS
from conversations.address import Address, phone_address, wechat_address
from conversations.errors import Misconfigured, Throttled, UnknownOutcome, WindowClosed
from conversations.ids import AccountId, ConversationId, DeliveryId, new_id
from conversations.inbound import ContactChanged, InboundMessage, Receipt
from conversations.parts import Choice, Media, MediaType, Menu, Option, Part, Text
from lab.api import SAMPLE
from lab.books import Answered, Heard, Outcome
from lab.people import openid_of
from tests.lab.product import Lab, Webhook
from tests.support.surroundings import SHORT_PATIENCE, MemoryFiles, MemoryTokens

LILEI_SMS = phone_address("+8613800138000")


@pytest.fixture
async def around(lab: Lab) -> AsyncIterator[Surroundings]:
    async with aiohttp.ClientSession(timeout=SHORT_PATIENCE) as http:
        yield Surroundings(http, MemoryTokens(), MemoryFiles(), lab.clock)


def channel(lab: Lab, around: Surroundings, account: str, **changes: str) -> Channel:
    """The product's side of one of the lab's accounts."""
    config = lab.world.config.account(account)
    return CHANNELS[config.kind].create(
        AccountId(account), {**config.settings, **_where(lab, config.kind), **changes}, around
    )


def _where(lab: Lab, kind: str) -> Mapping[str, str]:
    return {
        "wechat": {"api_url": str(lab.http.make_url("/wechat"))},
        "sms_aliyun": {"api_url": str(lab.http.make_url("/aliyun"))},
        "email": {
            "smtp_host": "127.0.0.1",
            "smtp_port": str(lab.world.config.inbox_port),
            "thread_secret": "thread-secret-of-the-tests",
        },
    }[kind]


def understood(lab: Lab, channel: Channel, webhook: Webhook) -> Parsed:
    request = WebhookRequest(
        method="POST",
        url=webhook.url,
        query=webhook.query,
        headers=webhook.headers,
        body=webhook.body,
        received_at=lab.clock(),
    )
    channel.verify(request)
    return channel.parse(request)


def lilei(account: str, lab: Lab) -> Address:
    app_id = lab.world.config.account(account).settings["app_id"]
    return wechat_address(AccountId(account), openid_of(app_id, lab.world.people.named("李雷")))


def outgoing(address: Address, part: Part) -> Outgoing:
    return Outgoing(
        delivery=DeliveryId(new_id()), conversation=ConversationId(new_id()), address=address, part=part, subject="您好"
    )


def heard(lab: Lab) -> list[Heard]:
    return [entry for entry in lab.world.books if isinstance(entry, Heard)]


@pytest.mark.parametrize("mode", ["plain", "compat", "safe"])
async def test_wechat_is_understood_in_every_mode(lab: Lab, around: Surroundings, mode: str) -> None:
    await lab.say(mode, text="余额]]>多少？😀")
    (event,) = understood(lab, channel(lab, around, mode), lab.product.requests[0]).events
    assert isinstance(event, InboundMessage)
    assert (event.address, event.parts) == (lilei(mode, lab), (Text("余额]]>多少？😀"),))
    assert event.occurred_at == lab.clock()


async def test_wechats_repetitions_have_one_key(lab: Lab, around: Surroundings) -> None:
    await lab.misbehave("wechat", thrice=True)
    await lab.say("safe", text="在吗")
    wechat = channel(lab, around, "safe")
    events = [understood(lab, wechat, webhook).events[0] for webhook in lab.product.requests]
    assert len({event.key for event in events if isinstance(event, InboundMessage)}) == 1
    assert len(events) == 3


async def test_a_tap_and_a_farewell_on_wechat_are_understood(lab: Lab, around: Surroundings) -> None:
    await lab.say("safe", choice="5", text="满意")
    await lab.say("safe", event="unsubscribe")
    wechat = channel(lab, around, "safe")
    tap, farewell = [understood(lab, wechat, webhook).events[0] for webhook in lab.product.requests]
    assert isinstance(tap, InboundMessage)
    assert tap.parts == (Choice(id="5", label="满意"),)
    assert isinstance(farewell, ContactChanged)


async def test_a_picture_is_fetched_from_wechat(lab: Lab, around: Surroundings) -> None:
    await lab.say("safe", image="sample")
    wechat = channel(lab, around, "safe")
    (event,) = understood(lab, wechat, lab.product.requests[0]).events
    assert isinstance(event, InboundMessage)
    (media,) = event.parts
    assert isinstance(media, Media)
    assert (await wechat.fetch_media(media)).content == SAMPLE.read_bytes()


async def test_words_pictures_and_menus_reach_the_wechat_phone(lab: Lab, around: Surroundings) -> None:
    await lab.say("safe", text="你好")
    wechat = channel(lab, around, "safe")
    assert isinstance(around.files, MemoryFiles)
    digest = around.files.keep(SAMPLE.read_bytes())
    picture = Media(MediaType.IMAGE, name="a.jpg", mime="image/jpeg", size=SAMPLE.stat().st_size, digest=digest)
    for part in (Text("您好"), picture, Menu("满意吗？", (Option("5", "满意"),))):
        await wechat.send(outgoing(lilei("safe", lab), part))
    words, image, menu = heard(lab)
    assert (words.text, menu.text, [option.label for option in menu.options]) == ("您好", "满意吗？", ["满意"])
    assert lab.world.media.content(lab.world.media.find(image.medium)) == SAMPLE.read_bytes()


async def test_wechats_window_and_outages_are_named(lab: Lab, around: Surroundings) -> None:
    wechat = channel(lab, around, "safe")
    with pytest.raises(WindowClosed):
        await wechat.send(outgoing(lilei("safe", lab), Text("您好")))
    await lab.say("safe", text="你好")
    await lab.misbehave("wechat", answers="lost")
    with pytest.raises(UnknownOutcome):
        await wechat.send(outgoing(lilei("safe", lab), Text("您好")))
    assert [entry.text for entry in heard(lab)] == ["您好"]


@pytest.mark.parametrize("how", ["kill", "expire"])
async def test_a_spoilt_token_costs_nothing(lab: Lab, around: Surroundings, how: str) -> None:
    await lab.say("safe", text="你好")
    wechat = channel(lab, around, "safe")
    await wechat.send(outgoing(lilei("safe", lab), Text("一")))
    async with lab.http.post("/lab/api/command", json={"account": "safe", "command": f"{how}_token"}) as response:
        assert response.status == 200
    await wechat.send(outgoing(lilei("safe", lab), Text("二")))
    assert [entry.text for entry in heard(lab)] == ["一", "二"]


@pytest.mark.parametrize(
    ("account", "wrong"), [("safe", "app_secret"), ("sms", "access_key_secret"), ("sms", "sign_name")]
)
async def test_credentials_are_checked(lab: Lab, around: Surroundings, account: str, wrong: str) -> None:
    await channel(lab, around, account).check()
    with pytest.raises(Misconfigured):
        await channel(lab, around, account, **{wrong: "wrong"}).check()


async def test_an_sms_and_its_receipt_find_each_other(lab: Lab, around: Surroundings) -> None:
    lab.product.answers = [(200, b'{"code":0}')]
    sms = channel(lab, around, "sms")
    sent = outgoing(LILEI_SMS, Text("您的工单 #1 已处理：100%&完成"))
    accepted = await sms.send(sent)
    await lab.world.errands.settle()
    (receipt,) = understood(lab, sms, lab.product.requests[0]).events
    assert isinstance(receipt, Receipt)
    assert (receipt.external_id, receipt.delivery, receipt.address) == (accepted.external_id, sent.delivery, LILEI_SMS)
    assert heard(lab)[0].text == "【汇流银行】您的工单 #1 已处理：100%&完成"


async def test_aliyun_is_content_with_the_answer_of_the_channel(lab: Lab, around: Surroundings) -> None:
    await lab.say("sms", text="试一下")
    sms = channel(lab, around, "sms")
    lab.product.answers = [(200, understood(lab, sms, lab.product.requests[0]).reply.body)]
    await lab.say("sms", text="你好")
    assert [e.outcome for e in lab.world.books if isinstance(e, Answered)][-1] is Outcome.TAKEN


async def test_aliyuns_flow_control_is_named(lab: Lab, around: Surroundings) -> None:
    await lab.misbehave("sms_aliyun", answers="busy")
    with pytest.raises(Throttled):
        await channel(lab, around, "sms").send(outgoing(LILEI_SMS, Text("您好")))


@pytest.mark.parametrize("style", ["gmail", "qq"])
async def test_a_mail_comes_back_without_what_it_quotes(lab: Lab, around: Surroundings, style: str) -> None:
    mail = channel(lab, around, "mail")
    sent = outgoing(Address("mailto:lilei@customer.example"), Text("账单已出。\n\n应还 3,482.60 元。"))
    await mail.send(sent)
    await lab.say("mail", text="收到，谢谢", reply_to=heard(lab)[0].id, style=style)
    (envelope,) = lab.product.mails
    assert isinstance(envelope.content, bytes)
    request = WebhookRequest(
        method="MAIL",
        url=f"smtp:{envelope.rcpt_tos[0]}",
        headers={"mail-from": str(envelope.mail_from), "rcpt-to": envelope.rcpt_tos[0]},
        body=envelope.content,
        received_at=lab.clock(),
    )
    mail.verify(request)
    (event,) = mail.parse(request).events
    assert isinstance(event, InboundMessage)
    assert event.thread is not None
    (words, *_html) = event.parts
    assert isinstance(words, Text)
    assert (words.text, event.thread.token) == ("收到，谢谢", sent.conversation)
    assert "应还 3,482.60 元" in words.quoted


async def test_many_sendings_at_once_share_one_token(lab: Lab, around: Surroundings) -> None:
    await lab.say("safe", text="你好")
    wechat = channel(lab, around, "safe")
    address = lilei("safe", lab)
    await asyncio.gather(*(wechat.send(outgoing(address, Text(str(number)))) for number in range(5)))
    assert sorted(entry.text for entry in heard(lab)) == ["0", "1", "2", "3", "4"]
