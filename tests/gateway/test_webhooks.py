"""What a provider meets: 200 means committed, everything else means "keep it"."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import pytest

from conversations.ids import AccountId, ConversationId, new_id
from conversations.message import Direction
from conversations.parts import Media
from conversations.people import Role
from runtime.loops import background
from storage import messages
from tests.channels.sms.twilio.sampler import settings
from tests.support.eventually import eventually
from tests.support.gateway import SMS, Gateway, open_gateway
from tests.support.postgres import PostgresServer

ALIYUN = {
    "access_key_id": "LTAI",
    "access_key_secret": "the-access-key-secret",
    "sign_name": "汇流",
    "template_code": "SMS_1",
    "template_variable": "content",
    "callback_secret": "the-callback-secret",
    "country": "CN",
    "api_url": "http://127.0.0.1:9",
}


@pytest.fixture
async def provider(gateway: Gateway) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(gateway.url) as session:
        yield session


def saying(key: str, text: str = "你好") -> dict[str, str]:
    return {"key": key, "from": "+8613800000001", "text": text}


async def is_stored(gateway: Gateway, key: str, account: str = SMS) -> bool:
    found = await gateway.services.database.read(messages.by_key, AccountId(account), Direction.INBOUND, key)
    return found is not None


async def test_the_answer_means_that_it_is_stored(gateway: Gateway, provider: aiohttp.ClientSession) -> None:
    response = await provider.post(f"/webhooks/{SMS}", json=saying("first"))
    assert (response.status, await is_stored(gateway, "first")) == (200, True)


async def test_an_unknown_account_is_not_found(provider: aiohttp.ClientSession) -> None:
    response = await provider.post("/webhooks/nobody", json=saying("lost"))
    assert response.status == 404


async def test_too_much_is_refused_before_it_is_read(gateway: Gateway) -> None:
    """The provider announces more than is allowed and sends nothing of it."""
    limit = gateway.services.settings.webhook_max_bytes
    port = gateway.services.settings.port
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"POST /webhooks/{SMS} HTTP/1.1\r\nHost: x\r\nContent-Length: {limit + 1}\r\n\r\n".encode())
    status = await asyncio.wait_for(reader.readline(), 10)
    writer.close()
    assert status == b"HTTP/1.1 413 Request Entity Too Large\r\n"


async def test_a_signature_that_is_no_text_is_a_wrong_signature(gateway: Gateway) -> None:
    """aiohttp hands its bytes over as lone surrogates."""
    await gateway.add_account("twilio", "SMS", "sms_twilio", **settings("http://127.0.0.1:9"))
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.services.settings.port)
    head = b"POST /webhooks/twilio HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nX-Twilio-Signature: \xff\x80\r\n\r\n"
    writer.write(head)
    assert await asyncio.wait_for(reader.readline(), 10) == b"HTTP/1.1 403 Forbidden\r\n"
    writer.close()


async def test_too_much_in_chunks_is_refused(gateway: Gateway) -> None:
    """Nothing is announced, and it never ends."""
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.services.settings.port)
    writer.write(f"POST /webhooks/{SMS} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n".encode())
    answer = asyncio.create_task(reader.readline())
    while not answer.done():
        writer.write(b"10000\r\n" + b"x" * 0x10000 + b"\r\n")
        await asyncio.sleep(0)
    writer.close()
    assert await answer == b"HTTP/1.1 413 Request Entity Too Large\r\n"


async def test_an_unproved_request_writes_nothing_and_is_counted(
    gateway: Gateway, provider: aiohttp.ClientSession, caplog: pytest.LogCaptureFixture
) -> None:
    await gateway.add_account("ali", "阿里云", "sms_aliyun", **ALIYUN)
    said = [{"phone_number": "13800000001", "content": "你好", "sequence_id": 7, "send_time": "2026-11-21 12:00:00"}]
    response = await provider.post("/webhooks/ali", params={"secret": "wrong"}, json=said)
    metrics = await (await provider.get("/metrics")).text()
    assert response.status == 403
    assert not await is_stored(gateway, "7", "ali")
    assert 'huiliu_messages_received_total{kind="sms_aliyun",outcome="refused"} 1.0' in metrics
    assert caplog.messages == ["refused a request for account ali: SignatureInvalid"]


async def test_a_request_keeps_its_name(provider: aiohttp.ClientSession) -> None:
    """A proxy's id is taken over, so that its logs and ours tell one story; nonsense is replaced."""
    named = await provider.post(f"/webhooks/{SMS}", json=saying("a"), headers={"X-Request-Id": "proxy-0123456789"})
    nonsense = await provider.post(f"/webhooks/{SMS}", json=saying("b"), headers={"X-Request-Id": 'a" b'})
    assert named.headers["X-Request-Id"] == "proxy-0123456789"
    assert len(nonsense.headers["X-Request-Id"]) == 32


