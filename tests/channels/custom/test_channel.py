"""What the other system is posted, and what its answers mean. The kit in `test_contract` covers the rest."""

import base64
from collections.abc import AsyncIterator

import hypothesis
import pytest

from channels.config import ConfigInvalid
from channels.contract import Outgoing, Surroundings, WebhookRequest
from channels.custom.channel import CustomChannel
from channels.custom.signing import signature
from conversations.address import Address
from conversations.errors import (
    Misconfigured,
    NotSendable,
    OptedOut,
    PayloadUnreadable,
    ProviderUnavailable,
    Rejected,
    SendError,
    UnknownOutcome,
)
from conversations.ids import AccountId, ConversationId, DeliveryId
from conversations.parts import Link, Location, Media, MediaType, Menu, Option, Part, Text
from tests.channels.custom.sampler import PATH, SECRET, SIGNATURE, TIMESTAMP, accept, parts, seconds, settings, signed
from tests.support.http_file import read_http
from tests.support.mangled import mangled
from tests.support.provider import Provider, Scripted, running_provider, says
from tests.support.sampler import folder_of
from tests.support.surroundings import NOW, open_surroundings

ACCOUNT = AccountId("account")
TEXT = Text("您好")


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
def channel(around: Surroundings, provider: Provider) -> CustomChannel:
    hosts = {"file_hosts": f"files.example.com, {provider.url.removeprefix('http://')}"}
    return CustomChannel.create(ACCOUNT, {**settings(provider.url), **hosts}, around)


def outgoing(part: Part) -> Outgoing:
    return Outgoing(
        delivery=DeliveryId("d1"),
        conversation=ConversationId("c1"),
        address=Address("custom:account/8800123"),
        part=part,
    )


def test_the_signature_is_the_one_of_the_protocols_page() -> None:
    """printf '1763712000.{"id":"m-1"}' | openssl dgst -sha256 -hmac secret-of-16-chars"""
    expected = "9fc60a261d7ce49f306a372dbe9b332540119f72862894c996c261f0bc12f04b"
    assert signature("secret-of-16-chars", "1763712000", b'{"id":"m-1"}') == expected


async def test_a_message_is_signed_and_bears_its_key(channel: CustomChannel, provider: Provider) -> None:
    accepted = await channel.send(outgoing(TEXT))
    (request,) = provider.requests(PATH)
    assert request.json() == {
        "delivery": "d1",
        "conversation": "c1",
        "to": "8800123",
        "automatic": False,
        "part": {"kind": "text", "text": "您好"},
    }
    told = {name.lower(): value for name, value in request.headers.items()}
    assert {name: told[name] for name in (TIMESTAMP, SIGNATURE)} == signed(request.body, seconds(), SECRET)
    assert told["idempotency-key"] == "d1"
    assert accepted.external_id == "m-1"


@pytest.mark.parametrize(
    ("part", "told"),
    [
        (
            Menu("满意吗？", (Option("5", "满意"),)),
            {"kind": "menu", "text": "满意吗？", "options": [{"id": "5", "label": "满意"}]},
        ),
        (
            Link("https://example.com", "帮助"),
            {"kind": "link", "url": "https://example.com", "title": "帮助", "description": ""},
        ),
        (
            Location(31.2, 121.4, "外滩"),
            {"kind": "location", "latitude": 31.2, "longitude": 121.4, "label": "外滩"},
        ),
    ],
)
async def test_parts_are_told_by_their_names(
    part: Part, told: dict[str, object], channel: CustomChannel, provider: Provider
) -> None:
    await channel.send(outgoing(part))
    body = provider.requests(PATH)[0].json()
    assert isinstance(body, dict)
    assert body["part"] == told


async def test_files_come_along(channel: CustomChannel, provider: Provider, around: Surroundings) -> None:
    await channel.send(outgoing(parts(around)[-1]))
    body = provider.requests(PATH)[0].json()
    assert isinstance(body, dict)
    content = base64.b64encode(b"the bytes of a file").decode()
    named = {"kind": "media", "type": "file", "name": "收据.pdf", "mime": "application/pdf", "size": 19}
    assert body["part"] == {**named, "base64": content}


async def test_a_file_that_is_gone_cannot_be_sent(channel: CustomChannel) -> None:
    with pytest.raises(NotSendable):
        await channel.send(outgoing(Media(MediaType.FILE, mime="application/pdf", digest="0" * 64)))


