"""The core of one process: the doors in and out around one database, with a scripted provider and a set clock.

Two cores on one address stand for two processes.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, Table, select

from channels.contract import Parsed, WebhookRequest
from conversations.account import Account
from conversations.address import Address, phone_address
from conversations.conversation import Conversation
from conversations.events import Event, EventKind
from conversations.ids import AccountId, ConversationId, DeliveryId, new_id
from conversations.inbound import InboundEvent, InboundMessage
from conversations.message import AuthorKind, Delivery, Lane, Message
from conversations.parts import Part, Text
from desk.cooling import Cooling
from desk.replies import Desk
from exchange import outbox
from exchange.accounts import AccountBook
from exchange.delivery import Courier
from exchange.feed import Feed
from exchange.fetching import Fetcher
from exchange.intake import Intake
from exchange.outbox import Draft
from exchange.recording import Policy
from outreach.surveys import SurveyPolicy, Surveys
from storage import accounts, conversations, deliveries, events, messages, tables
from storage.database import Database, Transaction
from storage.files import Files
from tests.support.builders import NOW, VAULT, SetClock, open_database
from tests.support.fake_channel import FakeProvider, fake_kind
from tests.support.surroundings import open_surroundings

SMS, CHAT, MAIL = AccountId("sms"), AccountId("chat"), AccountId("mail")
"""Three accounts of the scripted provider: a plain one, one with menus that recognises our keys, another plain one."""

ACCOUNTS = {SMS: {}, CHAT: {"menus": "yes", "resend": "yes"}, MAIL: {}}

LI = phone_address("+8613800000001")
HAN = phone_address("+8613800000002")

PATIENCE = 30.0
"""Seconds after which a test gives up; nothing waits for them."""


@dataclass
class Counted:
    """Meters that remember."""

    groups: list[int] = field(default_factory=list)
    intake: Counter[str] = field(default_factory=Counter)
    delivery: Counter[str] = field(default_factory=Counter)

    def batch(self, requests: int, seconds: float) -> None:
        """One transaction."""
        self.groups.append(requests)

    def received(self, kind: str, outcome: str, count: int) -> None:
        """News that came in."""
        self.intake[outcome] += count

    def sent(self, kind: str, result: str, seconds: float) -> None:
        """A part that went out."""
        self.delivery[result] += 1


@dataclass
class Core:
    """Everything that one process has, and short ways to use it."""

    database: Database
    clock: SetClock
    provider: FakeProvider
    accounts: AccountBook
    files: Files
    counted: Counted
    surveys: Surveys
    intake: Intake
    cooling: Cooling
    desk: Desk
    feed: Feed
    interactive: Courier
    bulk: Courier
    fetcher: Fetcher

    async def accept(self, *news: InboundEvent, account: AccountId = SMS, body: bytes = b"") -> None:
        """Hand over one request with this news."""
        request = WebhookRequest(method="POST", url="https://huiliu.example", body=body, received_at=self.clock())
        await self.intake.accept(account, request, Parsed(news), trace="trace")

    async def hear(
        self, text: str = "你好", *, address: Address = LI, account: AccountId = SMS, **changes: Any
    ) -> Message:
        """A customer says something; the message that was stored."""
        said = a_saying(text, address=address, **changes)
        await self.accept(said, account=account)
        return await self.message(said.key)

    async def message(self, key: str) -> Message:
        """The message with this key."""
        (row,) = await self.database.read(_ids, tables.messages, tables.messages.c.key == key)
        found = await self.database.read(messages.get, row)
        assert found is not None
        return found

    async def conversation(self, conversation_id: str) -> Conversation:
        """One conversation."""
        found = await self.database.read(conversations.get, ConversationId(conversation_id))
        assert found is not None
        return found

    async def delivery(self, delivery_id: str) -> Delivery:
        """One part on its way."""
        found = await self.database.read(deliveries.get, DeliveryId(delivery_id))
        assert found is not None
        return found

    async def parts_of(self, message: Message) -> list[Delivery]:
        """The parts of an outbound message."""
        return (await self.database.read(deliveries.of_messages, [message.id]))[message.id]

    async def message_of(self, delivery: Delivery) -> Message:
        """The message that a part belongs to."""
        found = await self.database.read(messages.get, delivery.message_id)
        assert found is not None
        return found

    async def post(
        self, conversation: Conversation, *texts: str, lane: Lane = Lane.INTERACTIVE, key: str = ""
    ) -> Message:
        """Put a message of ours into the outbox, one part for each text."""
        parts = tuple(map(Text, texts))
        draft = Draft(
            parts=parts,
            planned=parts,
            account_id=conversation.account_id,
            address=conversation.address,
            author=AuthorKind.SYSTEM,
            author_id="test",
            key=key or new_id(),
            lane=lane,
        )
        return await self.database.write(outbox.post, conversation, draft, self.clock(), "trace")

    async def post_to(self, address: Address, *texts: str, account: AccountId = SMS, **options: Any) -> Delivery:
        """Open a conversation with this person, and put a message into the outbox; its first part."""
        heard = await self.hear(address=address, account=account)
        posted = await self.post(await self.conversation(heard.conversation_id), *(texts or ("您好",)), **options)
        return (await self.parts_of(posted))[0]

    async def story(self, *kinds: EventKind) -> list[Event]:
        """The events of these kinds."""
        found = await self.database.read(events.after, 0, 100_000)
        return [event for event in found if event.kind in kinds]

    async def rows(self, table: Table) -> Sequence[Any]:
        """Everything in a table."""
        return await self.database.read(lambda connection: connection.execute(select(table)).all())

    async def change_account(self, account: AccountId, **settings: str) -> None:
        """An operator changes the settings."""
        await self.database.write(accounts.set_settings, VAULT, account, account, settings, self.clock(), "test")
        await self.accounts.load()


def a_saying(text: str = "你好", *parts: Part, address: Address = LI, **changes: Any) -> InboundMessage:
    """Something that a customer says."""
    said = InboundMessage(key=new_id(), address=address, parts=parts or (Text(text),), occurred_at=NOW)
    return replace(said, **changes)


@asynccontextmanager
async def open_core(
    url: str, folder: Path, provider: FakeProvider, clock: SetClock, **policy: Any
) -> AsyncIterator[Core]:
    """A process on this database. `policy` are settings of surveys."""
    async with open_database(url) as database, open_surroundings() as around:
        await database.write(_furnish)
        book = AccountBook(database, VAULT, around, {"fake": fake_kind(provider)})
        await book.load()
        files, counted = Files(folder / "files"), Counted()
        surveys = Surveys(database, book, clock, a_survey_policy(**policy))
        cooling = Cooling(database, clock)
        yield Core(
            database=database,
            clock=clock,
            provider=provider,
            accounts=book,
            files=files,
            counted=counted,
            surveys=surveys,
            intake=Intake(
                database, files, book, clock, Policy(timedelta(hours=24), surveys.take_answers, book.window), counted
            ),
            cooling=cooling,
            desk=Desk(database, book, clock, surveys.invite, cooling.consider),
            feed=Feed(database),
            interactive=Courier(database, book, clock, Lane.INTERACTIVE, new_id(), counted),
            bulk=Courier(database, book, clock, Lane.BULK, new_id(), counted),
            fetcher=Fetcher(database, files, book, clock),
        )


def a_survey_policy(**changes: Any) -> SurveyPolicy:
    """Ask ten minutes after, for three days, not in a Chinese night."""
    policy = SurveyPolicy(
        delay=timedelta(minutes=10),
        expires=timedelta(days=3),
        quiet=((time(21), time(9)),),
        zone=ZoneInfo("Asia/Shanghai"),
        language="zh-CN",
    )
    return replace(policy, **changes)


@asynccontextmanager
async def running(work: Any) -> AsyncIterator[asyncio.Task[None]]:
    """An endless loop beside the body; one that broke breaks the test."""
    task = asyncio.create_task(work)
    try:
        yield task
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def _furnish(transaction: Transaction) -> None:
    if accounts.kinds(transaction.connection):
        return
    for account_id, settings in ACCOUNTS.items():
        account = Account(id=account_id, kind="fake", name=account_id, settings=settings)
        accounts.add(transaction, VAULT, account, NOW, "test")


def _ids(connection: Connection, table: Table, condition: Any) -> list[Any]:
    return list(connection.execute(select(table.c.id).where(condition)).scalars())


@pytest.fixture
async def core(database_url: str, tmp_path: Path) -> AsyncIterator[Core]:
    """One process. Folders that use this import it, and `other`, in their conftest.py."""
    async with open_core(database_url, tmp_path, FakeProvider(), SetClock()) as core:
        yield core


@pytest.fixture
async def other(core: Core, database_url: str, tmp_path: Path) -> AsyncIterator[Core]:
    """Another process on the same database, with the same provider and the same time."""
    async with open_core(database_url, tmp_path, core.provider, core.clock) as other:
        yield other