async def test_without_a_database_the_provider_is_told_to_come_back(
    tmp_path: Path, redis_url: str, postgres: PostgresServer, postgresql_url: str
) -> None:
    name = urlsplit(postgresql_url).path.removeprefix("/")
    async with open_gateway(tmp_path, redis_url, database_url=postgresql_url) as gateway:
        await gateway.add_account()
        async with aiohttp.ClientSession(gateway.url) as provider:
            await postgres.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
            await postgres.execute(
                f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"  # noqa: S608  # ours
            )
            away = await provider.post(f"/webhooks/{SMS}", json=saying("first"))
            await postgres.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
            back = await provider.post(f"/webhooks/{SMS}", json=saying("first"))
            assert (away.status, back.status, await is_stored(gateway, "first")) == (503, 200, True)


async def test_what_is_said_in_time_is_the_answer_to_the_request(
    gateway: Gateway, provider: aiohttp.ClientSession
) -> None:
    """The agent answers while the provider waits; the provider comes again and hears the same."""
    asked = saying("first") | {"passive": 20}
    asking = asyncio.create_task(provider.post(f"/webhooks/{SMS}", json=asked))

    async def conversation() -> ConversationId | None:
        found = await gateway.services.database.read(messages.by_key, AccountId(SMS), Direction.INBOUND, "first")
        return None if found is None else found.conversation_id

    conversation_id = await eventually(conversation, "the question is stored")
    async with gateway.signed_in(await gateway.add_user("root", Role.ADMIN)) as browser:
        await browser.post(f"/api/v1/conversations/{conversation_id}/replies", {"text": "您好", "key": new_id()})
        answers = [await (await asking).read(), await (await provider.post(f"/webhooks/{SMS}", json=asked)).read()]
        said = (await browser.json(f"/api/v1/conversations/{conversation_id}"))["messages"][-1]
    assert answers[0] == answers[1]
    assert answers[0].startswith("您好 < ".encode())
    assert said["state"] == "accepted"


async def test_without_an_answer_in_time_the_provider_hears_the_usual(provider: aiohttp.ClientSession) -> None:
    response = await provider.post(f"/webhooks/{SMS}", json=saying("first") | {"passive": 0.05})
    assert (response.status, await response.read()) == (200, b"")


async def test_the_pictures_of_an_album_come_one_by_one_and_are_one_message(
    gateway: Gateway, provider: aiohttp.ClientSession
) -> None:
    settings = {"bot_token": "1:secret", "mode": "webhook", "webhook_secret": "secret"}
    await gateway.add_account("bot", "Telegram", "telegram", **settings)
    async with background(gateway.services.intake.run):
        for number in (1, 2, 1, 3):
            headers = {"X-Telegram-Bot-Api-Secret-Token": "secret"}
            answer = await provider.post("/webhooks/bot", json=a_picture(number), headers=headers)
            assert answer.status == 200
        await eventually(lambda: is_stored(gateway, "1", "bot"), "the album is stored")
    album = await gateway.services.database.read(messages.by_key, AccountId("bot"), Direction.INBOUND, "1")
    assert album is not None
    assert [part.ref for part in album.parts if isinstance(part, Media)] == ["file 1", "file 2", "file 3"]
    assert not await is_stored(gateway, "2", "bot")


def a_picture(number: int) -> dict[str, object]:
    """One of an album, as Telegram tells it."""
    person = {"id": 7, "is_bot": False, "first_name": "雷"}
    photo = [{"file_id": f"file {number}", "file_unique_id": str(number), "width": 90, "height": 90}]
    chat = {"id": 7, "type": "private"}
    message = {"message_id": number, "from": person, "chat": chat, "date": 1763697600, "media_group_id": "1337"}
    return {"update_id": number, "message": {**message, "photo": photo}}
