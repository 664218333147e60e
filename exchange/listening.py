"""Listening: channels that fetch their news, or hold a connection over which they come, are kept at it.

What needs one listener only is guarded by a lease and its fence, so that a listener that was replaced cannot commit.
"""

import asyncio
import contextlib
import logging
from collections.abc import Coroutine, Sequence
from datetime import datetime, timedelta

from channels.contract import Listener, WebhookRequest
from conversations.clock import Clock
from conversations.errors import SendError
from conversations.events import Event, EventKind
from conversations.ids import AccountId
from exchange.accounts import AccountBook, Endpoint
from exchange.arrivals import LeftOff
from exchange.intake import Intake
from exchange.recording import WOKEN
from storage import accounts as account_rows
from storage import leases, listeners
from storage.database import Database, DatabaseUnavailable
from storage.leases import LeaseLost

log = logging.getLogger(__name__)

LEASE_SECONDS = 15.0
"""How long the others wait for a listener that died."""

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 60.0
"""Seconds before a listener that could not go on tries again; each pause is twice the one before."""

WELL_AFTER = 30.0
"""Channels give up connecting sooner."""

LOOK_EVERY = 5.0
"""Seconds between two looks at the accounts, besides those after a change."""


class AccountEar:
    """What one listener hands its news over to (`channels.contract.Ear`)."""

    def __init__(self, database: Database, intake: Intake, endpoint: Endpoint) -> None:
        self._database = database
        self._intake = intake
        self._endpoint = endpoint
        self._bell = asyncio.Event()
        self._heard_at: datetime | None = None
        self.lease = ""
        self.fence = 0

    async def cursor(self) -> str:
        """What was committed last; empty at first."""
        return await self._database.read(listeners.cursor, self._endpoint.account.id)

    async def take(self, requests: Sequence[WebhookRequest], cursor: str | None = None) -> None:
        """Return when the news and the cursor are committed together."""
        await self._intake.take(self._endpoint, requests, LeftOff(cursor, self.lease, self.fence))

    async def wait(self, seconds: float) -> str:
        """Sleep, unless a webhook has a word; each word is returned once."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._bell.wait()
        self._bell.clear()
        word, at = await self._database.read(listeners.word, self._endpoint.account.id)
        if at is None or at == self._heard_at:
            return ""
        self._heard_at = at
        return word

    def ring(self) -> None:
        """A webhook may have left a word."""
        self._bell.set()


class Listening:
    """Keeps the listeners of this process at work. One that still listens after `well_after` seconds is well."""

    def __init__(
        self,
        database: Database,
        accounts: AccountBook,
        intake: Intake,
        clock: Clock,
        holder: str,
        well_after: float = WELL_AFTER,
    ) -> None:
        self._database = database
        self._accounts = accounts
        self._intake = intake
        self._clock = clock
        self._holder = holder
        self._well_after = well_after
        self._ears: dict[AccountId, AccountEar] = {}
        self._changed = asyncio.Event()

    def hear(self, events: Sequence[Event]) -> None:
        """Whatever process committed it: wake the listeners it concerns."""
        for event in events:
            if event.kind is EventKind.PROVIDER_EVENT and event.reason == WOKEN:
                if ear := self._ears.get(AccountId(event.subject_id or "")):
                    ear.ring()
            elif event.kind is EventKind.ACCOUNT_CHANGED:
                self._changed.set()

    async def run(self) -> None:
        """Listen for every account that wants it, as its settings are now, until cancelled."""
        tasks: dict[AccountId, tuple[Listener, asyncio.Task[None]]] = {}
        try:
            while True:
                self._changed.clear()
                await self._bring_up_to_date(tasks)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_EVERY):
                        await self._changed.wait()
        finally:
            await _end([task for _, task in tasks.values()])

    async def _bring_up_to_date(self, tasks: dict[AccountId, tuple[Listener, asyncio.Task[None]]]) -> None:
        wanted = {
            each.account.id: (each, each.channel)
            for each in self._accounts.listed()
            if isinstance(each.channel, Listener)
        }
        gone = [
            account for account, (channel, _) in tasks.items() if wanted.get(account, (None, None))[1] is not channel
        ]
        await _end([tasks.pop(account)[1] for account in gone])
        for account, (endpoint, channel) in wanted.items():
            if account not in tasks:
                tasks[account] = channel, asyncio.create_task(self._keep_listening(endpoint, channel))

    async def _keep_listening(self, endpoint: Endpoint, channel: Listener) -> None:
        ear = self._ears[endpoint.account.id] = AccountEar(self._database, self._intake, endpoint)
        pause = FIRST_PAUSE
        while True:
            began = self._clock()
            if await self._listen(endpoint, channel, ear):
                return
            # Whoever listened for a while was well: what ended it is new.
            lasted = (self._clock() - began).total_seconds()
            pause = FIRST_PAUSE if lasted > LONGEST_PAUSE else min(pause * 2, LONGEST_PAUSE)
            await asyncio.sleep(pause)

    async def _listen(self, endpoint: Endpoint, channel: Listener, ear: AccountEar) -> bool:
        """Listen until it cannot go on, or until another process does. Whether there is nothing to listen to."""
        try:
            if not channel.listens_everywhere:
                return await self._listen_alone(endpoint, channel, ear)
            await self._listen_well(endpoint, channel, ear)
            return True
        except SendError as error:
            await self._note(endpoint, error)
        except (DatabaseUnavailable, LeaseLost) as error:
            log.warning("account %s stops listening: %s", endpoint.account.id, error)
        except Exception:  # a fault of ours in one channel; the others go on, and the log is loud
            log.exception("the listener of account %s broke", endpoint.account.id)
        return False

    async def _listen_alone(self, endpoint: Endpoint, channel: Listener, ear: AccountEar) -> bool:
        name = f"listen:{endpoint.account.id}"
        fence = await self._acquire(name)
        if fence is None:
            await asyncio.sleep(LEASE_SECONDS / 3)
            return False
        ear.lease, ear.fence = name, fence
        try:
            await _until_one_ends(self._listen_well(endpoint, channel, ear), self._renew(name, fence))
            return True
        finally:
            # Without a database the lease ends by itself.
            with contextlib.suppress(DatabaseUnavailable):
                await self._database.write(leases.release, name, self._holder, self._clock())

    async def _listen_well(self, endpoint: Endpoint, channel: Listener, ear: AccountEar) -> None:
        """Listen, and note that it goes well once it has gone on for a while."""
        noting = asyncio.create_task(self._note_well(endpoint))
        try:
            await channel.listen(ear)
        finally:
            await _end([noting])

    async def _note_well(self, endpoint: Endpoint) -> None:
        await asyncio.sleep(self._well_after)
        with contextlib.suppress(DatabaseUnavailable):
            await self._database.write(account_rows.note_ok, endpoint.account.id, self._clock())

    async def _renew(self, name: str, fence: int) -> None:
        """Keep the lease. Raises `LeaseLost` when it is somebody else's, or could not be renewed before its end."""
        ends = self._clock() + timedelta(seconds=LEASE_SECONDS)
        while self._clock() < ends:
            await asyncio.sleep(LEASE_SECONDS / 3)
            with contextlib.suppress(DatabaseUnavailable):
                if await self._acquire(name) != fence:
                    break
                ends = self._clock() + timedelta(seconds=LEASE_SECONDS)
        raise LeaseLost(name)

    async def _acquire(self, name: str) -> int | None:
        now = self._clock()
        until = now + timedelta(seconds=LEASE_SECONDS)
        return await self._database.write(leases.acquire, name, self._holder, now, until)

    async def _note(self, endpoint: Endpoint, error: SendError) -> None:
        log.warning("account %s cannot listen: %s", endpoint.account.id, error)
        with contextlib.suppress(DatabaseUnavailable):
            await self._database.write(account_rows.note_error, endpoint.account.id, str(error), self._clock())


async def _until_one_ends(*coroutines: Coroutine[object, object, None]) -> None:
    """Run side by side; when one ends or fails the others are stopped."""
    tasks = [asyncio.create_task(each) for each in coroutines]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        await _end(tasks)
    for task in done:
        task.result()


async def _end(tasks: Sequence[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
