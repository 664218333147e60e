"""An automatic reply goes through the outbox once, in the customer's language, and says that no person wrote it."""

from pathlib import Path

import pytest

from conversations.clock import utc_now
from conversations.ids import ConversationId
from conversations.message import AuthorKind
from desk.automatic import in_language
from storage import conversations, deliveries, messages
from storage.database import Transaction
from tests.support.gateway import Gateway, open_gateway

REPLY = {"zh-CN": "我们马上就来", "en": "We will be with you in a minute"}


@pytest.mark.parametrize(
    ("language", "words"), [("zh-TW", REPLY["zh-CN"]), ("en-GB", REPLY["en"]), ("", REPLY["zh-CN"])]
)
def test_it_is_said_in_the_customers_language(language: str, words: str) -> None:
    assert in_language(REPLY, language) == words


def test_in_another_language_rather_than_not_at_all() -> None:
    assert in_language({"en": "Hello"}, "zh-CN") == "Hello"


async def test_it_is_sent_once_and_marked_as_automatic(tmp_path: Path, redis_url: str) -> None:
    async with open_gateway(tmp_path, redis_url) as gateway:
        await gateway.add_account()
        conversation_id = await gateway.hear("Where is my parcel?")
        for _ in range(2):
            await gateway.services.database.write(_say, gateway, conversation_id)
        read = gateway.services.database.read
        _, answer = await read(messages.of_conversation, conversation_id)
        (parts,) = (await read(deliveries.of_messages, [answer.id])).values()
    assert (answer.author, answer.author_id) == (AuthorKind.SYSTEM, "router")
    assert [(each.part, each.automatic) for each in parts] == [(answer.parts[0], True)]


def _say(transaction: Transaction, gateway: Gateway, conversation_id: ConversationId) -> None:
    conversation = conversations.get(transaction.connection, conversation_id)
    assert conversation is not None
    gateway.services.automatic.say(transaction, conversation, REPLY, "automatic-reply", utc_now())
