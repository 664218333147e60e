"""Small things of the domain, complete and valid, of which a test names only what it is about."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.fernet import Fernet

from conversations.account import Account
from conversations.address import phone_address
from conversations.conversation import Contact, Conversation, ConversationState
from conversations.ids import AccountId, ContactId, ConversationId, RuleId, UserId, new_id
from conversations.people import AgentState, Role, User
from storage import accounts, contacts, conversations, people, rules
from storage.database import Database, Transaction
from storage.rules import RuleRow
from storage.vault import Vault
from tests.support.schema import prepared

NOW = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)

SECRET_KEY = Fernet.generate_key().decode()
VAULT = Vault(SECRET_KEY)


class SetClock:
    """A clock that stands until it is moved."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def forward(self, time: timedelta) -> None:
        """Let time pass."""
        self.now += time


@asynccontextmanager
async def open_database(url: str) -> AsyncIterator[Database]:
    """A database with today's schema; opening one address twice stands for two processes."""
    await prepared(url)
    database = Database(url)
    try:
        yield database
    finally:
        await database.close()


def an_account(**changes: Any) -> Account:
    """An SMS sender."""
    fields: dict[str, Any] = {"id": AccountId(new_id()), "kind": "sms_aliyun", "name": "SMS", "settings": {}}
    return Account(**(fields | changes))


def a_contact(**changes: Any) -> Contact:
    """Somebody who wrote for the first time."""
    fields: dict[str, Any] = {"id": ContactId(new_id()), "name": "Li Lei", "language": "zh-CN", "created_at": NOW}
    return Contact(**(fields | changes))


def a_user(**changes: Any) -> User:
    """An agent who takes up to three conversations."""
    user_id = UserId(new_id())
    fields: dict[str, Any] = {
        "id": user_id,
        "login": f"agent-{user_id}",
        "name": "Han Meimei",
        "role": Role.AGENT,
        "language": "zh-CN",
        "time_zone": "Asia/Shanghai",
        "capacity": 3,
        "state": AgentState.OFFLINE,
        "state_since": NOW,
    }
    return User(**(fields | changes))


def a_rule(queue_id: str, **changes: Any) -> RuleRow:
    """A rule that leads everything to a queue."""
    rule_id = RuleId(new_id())
    fields: dict[str, Any] = {"id": rule_id, "name": f"rule {rule_id}", "actions": {"queue": queue_id}}
    return RuleRow(**(fields | changes))


def append_rule(transaction: Transaction, row: RuleRow) -> None:
    """Save a version of the rules with one more at its end."""
    book = rules.current(transaction.connection)
    more = replace(book, saved_at=NOW, author="test", reason="one more", rules=(*book.rules, row))
    rules.save(transaction, more)


def a_conversation(account_id: str, contact_id: str, **changes: Any) -> Conversation:
    """A customer has written, and nobody has looked yet."""
    fields: dict[str, Any] = {
        "id": ConversationId(new_id()),
        "contact_id": ContactId(contact_id),
        "account_id": AccountId(account_id),
        "address": phone_address("+8613800000000"),
        "state": ConversationState.NEW,
        "opened_at": NOW,
        "changed_at": NOW,
        "last_message_at": NOW,
        "preview": "你好",
        "unanswered_since": NOW,
    }
    return Conversation(**(fields | changes))


def store(transaction: Transaction, *things: Account | Contact | User | Conversation) -> None:
    """Write things down as they are, each after what it refers to."""
    for thing in things:
        match thing:
            case Account():
                accounts.add(transaction, VAULT, thing, NOW, "test")
            case Contact():
                contacts.add(transaction, [thing])
            case User():
                people.add(transaction, thing, "", NOW, "test")
            case Conversation():
                conversations.add(transaction, [thing], joinable=False)
