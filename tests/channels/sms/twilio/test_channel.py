"""What Twilio is sent, and what its answers mean. The kit in `test_contract` covers the rest."""

import base64
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl

import pytest

from channels.config import ConfigInvalid
from channels.contract import Outgoing, Surroundings
from channels.sms.twilio.channel import TwilioSmsChannel
from channels.sms.twilio.files import LASTS
from conversations.address import Address
from conversations.errors import (
    Misconfigured,
    NotSendable,
    OptedOut,
    ProviderUnavailable,
    Rejected,
    SendError,
    Throttled,
    UnknownOutcome,
)
from conversations.ids import AccountId, ConversationId, DeliveryId
from conversations.inbound import ReceiptStatus
from conversations.parts import Album, Media, MediaType, Menu, Option, Part, Template, Text
from tests.channels.sms.twilio.sampler import ACCOUNT_SID, MESSAGES, TOKEN, accept, sent, settings
from tests.support.provider import Provider, Scripted, running_provider, says
from tests.support.surroundings import open_surroundings

ACCOUNT = AccountId("account")
TEXT = Text("Your order 50% is on its way 👍")
SERVICE = "MG" + "0123456789abcdef" * 2
FILE = f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages/MM1/Media/ME0"
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
async def around() -> AsyncIterator[Surroundings]:
    async with open_surroundings() as made:
        yield made


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    async with running_provider() as made:
        accept(made)
        yield made


@pytest.fixture
def channel(around: Surroundings, provider: Provider) -> TwilioSmsChannel:
    return make(around, provider.url)


def make(around: Surroundings, url: str, **other: str) -> TwilioSmsChannel:
    return TwilioSmsChannel.create(ACCOUNT, {**settings(url), **other}, around)


def outgoing(part: Part) -> Outgoing:
    return Outgoing(
        delivery=DeliveryId("0199d5c0a2f37d4c8e1b000000000001"),
        conversation=ConversationId("c1"),
        address=Address("tel:+14155550123"),
        part=part,
    )


async def test_a_text_is_a_form_with_the_credentials(channel: TwilioSmsChannel, provider: Provider) -> None:
    accepted = await channel.send(outgoing(TEXT))
    (request,) = provider.received
    assert (request.method, request.path) == ("POST", MESSAGES)
    assert dict(parse_qsl(request.body.decode())) == {
        "To": "+14155550123",
        "Body": "Your order 50% is on its way 👍",
        "From": "+14155552671",
        "StatusCallback": "https://huiliu.example/webhooks/account?delivery=0199d5c0a2f37d4c8e1b000000000001",
    }
    credentials = base64.b64encode(f"{ACCOUNT_SID}:{TOKEN}".encode()).decode()
    assert request.headers["Authorization"] == f"Basic {credentials}"
    assert accepted.external_id == "SM" + "ab" * 16


async def test_a_service_stands_in_for_the_number(around: Surroundings, provider: Provider) -> None:
    channel = make(around, provider.url, from_number="", messaging_service_sid=SERVICE, webhook_url="")
    await channel.send(outgoing(TEXT))
    (request,) = provider.received
    form = dict(parse_qsl(request.body.decode()))
    assert form.keys() == {"To", "Body", "MessagingServiceSid"}
    assert form["MessagingServiceSid"] == SERVICE


def test_what_can_be_known_depends_on_the_webhook(around: Surroundings) -> None:
    without = make(around, "https://a.example", webhook_url="").capabilities
    assert without.receipts == {ReceiptStatus.ACCEPTED}
    assert make(around, "https://a.example").capabilities.receipts > without.receipts


@pytest.mark.parametrize(
    ("code", "status", "expected"),
    [
        (21610, 400, OptedOut),
        (21617, 400, Rejected),
        (21211, 400, Rejected),
        (21408, 403, Misconfigured),
        (21606, 400, Misconfigured),
        (20003, 401, Misconfigured),
        (20404, 404, Misconfigured),
        (20429, 400, Throttled),
        (63018, 400, Throttled),
        (20503, 503, ProviderUnavailable),
        (20500, 500, UnknownOutcome),
        (29999, 400, Rejected),
        (29999, 500, ProviderUnavailable),
    ],
)
async def test_a_code_says_who_must_act(
    code: int, status: int, expected: type[SendError], channel: TwilioSmsChannel, provider: Provider
) -> None:
    answer = {"code": code, "message": "some words", "more_info": "https://www.twilio.com/docs", "status": status}
    provider.answers(MESSAGES, says(answer, status=status))
    with pytest.raises(SendError) as caught:
        await channel.send(outgoing(TEXT))
    assert type(caught.value) is expected
    assert caught.value.code == str(code)
    assert "some words" in str(caught.value)


