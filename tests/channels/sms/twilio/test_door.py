"""Twilio at the door of a whole gateway, behind a proxy: the public address is what was signed, to the letter."""

import asyncio
from pathlib import Path
from urllib.parse import urlencode

import aiohttp
from twilio.request_validator import RequestValidator
from yarl import URL

from conversations.ids import AccountId, ConversationId, new_id
from conversations.message import Direction
from conversations.parts import Text
from conversations.people import Role
from lab.twilio.twiml import messages_in
from storage import messages
from tests.channels.sms.twilio.sampler import TOKEN, settings
from tests.support.eventually import eventually
from tests.support.gateway import Gateway, open_gateway

PUBLIC = "https://support.example/chat"
PATH = "/webhooks/twilio?note=%E6%82%A8%2F~a+b"
FORM = "application/x-www-form-urlencoded"


def message(sid: str) -> dict[str, str]:
    return {
        "MessageSid": sid,
        "From": "+14155550123",
        "To": "+14155552671",
        "Body": "100% fine & good 😀",
        "ToCity": "",
    }


async def post(door: str, signed_address: str, fields: dict[str, str]) -> tuple[int, bytes]:
    headers = {
        "Content-Type": FORM,
        "X-Twilio-Signature": RequestValidator(TOKEN).compute_signature(signed_address, fields),
    }
    async with (
        aiohttp.ClientSession() as http,
        http.post(URL(door + PATH, encoded=True), data=urlencode(fields), headers=headers) as response,
    ):
        return response.status, await response.read()


async def test_an_answer_in_time_is_the_answer_to_the_request_and_to_each_redelivery(
    tmp_path: Path, redis_url: str
) -> None:
    async with open_gateway(tmp_path, redis_url, public_url=PUBLIC) as gateway:
        await gateway.add_account("twilio", "SMS", "sms_twilio", **settings("http://127.0.0.1:9"), passive_seconds="12")
        door, fields = gateway.url.rstrip("/"), message("SM1")
        asking = asyncio.create_task(post(door, PUBLIC + PATH, fields))
        conversation_id = await eventually(lambda: heard(gateway, "SM1"), "the message is stored")
        agent = await gateway.add_user("root", Role.ADMIN)
        await gateway.services.desk.reply(agent, conversation_id, (Text("Yes & no"),), new_id())
        first = await asking
        again = await post(door, PUBLIC + PATH, fields)
    assert first == again
    assert first[0] == 200
    (told,) = messages_in(first[1])
    assert told.words == "Yes & no"
    assert told.action.startswith(f"{settings('')['webhook_url']}?delivery=")


async def heard(gateway: Gateway, sid: str) -> ConversationId | None:
    """The conversation of a customer's message, once it is there."""
    found = await gateway.services.database.read(messages.by_key, AccountId("twilio"), Direction.INBOUND, sid)
    return None if found is None else found.conversation_id


async def test_what_counts_is_the_address_that_twilio_called(tmp_path: Path, redis_url: str) -> None:
    async with open_gateway(tmp_path, redis_url, public_url=PUBLIC) as gateway:
        await gateway.add_account("twilio", "SMS", "sms_twilio", **settings("http://127.0.0.1:9"))
        door = gateway.url.rstrip("/")
        taken = await post(door, PUBLIC + PATH, message("SM1"))
        refused = await post(door, door + PATH, message("SM2"))
        find = gateway.services.database.read
        stored = [await find(messages.by_key, AccountId("twilio"), Direction.INBOUND, sid) for sid in ("SM1", "SM2")]
    assert taken == (200, b'<?xml version="1.0" encoding="UTF-8"?><Response/>')
    assert refused[0] == 403
    assert [found is not None for found in stored] == [True, False]