@pytest.mark.parametrize(
    ("scripted", "expected"),
    [
        (says({"error": "no such field"}, status=400), Rejected),
        (says({"error": "signature"}, status=401), Misconfigured),
        (says({"error": "signature"}, status=403), Misconfigured),
        (says({"error": "nobody"}, status=404), Rejected),
        (says({"error": "left"}, status=410), OptedOut),
        (says({"error": "bad"}, status=422), Rejected),
        (says({"error": "later"}, status=500), ProviderUnavailable),
        (says({}), UnknownOutcome),
        (says({"id": None}), UnknownOutcome),
    ],
)
async def test_the_status_says_who_must_act(
    scripted: Scripted, expected: type[SendError], channel: CustomChannel, provider: Provider
) -> None:
    provider.answers(PATH, scripted)
    with pytest.raises(SendError) as caught:
        await channel.send(outgoing(TEXT))
    assert type(caught.value) is expected


async def test_a_file_is_fetched_from_a_host_that_is_listed(channel: CustomChannel, provider: Provider) -> None:
    provider.answers("/files/a.pdf", Scripted(headers={"Content-Type": "application/pdf"}, body=b"%PDF"))
    media = await channel.fetch_media(Media(MediaType.FILE, ref=f"{provider.url}/files/a.pdf?token=1"))
    assert (media.content, media.mime, media.name, media.size) == (b"%PDF", "application/pdf", "a.pdf", 4)
    (request,) = provider.requests("/files/a.pdf")
    assert SIGNATURE not in {name.lower() for name in request.headers}, "files are asked for like by anybody"


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:1/secret",
        "http://169.254.169.254/latest/meta-data",
        "https://files.example.com.evil.example/a",
        "https://files.example.com:8443/a",
        "https://files.example.com@evil.example/a",
        "file:///etc/passwd",
        "/etc/passwd",
        "https://[",
    ],
)
async def test_a_file_is_fetched_from_nowhere_else(address: str, channel: CustomChannel, provider: Provider) -> None:
    with pytest.raises(Rejected):
        await channel.fetch_media(Media(MediaType.FILE, ref=address))
    assert provider.received == []


async def test_a_listed_host_cannot_send_us_elsewhere(channel: CustomChannel, provider: Provider) -> None:
    provider.answers("/a", Scripted(status=302, headers={"Location": "http://169.254.169.254/"}))
    with pytest.raises(ProviderUnavailable):
        await channel.fetch_media(Media(MediaType.FILE, ref=f"{provider.url}/a"))


async def test_the_check_is_a_signed_message_of_its_own(channel: CustomChannel, provider: Provider) -> None:
    provider.answers(PATH, says({"ok": True}))
    await channel.check()
    assert provider.requests(PATH)[0].json() == {"check": True}


@pytest.mark.parametrize(
    ("scripted", "advice"),
    [
        (says({"error": "who?"}, status=401), "compare the secret"),
        (says([]), "compare the url"),
        (Scripted(status=404, body=b"<html>"), "127.0.0.1 does not answer a check"),
        (Scripted(cut=True), "does not answer a check"),
    ],
)
async def test_the_check_says_what_to_repair(
    scripted: Scripted, advice: str, channel: CustomChannel, provider: Provider
) -> None:
    provider.answers(PATH, scripted)
    with pytest.raises(Misconfigured, match=advice):
        await channel.check()


def test_a_refusal_says_why(channel: CustomChannel) -> None:
    reply = channel.refuse(PayloadUnreadable("id is missing"))
    assert (reply.status, reply.body) == (400, b'{"error":"id is missing"}')


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"url": "crm.example.com"}, "url"),
        ({"secret": "short"}, "secret"),
        ({"file_hosts": "https://files.example.com"}, "file_hosts"),
        ({"file_hosts": "files.example.com/a"}, "file_hosts"),
    ],
)
def test_settings_that_cannot_work_are_named(change: dict[str, str], problem: str, around: Surroundings) -> None:
    with pytest.raises(ConfigInvalid) as caught:
        CustomChannel.create(ACCOUNT, {**settings("https://crm.example.com"), **change}, around)
    assert [each.partition(":")[0] for each in caught.value.problems] == [problem]


BODIES = [read_http(case, NOW).body for case in sorted(folder_of("custom").glob("*.http"))]


@hypothesis.settings(
    suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture], max_examples=300, deadline=None
)
@hypothesis.given(body=mangled(BODIES))
def test_almost_genuine_requests_do_no_harm(body: bytes, channel: CustomChannel) -> None:
    """They are read, or called unreadable."""
    request = WebhookRequest(method="POST", url="https://huiliu.example", body=body, received_at=NOW)
    try:
        parsed = channel.parse(request)
    except PayloadUnreadable:
        return
    assert parsed.events
    assert channel.parse(request) == parsed
