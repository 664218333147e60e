"""Intake: returns when the news is committed, so that the provider may be answered.

Commit, then answer. What cannot be stored although it is genuine goes to quarantine with its raw request; it never
blocks its neighbours, and a person may replay it once the cause is repaired.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from time import perf_counter

from channels.contract import Parsed, WebhookRequest
from conversations.clock import Clock
from conversations.errors import InboundError
from conversations.ids import AccountId, QuarantineId, new_id
from conversations.inbound import InboundEvent, InboundMessage, Receipt, Typing
from conversations.parts import Media, Part
from exchange import pieces
from exchange.accounts import AccountBook, Endpoint
from exchange.arrivals import Arrival, LeftOff
from exchange.group import Lanes
from exchange.meters import IntakeMeters
from exchange.recording import Policy, record, record_expired
from storage import accounts as account_rows
from storage import quarantine
from storage.database import Database, DatabaseUnavailable, Transaction
from storage.files import Files
from storage.leases import LeaseLost
from storage.quarantine import Quarantined

log = logging.getLogger(__name__)

PATIENCE = 1.0
"""Seconds between two looks at messages that wait for their rest."""

NOTE_EVERY = timedelta(minutes=1)
"""Between two notes of when an account had its last news."""


class ReplayRefused(Exception):
    """A request in quarantine cannot be stored this time either; the message says why."""


class Intake:
    """The door for everything that providers and visitors hand over."""

    def __init__(
        self,
        database: Database,
        files: Files,
        accounts: AccountBook,
        clock: Clock,
        policy: Policy,
        meters: IntakeMeters,
    ) -> None:
        self._database = database
        self._files = files
        self._accounts = accounts
        self._clock = clock
        self._policy = policy
        self._meters = meters
        self._lanes = Lanes(self._commit, database.writers)
        self._noted: dict[AccountId, datetime] = {}

    async def accept(self, account_id: AccountId, request: WebhookRequest, parsed: Parsed, trace: str) -> None:
        """Return when the news is stored, or its request is in quarantine. Raises `DatabaseUnavailable`.

        That somebody is writing is no news: there is nothing in it to store.
        """
        if all(isinstance(event, Typing) for event in parsed.events) and not parsed.wakes:
            return
        try:
            await self._store(account_id, request, parsed, trace)
        except DatabaseUnavailable:
            raise
        except Exception as error:  # whatever it is must not cost the message
            log.exception("a request of account %s goes to quarantine", account_id)
            await self._quarantine(account_id, request, trace, error)

    async def take(self, endpoint: Endpoint, requests: Sequence[WebhookRequest], left_off: LeftOff) -> None:
        """Store at once what a listener heard, and where it left off; what cannot be read goes to quarantine.

        Raises `DatabaseUnavailable`, and `LeaseLost` when another process listens by now: nothing was stored.
        """
        account_id, trace = endpoint.account.id, new_id()
        legible, illegible = _read(endpoint, requests, trace)
        events = tuple([await self._keep_files(event) for _, parsed in legible for event in parsed.events])
        heard = Arrival(account_id, events, self._clock(), trace, left_off=left_off, illegible=illegible)
        try:
            await self._lanes.submit(heard.sender, heard)
        except (DatabaseUnavailable, LeaseLost):
            raise
        except Exception:  # one of them is at fault: each goes its own way
            log.exception("what account %s heard cannot be stored at once", account_id)
            for request, parsed in legible:
                await self.accept(account_id, request, parsed, trace)
            await self._lanes.submit(heard.sender, replace(heard, events=()))
        self._meters.received(self._kind(account_id), "quarantined", len(illegible))

    async def run(self) -> None:
        """Look for messages whose rest does not come, until cancelled."""
        while True:
            try:
                await self.give_up_waiting()
            except DatabaseUnavailable as error:
                log.warning("messages in pieces wait for the database: %s", error)
            await asyncio.sleep(PATIENCE)

    async def give_up_waiting(self) -> int:
        """Store what is there of messages that have waited long enough for their rest. Returns how many there were."""
        if not await self._database.read(pieces.late, self._clock()):
            return 0
        return await self._database.write(record_expired, self._clock(), self._policy)

    async def replay(self, quarantine_id: QuarantineId) -> None:
        """Read a request in quarantine again and store it. Raises `ReplayRefused`."""
        held = await self._database.read(quarantine.get, quarantine_id)
        endpoint = None if held is None else self._accounts.get(held.account_id)
        if held is None or endpoint is None or held.state != quarantine.WAITING:
            raise ReplayRefused("this request is settled already, or its account is gone")
        request = _request(held)
        try:
            # It was verified when it came; by now its signature is too old to be verified again.
            await self._store(held.account_id, request, endpoint.channel.parse(request), held.trace)
        except DatabaseUnavailable:
            raise
        except Exception as error:  # the person who replays wants to read it
            raise ReplayRefused(f"{type(error).__name__}: {error}") from error
        await self._database.write(quarantine.settle, quarantine_id, quarantine.REPLAYED, self._clock())

    async def _store(self, account_id: AccountId, request: WebhookRequest, parsed: Parsed, trace: str) -> None:
        events = tuple([await self._keep_files(event) for event in parsed.events])
        arrival = Arrival(account_id, events, request.received_at, trace, wakes=parsed.wakes, passive=parsed.passive)
        await self._lanes.submit(arrival.sender, arrival)

    async def _commit(self, arrivals: Sequence[Arrival]) -> None:
        start = perf_counter()
        stored = await self._database.write(_record, arrivals, self._policy, self._newly_heard(arrivals))
        self._meters.batch(len(arrivals), perf_counter() - start)
        came = Counter(arrival.account_id for arrival in arrivals for event in arrival.events if _is_counted(event))
        for account_id, count in came.items():
            self._meters.received(self._kind(account_id), "stored", stored[account_id])
            self._meters.received(self._kind(account_id), "duplicate", count - stored[account_id])

    def _newly_heard(self, arrivals: Sequence[Arrival]) -> list[tuple[AccountId, datetime]]:
        """Accounts whose last news is to be noted: now and then, since it is only for people to look at."""
        latest = {arrival.account_id: arrival.received_at for arrival in arrivals}
        due = {
            account_id: at
            for account_id, at in latest.items()
            if account_id not in self._noted or at - self._noted[account_id] >= NOTE_EVERY
        }
        self._noted |= due
        return list(due.items())

    def _kind(self, account_id: AccountId) -> str:
        endpoint = self._accounts.get(account_id)
        return "unknown" if endpoint is None else endpoint.account.kind

    async def _keep_files(self, event: InboundEvent) -> InboundEvent:
        if not isinstance(event, InboundMessage):
            return event
        event = _storable(event)
        if not any(isinstance(part, Media) and part.content for part in event.parts):
            return event
        return replace(event, parts=tuple([await self._keep_file(part) for part in event.parts]))

    async def _keep_file(self, part: Part) -> Part:
        if not isinstance(part, Media) or not part.content:
            return part
        return replace(part, digest=await self._files.save(part.content), size=len(part.content), content=b"")

    async def _quarantine(self, account_id: AccountId, request: WebhookRequest, trace: str, error: Exception) -> None:
        await self._database.write(quarantine.add, _held(account_id, request, trace, error))
        self._meters.received(self._kind(account_id), "quarantined", 1)


def _read(
    endpoint: Endpoint, requests: Sequence[WebhookRequest], trace: str
) -> tuple[list[tuple[WebhookRequest, Parsed]], tuple[Quarantined, ...]]:
    """What can be read of these, and what cannot."""
    legible, illegible = [], []
    for request in requests:
        try:
            legible.append((request, endpoint.channel.parse(request)))
        except InboundError as error:
            log.warning("account %s heard what it cannot read: %s", endpoint.account.id, error)
            illegible.append(_held(endpoint.account.id, request, trace, error))
    return legible, tuple(illegible)


def _held(account_id: AccountId, request: WebhookRequest, trace: str, error: Exception) -> Quarantined:
    return Quarantined(
        id=QuarantineId(new_id()),
        account_id=account_id,
        received_at=request.received_at,
        method=request.method,
        url=request.url,
        query=dict(request.query),
        headers=dict(request.headers),
        body=request.body,
        error=f"{type(error).__name__}: {error}",
        trace=trace,
    )


def _record(
    transaction: Transaction, arrivals: Sequence[Arrival], policy: Policy, heard: Sequence[tuple[AccountId, datetime]]
) -> Counter[AccountId]:
    for account_id, at in heard:
        account_rows.note_heard(transaction, account_id, at)
    return record(transaction, arrivals, policy)


def _storable(message: InboundMessage) -> InboundMessage:
    """PostgreSQL's text holds no NUL. Parts are kept as JSON, where it is escaped."""
    if "\0" not in message.name + message.subject:
        return message
    return replace(message, name=message.name.replace("\0", ""), subject=message.subject.replace("\0", ""))


def _is_counted(event: InboundEvent) -> bool:
    return not isinstance(event, Receipt | Typing)


def _request(held: Quarantined) -> WebhookRequest:
    return WebhookRequest(
        method=held.method,
        url=held.url,
        query=held.query,
        headers=held.headers,
        body=held.body,
        received_at=held.received_at,
    )