@pytest.mark.parametrize(("in_doubt", "safe"), [("once", False), ("again", True)])
def test_the_account_says_what_is_done_in_doubt(in_doubt: str, safe: bool, around: Surroundings) -> None:
    assert make(around, "https://a.example", in_doubt=in_doubt).capabilities.resend_is_safe is safe


def test_menus_and_templates_become_text(channel: TwilioSmsChannel) -> None:
    planned = channel.plan((Menu("Happy?", (Option("a", "yes"),)), Template("HX1", "Your code is 1")))
    assert planned == (Text("Happy?\n1. yes"), Text("Your code is 1"))


PICTURE = Media(MediaType.IMAGE, mime="image/png", size=1, digest="ab" * 32)


async def test_a_file_goes_out_as_a_link_that_ends_and_that_nobody_else_can_make(
    channel: TwilioSmsChannel, provider: Provider, around: Surroundings
) -> None:
    (planned,) = channel.plan((PICTURE,))
    await channel.send(outgoing(planned))
    (request,) = provider.received
    form = dict(parse_qsl(request.body.decode()))
    place, _, token = form["MediaUrl"].rpartition("/")
    assert (place, "Body" in form) == ("https://huiliu.example/offered/account", False)
    assert channel.offered(token) == PICTURE.digest
    altered = token[:-1] + ("A" if token[-1] != "A" else "B")
    assert [channel.offered(each) for each in ("", "您好", token[:-4], altered, "A" * len(token))] == [None] * 5
    assert make(around, "https://a.example", auth_token="another").offered(token) is None
    late = replace(around, clock=lambda: around.clock() + LASTS)
    assert make(late, "https://a.example").offered(token) is None


@pytest.mark.parametrize(
    ("webhook_url", "change", "said"),
    [
        ("", {}, "set webhook_url"),
        ("https://huiliu.example/webhooks/account", {"size": 5 * 1024 * 1024 + 1}, "carries up to"),
        ("https://huiliu.example/webhooks/account", {"mime": "image/webp"}, "does not carry image/webp"),
    ],
)
def test_what_twilio_could_not_fetch_or_would_refuse_is_not_sent(
    webhook_url: str, change: dict[str, Any], said: str, around: Surroundings
) -> None:
    channel = make(around, "https://a.example", webhook_url=webhook_url)
    with pytest.raises(NotSendable, match=said):
        channel.plan((replace(PICTURE, **change),))


def test_files_that_stand_side_by_side_go_as_one_message(channel: TwilioSmsChannel) -> None:
    """Ten at most, and no more bytes than one may have."""
    large = replace(PICTURE, size=3 * 1024 * 1024)
    ten, two = Album((PICTURE,) * 10), Album((PICTURE,) * 2)
    assert channel.plan((PICTURE,) * 12) == (ten, two)
    assert channel.plan((PICTURE, PICTURE, Text("look"), PICTURE)) == (two, Text("look"), PICTURE)
    assert channel.plan((large, PICTURE, large)) == (Album((large, PICTURE)), large)
    assert channel.plan((ten, two)) == (ten, two)


async def test_each_file_of_a_message_has_its_link(
    channel: TwilioSmsChannel, provider: Provider, around: Surroundings
) -> None:
    other = replace(PICTURE, digest="cd" * 32)
    await channel.send(outgoing(Album((PICTURE, other))))
    (request,) = provider.received
    links = [value for name, value in parse_qsl(request.body.decode()) if name == "MediaUrl"]
    assert [channel.offered(each.rpartition("/")[2]) for each in links] == [PICTURE.digest, other.digest]
    with pytest.raises(NotSendable):
        await channel.send(outgoing(Album((PICTURE, replace(PICTURE, mime="image/webp")))))


async def test_a_file_is_fetched_with_the_credentials(channel: TwilioSmsChannel, provider: Provider) -> None:
    provider.answers(FILE, Scripted(headers={"Content-Type": "image/png"}, body=PNG))
    found = await channel.fetch_media(Media(MediaType.IMAGE, ref=provider.url + FILE))
    assert (found.content, found.size, found.mime) == (PNG, len(PNG), "image/png")
    (request,) = provider.received
    assert request.headers["Authorization"].startswith("Basic ")


