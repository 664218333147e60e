"""Delivery: claims committed rows, hands each part to its channel once, writes down what became of it.

`submitting` is committed before the provider is called. A row found there after its lease is over is `unknown`: its
worker died between the call and the answer. Only where the channel recognises our key is it sent again.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import SystemRandom
from time import perf_counter
from typing import Any

from channels.contract import Accepted, Outgoing
from conversations.clock import Clock
from conversations.errors import Misconfigured, OptedOut, SendError, Throttled, UnknownOutcome, WindowClosed
from conversations.ids import AccountId
from conversations.message import Delivery, DeliveryState, Lane, moves_forward
from exchange import permits, receipts
from exchange.accounts import AccountBook
from exchange.group import GroupCommit
from exchange.meters import DeliveryMeters
from exchange.pace import Pace
from storage import accounts as account_rows
from storage import contacts, deliveries, windows
from storage import receipts as parked
from storage.database import Database, DatabaseUnavailable, Transaction
from storage.deliveries import Lease

log = logging.getLogger(__name__)

SEND_SECONDS = 40.0
"""A channel that has not answered by then has an unknown outcome."""

LEASE = timedelta(seconds=60)
"""Longer than a channel may take, so that a living worker never loses a row."""

CLAIM = 50
"""Rows of one round; they belong to different conversations and are sent side by side."""

ATTEMPTS = 8
"""Attempts at a part before it is called failed: about ten minutes with the pauses below."""

FIRST_PAUSE = timedelta(seconds=2)
LONGEST_PAUSE = timedelta(minutes=5)

PATIENCE = 1.0
"""Seconds after which delivery looks by itself, when no bell rings."""

SWEEP_EVERY = 10.0
"""Seconds between two looks for rows whose worker is gone."""


@dataclass(frozen=True)
class Outcome:
    """What became of handing one part to its channel."""

    delivery: Delivery
    accepted: Accepted | None
    error: SendError | None
    resend_is_safe: bool


class Courier:
    """Empties one lane of the outbox."""

    def __init__(
        self,
        database: Database,
        accounts: AccountBook,
        clock: Clock,
        lane: Lane,
        holder: str,
        meters: DeliveryMeters,
    ) -> None:
        self._database = database
        self._accounts = accounts
        self._clock = clock
        self._lane = lane
        self._holder = holder
        self._meters = meters
        self._bell = asyncio.Event()
        self._results = GroupCommit(self._commit)
        self._pace = Pace(clock)

    def ring(self) -> None:
        """Something may be due: look now."""
        self._bell.set()

    async def run(self) -> None:
        """Deliver until cancelled. A round that has begun is finished first, so that nothing ends up unknown."""
        swept = 0.0
        while True:
            self._bell.clear()
            try:
                if perf_counter() - swept > SWEEP_EVERY:
                    await self.sweep()
                    swept = perf_counter()
                await self.drain()
                await self._wait()
            except DatabaseUnavailable as error:
                log.warning("delivery cannot reach the database: %s", error)
                await asyncio.sleep(PATIENCE)

    async def drain(self) -> int:
        """Deliver everything that is due. Returns how many parts were handed over or refused."""
        done = 0
        while count := await _to_its_end(self._round()):
            done += count
        return done

    async def sweep(self) -> int:
        """Take care of rows whose worker is gone. Returns how many there were."""
        return await self._database.write(_sweep, self._clock(), self._resend_is_safe)

    async def _wait(self) -> None:
        due = await self._database.read(deliveries.next_due, self._lane)
        seconds = PATIENCE if due is None else min(PATIENCE, (due - self._clock()).total_seconds())
        try:
            async with asyncio.timeout(max(seconds, 0.05)):
                await self._bell.wait()
        except TimeoutError:
            return

    async def _round(self) -> int:
        claimed, permitted = await self._database.write(self._claim, self._clock())
        ends = await asyncio.gather(*(self._deliver(row) for row in permitted), return_exceptions=True)
        for failure in filter(None, ends):
            raise failure
        return claimed

    def _claim(self, transaction: Transaction, now: datetime) -> tuple[int, list[Delivery]]:
        """How many rows were due, and those that may go; the others are refused before any request is made."""
        rows = deliveries.claim(transaction, self._lane, now, Lease(self._holder, now + LEASE), CLAIM)
        return len(rows), [row for row in rows if self._is_permitted(transaction, row, now)]

    def _is_permitted(self, transaction: Transaction, row: Delivery, now: datetime) -> bool:
        endpoint = self._accounts.get(row.account_id)
        can = None if endpoint is None else endpoint.channel.capabilities
        return permits.permit(transaction, row, can, now)

    async def _deliver(self, delivery: Delivery) -> None:
        start = perf_counter()
        outcome = await self._hand_over(delivery)
        endpoint = self._accounts.get(delivery.account_id)
        self._meters.sent(
            "unknown" if endpoint is None else endpoint.account.kind,
            "accepted" if outcome.error is None else outcome.error.kind,
            perf_counter() - start,
        )
        await self._write_down(outcome)

    async def _write_down(self, outcome: Outcome) -> None:
        """The database may be away just now, and nobody else knows: try again for as long as the row is ours."""
        ends = perf_counter() + LEASE.total_seconds()
        while True:
            try:
                return await self._results.submit(outcome)
            except DatabaseUnavailable as error:
                if perf_counter() > ends:
                    raise
                log.info("what became of %s waits for the database: %s", outcome.delivery.id, error)
                await asyncio.sleep(PATIENCE)

    async def _hand_over(self, delivery: Delivery) -> Outcome:
        endpoint = self._accounts.get(delivery.account_id)
        if endpoint is None:
            error = Misconfigured("this account is gone, or its settings cannot be used")
            return Outcome(delivery, None, error, resend_is_safe=False)
        can = endpoint.channel.capabilities
        safe = can.resend_is_safe
        try:
            await self._pace.turn(delivery.account_id, can.rates)
            async with asyncio.timeout(SEND_SECONDS):
                accepted = await endpoint.channel.send(_outgoing(delivery))
        except SendError as error:
            log.info("%s was not accepted: %s", delivery.id, error, extra={"trace": delivery.trace})
            return Outcome(delivery, None, error, safe)
        except TimeoutError:
            return Outcome(delivery, None, UnknownOutcome(f"no answer in {SEND_SECONDS:.0f} s"), safe)
        except Exception as error:  # a fault of ours must not stop the lane, nor claim that nothing was sent
            log.exception("the channel failed on %s", delivery.id, extra={"trace": delivery.trace})
            return Outcome(delivery, None, UnknownOutcome(f"{type(error).__name__}: {error}"), safe)
        return Outcome(delivery, accepted, None, safe)

    async def _commit(self, outcomes: Sequence[Outcome]) -> None:
        await self._database.write(_record, outcomes, self._clock())

    def _resend_is_safe(self, account_id: AccountId) -> bool:
        endpoint = self._accounts.get(account_id)
        return endpoint is not None and endpoint.channel.capabilities.resend_is_safe


async def _to_its_end(work: Coroutine[Any, Any, int]) -> int:
    """Do work that must not be broken off; whoever cancels the caller waits for its end."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.gather(task, return_exceptions=True)
        raise


