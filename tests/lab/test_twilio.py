"""Twilio as the product meets it: by our channel, by Twilio's own validator, and by callers who do it wrong."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from urllib.parse import parse_qsl

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from twilio.request_validator import RequestValidator
from yarl import URL

from channels.contract import Outgoing, Surroundings, WebhookRequest
from channels.sms.twilio.channel import TwilioSmsChannel
from channels.sms.twilio.twiml import answer
from conversations.address import phone_address
from conversations.errors import Misconfigured, OptedOut, Rejected, SendError, Throttled, UnknownOutcome
from conversations.ids import AccountId, ConversationId, DeliveryId
from conversations.inbound import ContactChange, ContactChanged, InboundEvent, InboundMessage, Receipt, ReceiptStatus
from conversations.parts import Album, Media, MediaType, Text
from lab.api import SAMPLE
from lab.books import Heard, Refused, Reported
from tests.lab.product import TWILIO, Lab, Webhook
from tests.support.surroundings import SHORT_PATIENCE, MemoryFiles, MemoryTokens

LILEI = phone_address("+8613800138000")
DELIVERY = DeliveryId("d-1")


@pytest.fixture
async def around(lab: Lab) -> AsyncIterator[Surroundings]:
    async with aiohttp.ClientSession(timeout=SHORT_PATIENCE) as http:
        yield Surroundings(http, MemoryTokens(), MemoryFiles(), lab.clock)


def channel(lab: Lab, around: Surroundings, **changes: str) -> TwilioSmsChannel:
    webhook = lab.world.config.webhook("twilio")
    settings = {**TWILIO, "api_url": str(lab.http.make_url("/twilio")), "webhook_url": webhook, **changes}
    return TwilioSmsChannel.create(AccountId("twilio"), settings, around)


def outgoing(text: str, number: str = "+8613800138000") -> Outgoing:
    return Outgoing(
        delivery=DELIVERY,
        conversation=ConversationId("c-1"),
        address=phone_address(number),
        part=Text(text),
    )


PNG = b"\x89PNG\r\n\x1a\n and a picture"
PICTURE = Media(MediaType.IMAGE, mime="image/png", size=len(PNG), digest="ab" * 32)


@asynccontextmanager
async def handing_out(content: bytes, mime: str) -> AsyncIterator[str]:
    """A gateway that answers every link with this file, or with 404 for none."""

    async def answer(request: web.Request) -> web.Response:
        return web.Response(body=content, content_type=mime) if content else web.Response(status=404)

    app = web.Application()
    app.router.add_get("/offered/twilio/{token}", answer)
    async with TestServer(app, host="127.0.0.1") as server:
        yield str(server.make_url("")).rstrip("/")


def as_request(lab: Lab, webhook: Webhook) -> WebhookRequest:
    return WebhookRequest(
        method="POST",
        url=webhook.url,
        query=webhook.query,
        headers=webhook.headers,
        body=webhook.body,
        received_at=lab.clock(),
    )


def understood(lab: Lab, channel: TwilioSmsChannel, webhook: Webhook) -> tuple[InboundEvent, ...]:
    request = as_request(lab, webhook)
    channel.verify(request)
    return channel.parse(request).events


def statuses(lab: Lab, channel: TwilioSmsChannel) -> list[ReceiptStatus]:
    events = [event for webhook in lab.product.requests for event in understood(lab, channel, webhook)]
    return [event.status for event in events if isinstance(event, Receipt)]


def heard(lab: Lab) -> list[Heard]:
    return [entry for entry in lab.world.books if isinstance(entry, Heard)]


async def test_a_message_and_its_statuses(lab: Lab, around: Surroundings) -> None:
    made = channel(lab, around)
    await made.check()
    accepted = await made.send(outgoing("您的工单已处理 👍"))
    await lab.world.errands.settle()
    assert [(entry.customer, entry.text, entry.key) for entry in heard(lab)] == [
        ("李雷", "您的工单已处理 👍", accepted.external_id)
    ]
    assert statuses(lab, made) == [ReceiptStatus.ACCEPTED, ReceiptStatus.DELIVERED]
    (receipt,) = understood(lab, made, lab.product.requests[-1])
    assert isinstance(receipt, Receipt)
    assert (receipt.delivery, receipt.external_id, receipt.address) == ("d-1", accepted.external_id, LILEI)


async def test_callbacks_are_signed_as_twilio_signs_them(lab: Lab, around: Surroundings) -> None:
    await channel(lab, around).send(outgoing("您好"))
    await lab.world.errands.settle()
    await lab.say("twilio", text="Thanks, that's 100% fine & good 😀")
    for webhook in lab.product.requests:
        fields = dict(parse_qsl(webhook.body.decode(), keep_blank_values=True))
        assert RequestValidator(TWILIO["auth_token"]).validate(
            webhook.url, fields, webhook.headers["x-twilio-signature"]
        )


async def test_statuses_may_come_in_the_wrong_order(lab: Lab, around: Surroundings) -> None:
    await lab.misbehave("sms_twilio", receipts="swapped")
    made = channel(lab, around)
    await made.send(outgoing("您好"))
    await lab.world.errands.settle()
    assert statuses(lab, made) == [ReceiptStatus.DELIVERED, ReceiptStatus.ACCEPTED]


@pytest.mark.parametrize(
    ("receipts", "expected"),
    [
        ("early", [ReceiptStatus.ACCEPTED, ReceiptStatus.DELIVERED]),
        ("twice", [ReceiptStatus.ACCEPTED, ReceiptStatus.DELIVERED] * 2),
        ("failed", [ReceiptStatus.ACCEPTED, ReceiptStatus.FAILED]),
        ("never", []),
    ],
)
async def test_statuses_misbehave_when_told(
    lab: Lab, around: Surroundings, receipts: str, expected: list[ReceiptStatus]
) -> None:
    await lab.misbehave("sms_twilio", receipts=receipts)
    made = channel(lab, around)
    await made.send(outgoing("您好"))
    await lab.world.errands.settle()
    assert statuses(lab, made) == expected
    reported = [entry.success for entry in lab.world.books if isinstance(entry, Reported)]
    assert reported == [receipts != "failed"] * (len(expected) // 2)


@pytest.mark.parametrize(
    ("changes", "expected", "code"),
    [
        ({"auth_token": "wrong"}, Misconfigured, "20003"),
        ({"account_sid": "AC" + "0" * 32}, Misconfigured, "20404"),
        ({"from_number": "+14155550000"}, Misconfigured, "21606"),
        ({"from_number": "", "messaging_service_sid": "MG" + "0" * 32}, Misconfigured, "21701"),
    ],
)
async def test_what_is_refused_says_who_must_act(
    lab: Lab, around: Surroundings, changes: dict[str, str], expected: type[SendError], code: str
) -> None:
    with pytest.raises(expected) as caught:
        await channel(lab, around, **changes).send(outgoing("您好"))
    assert caught.value.code == code
    assert [entry.code for entry in lab.world.books if isinstance(entry, Refused)] == [code]


@pytest.mark.parametrize(
    ("text", "number", "code"),
    [("您好", "+12", "21211"), ("", "+8613800138000", "21602"), ("a" * 1601, "+8613800138000", "21617")],
)
async def test_content_is_checked(lab: Lab, around: Surroundings, text: str, number: str, code: str) -> None:
    with pytest.raises(Rejected) as caught:
        await channel(lab, around).send(outgoing(text, number))
    assert caught.value.code == code
    assert heard(lab) == []


async def test_a_file_is_fetched_from_where_the_product_offers_it(lab: Lab, around: Surroundings) -> None:
    async with handing_out(PNG, "image/png") as place:
        made = channel(lab, around, webhook_url=f"{place}/webhooks/twilio")
        await made.send(replace(outgoing(""), part=PICTURE))
    (seen,) = heard(lab)
    assert seen.kind == "image"
    assert lab.world.media.content(lab.world.media.find(seen.medium)) == PNG


@pytest.mark.parametrize(
    ("content", "mime", "expected", "code"),
    [
        (PNG, "image/jpeg", Rejected, "12300"),
        (PNG + bytes(5 * 1024 * 1024), "image/png", Rejected, "21617"),
        (b"", "", Misconfigured, "21620"),
    ],
)
async def test_a_file_that_twilio_does_not_take_is_refused(
    content: bytes, mime: str, expected: type[SendError], code: str, lab: Lab, around: Surroundings
) -> None:
    async with handing_out(content, mime) as place:
        with pytest.raises(expected) as caught:
            await channel(lab, around, webhook_url=f"{place}/webhooks/twilio").send(replace(outgoing(""), part=PICTURE))
    assert caught.value.code == code
    assert heard(lab) == []


async def test_several_files_are_on_the_phone_beside_each_other(lab: Lab, around: Surroundings) -> None:
    async with handing_out(PNG, "image/png") as place:
        made = channel(lab, around, webhook_url=f"{place}/webhooks/twilio")
        accepted = await made.send(replace(outgoing(""), part=Album((PICTURE,) * 10)))
        with pytest.raises(Rejected) as caught:
            await made.send(replace(outgoing(""), part=Album((PICTURE,) * 11)))
    assert caught.value.code == "21623"
    assert [(each.key, bool(each.medium)) for each in heard(lab)] == [(accepted.external_id, True)] * 10


async def test_an_answer_on_the_spot_reaches_the_phone(lab: Lab) -> None:
    lab.product.answers = [(200, answer("在的 & 请讲").body)]
    await lab.say("twilio", text="在吗")
    await lab.world.errands.settle()
    (seen,) = heard(lab)
    assert (seen.text, seen.passive, seen.customer) == ("在的 & 请讲", True, "李雷")


@pytest.mark.parametrize("kind", ["normal", "swapped", "failed"])
async def test_statuses_of_an_answer_on_the_spot_come_to_its_action(kind: str, lab: Lab, around: Surroundings) -> None:
    lab.world.manners.change("sms_twilio", receipts=kind)
    made = channel(lab, around, webhook_url=lab.world.config.webhook("twilio"))
    asked = WebhookRequest(method="POST", url="", received_at=lab.clock())
    reply = made.passive_reply(asked, Text("在的 & 请讲"), DELIVERY)
    assert reply is not None
    lab.product.answers = [(200, reply.body), (200, b"<Response/>")]
    await lab.say("twilio", text="在吗")
    await lab.world.errands.settle()
    receipts = [event for told in lab.product.requests[1:] for event in understood(lab, made, told)]
    assert {receipt.delivery for receipt in receipts if isinstance(receipt, Receipt)} == {DELIVERY}
    last = {receipt.status for receipt in receipts if isinstance(receipt, Receipt)} - {ReceiptStatus.ACCEPTED}
    assert last == {ReceiptStatus.FAILED if kind == "failed" else ReceiptStatus.DELIVERED}


@pytest.mark.parametrize("body", [b"success", b"<Response><Play/></Response>", b"<html></html>"])
async def test_what_is_no_twiml_is_not_taken(body: bytes, lab: Lab) -> None:
    lab.product.answers = [(200, body), (200, b"<Response/>")]
    await lab.say("twilio", text="在吗")
    await lab.world.errands.settle()
    assert len(lab.product.requests) == 2
    assert heard(lab) == []


async def test_whoever_sent_stop_is_left_alone_until_start(lab: Lab, around: Surroundings) -> None:
    made = channel(lab, around)
    await lab.say("twilio", text="STOP")
    (event,) = understood(lab, made, lab.product.requests[-1])
    assert isinstance(event, ContactChanged)
    assert (event.address, event.change) == (LILEI, ContactChange.OPTED_OUT)
    with pytest.raises(OptedOut):
        await made.send(outgoing("Ten per cent off"))
    await lab.say("twilio", text="start")
    (event,) = understood(lab, made, lab.product.requests[-1])
    assert isinstance(event, ContactChanged)
    assert event.change is ContactChange.OPTED_IN
    await made.send(outgoing("Welcome back"))


async def test_a_picture_is_fetched_from_where_files_lie(lab: Lab, around: Surroundings) -> None:
    made = channel(lab, around)
    await lab.say("twilio", text="It is broken", image="sample")
    (message,) = understood(lab, made, lab.product.requests[-1])
    assert isinstance(message, InboundMessage)
    media, words = message.parts
    assert words == Text("It is broken")
    assert isinstance(media, Media)
    assert (media.type, media.mime) == (MediaType.IMAGE, "image/jpeg")
    at_the_lab = replace(media, ref=str(lab.http.make_url(URL(media.ref).path)))
    assert (await made.fetch_media(at_the_lab)).content == SAMPLE.read_bytes()
    with pytest.raises(Rejected):
        await channel(lab, around, auth_token="wrong").fetch_media(at_the_lab)


async def test_a_lost_answer_leaves_doubt(lab: Lab, around: Surroundings) -> None:
    await lab.misbehave("sms_twilio", answers="lost", receipts="never")
    with pytest.raises(UnknownOutcome):
        await channel(lab, around).send(outgoing("您好"))
    assert len(heard(lab)) == 1


async def test_being_busy_means_to_wait(lab: Lab, around: Surroundings) -> None:
    await lab.misbehave("sms_twilio", answers="busy")
    with pytest.raises(Throttled):
        await channel(lab, around).send(outgoing("您好"))