async def test_whoever_keeps_the_file_does_not_see_the_credentials(
    channel: TwilioSmsChannel, provider: Provider
) -> None:
    provider.answers(FILE, Scripted(status=307, headers={"Location": "/cdn/file?Signature=a~b%2Fc"}))
    provider.answers("/cdn/file", Scripted(headers={"Content-Type": "image/png"}, body=PNG))
    found = await channel.fetch_media(Media(MediaType.IMAGE, mime="image/jpeg", ref=provider.url + FILE))
    assert (found.content, found.mime) == (PNG, "image/jpeg")
    (request,) = provider.requests("/cdn/file")
    assert request.query == {"Signature": "a~b/c"}
    assert "Authorization" not in request.headers


@pytest.mark.parametrize(
    "ref",
    [
        "https://evil.example/file",
        "http://api.twilio.com/file",
        "https://api.twilio.com.evil.example/file",
        "https://eviltwilio.com/file",
        "file:///etc/passwd",
        "/2010-04-01/Accounts",
        "",
    ],
)
async def test_files_elsewhere_are_not_fetched(ref: str, channel: TwilioSmsChannel, provider: Provider) -> None:
    with pytest.raises(Rejected, match="not Twilio's"):
        await channel.fetch_media(Media(MediaType.IMAGE, ref=ref))
    assert provider.received == []


@pytest.mark.parametrize("location", ["http://127.0.0.1:9/secrets", "http://mms.twiliocdn.com/file", "file:///etc"])
async def test_no_redirect_leads_astray(location: str, channel: TwilioSmsChannel, provider: Provider) -> None:
    provider.answers(FILE, Scripted(status=302, headers={"Location": location}))
    with pytest.raises(Rejected, match="not Twilio's"):
        await channel.fetch_media(Media(MediaType.IMAGE, ref=provider.url + FILE))


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (Scripted(status=404, body=b'{"code":20404}'), Rejected),
        (Scripted(status=307, headers={"Location": FILE}), ProviderUnavailable),
        (Scripted(status=503), ProviderUnavailable),
        (Scripted(body=PNG, stalls=4), ProviderUnavailable),
    ],
)
async def test_a_file_that_does_not_come_is_called_by_its_name(
    answer: Scripted, expected: type[SendError], channel: TwilioSmsChannel, provider: Provider
) -> None:
    provider.answers(FILE, answer)
    with pytest.raises(SendError) as caught:
        await channel.fetch_media(Media(MediaType.IMAGE, ref=provider.url + FILE))
    assert type(caught.value) is expected


ACCOUNT_PATH = f"/2010-04-01/Accounts/{ACCOUNT_SID}.json"


async def test_the_check_asks_for_the_account_and_sends_nothing(channel: TwilioSmsChannel, provider: Provider) -> None:
    provider.answers(ACCOUNT_PATH, says({"sid": ACCOUNT_SID, "status": "active"}))
    await channel.check()
    assert [(request.method, request.path) for request in provider.received] == [("GET", ACCOUNT_PATH)]


@pytest.mark.parametrize(
    ("answer", "status", "advice"),
    [
        ({"sid": ACCOUNT_SID, "status": "suspended"}, 200, "suspended"),
        ({"code": 20003, "message": "Authenticate", "status": 401}, 401, "auth_token"),
        ({"code": 20404, "message": "not found", "status": 404}, 404, "account_sid"),
    ],
)
async def test_the_check_says_what_to_repair(
    answer: dict[str, object], status: int, advice: str, channel: TwilioSmsChannel, provider: Provider
) -> None:
    provider.answers(ACCOUNT_PATH, says(answer, status=status))
    with pytest.raises(Misconfigured, match=advice):
        await channel.check()


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"account_sid": "SK1"}, "account_sid"),
        ({"from_number": ""}, "from_number"),
        ({"messaging_service_sid": SERVICE}, "from_number"),
        ({"messaging_service_sid": "MG1", "from_number": ""}, "messaging_service_sid"),
        ({"webhook_url": "here"}, "webhook_url"),
        ({"country": "America"}, "country"),
        ({"in_doubt": "perhaps"}, "in_doubt"),
        ({"api_url": "api"}, "api_url"),
    ],
)
def test_settings_that_cannot_work_are_named(change: dict[str, str], problem: str, around: Surroundings) -> None:
    with pytest.raises(ConfigInvalid) as caught:
        make(around, "https://api.twilio.com", **change)
    assert [each.partition(":")[0] for each in caught.value.problems] == [problem]


async def test_each_send_is_one_request(channel: TwilioSmsChannel, provider: Provider) -> None:
    provider.answers(MESSAGES, sent())
    for _ in range(2):
        await channel.send(outgoing(TEXT))
    assert len(provider.received) == 2