def pause_before(attempt: int) -> timedelta:
    """How long to wait before this attempt (2, 3 …): doubling, with jitter, so that crowds do not come back at once."""
    steady: timedelta = min(FIRST_PAUSE * 2 ** (attempt - 2), LONGEST_PAUSE)
    return steady * SystemRandom().uniform(0.75, 1.25)


def _outgoing(delivery: Delivery) -> Outgoing:
    return Outgoing(
        delivery=delivery.id,
        conversation=delivery.conversation_id,
        address=delivery.address,
        part=delivery.part,
        subject=delivery.subject,
        thread=delivery.thread,
        automatic=delivery.automatic,
    )


def _sweep(transaction: Transaction, now: datetime, resend_is_safe: Callable[[AccountId], bool]) -> int:
    rows = deliveries.abandoned(transaction, now)
    for row in rows:
        lost = UnknownOutcome("the worker was lost while sending")
        _refuse(transaction, row, lost, resend_is_safe(row.account_id), now)
    return len(rows)


def _record(transaction: Transaction, outcomes: Sequence[Outcome], now: datetime) -> None:
    # A receipt that is looking for its part must see the name that is written here, or be seen by it.
    account_rows.hold(transaction, [outcome.delivery.account_id for outcome in outcomes])
    current = deliveries.hold(transaction, [outcome.delivery.id for outcome in outcomes])
    noted: set[AccountId] = set()
    for outcome in outcomes:
        row = current[outcome.delivery.id]
        if outcome.accepted is not None:
            _accept(transaction, row, outcome.accepted, now)
        elif outcome.error is not None and row.state is DeliveryState.SUBMITTING:
            _refuse(transaction, row, outcome.error, outcome.resend_is_safe, now)
        if row.account_id not in noted:
            noted.add(row.account_id)
            _note(transaction, row.account_id, outcome.error, now)


def _note(transaction: Transaction, account_id: AccountId, error: SendError | None, now: datetime) -> None:
    if error is None:
        account_rows.note_ok(transaction, account_id, now)
    elif isinstance(error, Misconfigured):
        account_rows.pause(transaction, account_id, str(error), now)
    else:
        account_rows.note_error(transaction, account_id, str(error), now)


def _accept(transaction: Transaction, row: Delivery, accepted: Accepted, now: datetime) -> None:
    values: dict[str, object] = {"external_id": accepted.external_id, "holder": "", "leased_until": None}
    if moves_forward(row.state, DeliveryState.ACCEPTED):
        values |= {"state": DeliveryState.ACCEPTED, "changed_at": now}
    deliveries.change(transaction, row.id, values)
    for receipt in parked.unpark(transaction, row.account_id, accepted.external_id, row.id):
        receipts.step(transaction, row, receipt, now)
    receipts.refold(transaction, row)
    receipts.tell(transaction, row, DeliveryState.ACCEPTED, now, "delivery", "")


def _refuse(transaction: Transaction, row: Delivery, error: SendError, resend_is_safe: bool, now: datetime) -> None:
    again = error.retry or (isinstance(error, UnknownOutcome) and resend_is_safe)
    if again and row.attempt < ATTEMPTS:
        pause = error.after if isinstance(error, Throttled) else pause_before(row.attempt + 1)
        _try_again(transaction, row, error, now, now + pause)
    elif isinstance(error, UnknownOutcome):
        receipts.end(transaction, row, DeliveryState.UNKNOWN, error, now)
    else:
        receipts.end(transaction, row, DeliveryState.FAILED, error, now)
    if isinstance(error, OptedOut):
        contacts.set_reachable(transaction, row.address, False)
    if isinstance(error, WindowClosed):
        windows.close(transaction, row.account_id, row.address)


def _try_again(transaction: Transaction, row: Delivery, error: SendError, now: datetime, due_at: datetime) -> None:
    permits.give_back(transaction, row)
    values = {"state": DeliveryState.PENDING, "attempt": row.attempt + 1, "due_at": due_at, "spent": ""}
    deliveries.change(transaction, row.id, {**values, **receipts.error_values(error), **receipts.free(now)})
    receipts.tell(transaction, row, DeliveryState.PENDING, now, "delivery", f"will be tried again: {error}")
