"""Fetching mail by IMAP (RFC 3501): told of news by IDLE (RFC 2177), with a look of our own every minute.

The cursor is `UIDVALIDITY:last UID:start`. Within one UIDVALIDITY, UIDs only grow, so that whatever is behind the last
one is new. When it changes, every mail since the start is read again, and its key tells whether it is known.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from channels.contract import Ear, WebhookRequest
from channels.email.config import EmailConfig
from channels.email.imap_session import Found, Session
from channels.email.mime import mailboxes, parse_mail, raw_header
from conversations.clock import Clock
from conversations.errors import PayloadUnreadable

METHOD = "IMAP"

LARGEST = 25 * 1024 * 1024
"""Bytes of a mail that is read; a larger one stays where it is."""

PAUSE = 60.0
"""Seconds between two looks. Far below the 29 minutes after which servers hang up, and it finds dead lines."""

BATCH_MAILS = 20
BATCH_BYTES = 8 * 1024 * 1024

SKEW = timedelta(minutes=10)
"""By which the server's clock may differ from ours."""

_STUB = "not-fetched"
_RECIPIENT_HEADERS = ("X-Original-To", "Delivered-To", "Envelope-To", "X-Envelope-To", "X-Delivered-To")

Receives = Callable[[str], bool]


@dataclass(frozen=True)
class Cursor:
    """How far a folder was read, and since when it is ours."""

    validity: int
    last: int
    start: datetime

    def __str__(self) -> str:
        return f"{self.validity}:{self.last}:{int(self.start.timestamp())}"


async def check(config: EmailConfig) -> None:
    """Log in and open the folder, if a server is set. Raises `SendError`s."""
    if config.imap_host:
        session = await asyncio.to_thread(Session.open, config)
        await asyncio.to_thread(session.close)


async def listen(config: EmailConfig, ear: Ear, clock: Clock, receives: Receives) -> None:
    """Hand over what is in the folder, and whatever comes, until cancelled. Raises `SendError`s."""
    session = await asyncio.to_thread(Session.open, config)
    try:
        reader = _Reader(config, session, ear, clock, receives)
        await reader.catch_up(_read_cursor(await ear.cursor()))
        while True:
            await _news(session, ear)
            await reader.read_on()
    finally:
        # At once and not in order: a thread may be in the middle of a sentence, and must not hold us up.
        session.cut()


def refuse_stubs(request: WebhookRequest) -> None:
    """Raise `PayloadUnreadable` for what stands for a mail that could not be fetched."""
    if request.method == METHOD and _STUB in request.headers:
        raise PayloadUnreadable(request.headers[_STUB])


class _Reader:
    """Reads one folder from where it was left off."""

    def __init__(self, config: EmailConfig, session: Session, ear: Ear, clock: Clock, receives: Receives) -> None:
        self._config = config
        self._session = session
        self._ear = ear
        self._clock = clock
        self._receives = receives
        self._cursor = Cursor(0, 0, clock())

    async def catch_up(self, cursor: Cursor | None) -> None:
        """Read what came while nobody listened. At first that is only what `imap_backfill` asks for."""
        validity, before = self._session.validity, self._session.next_uid - 1
        if cursor is not None and cursor.validity == validity:
            self._cursor = cursor
            await self.read_on()
            return
        backfill = timedelta(days=int(self._config.imap_backfill))
        start = cursor.start if cursor is not None else self._clock() - backfill
        self._cursor = Cursor(validity, 0, start)
        if cursor is not None or backfill:
            await self._take([each for each in await self._found_since(start) if each.uid <= before])
        await self._commit([], before)
        await self.read_on()

    async def read_on(self) -> None:
        """Read what is behind the cursor, until nothing is: what comes meanwhile is told to nobody."""
        while found := await asyncio.to_thread(self._session.behind, self._cursor.last):
            await self._take(found)

    async def _found_since(self, start: datetime) -> list[Found]:
        found = await asyncio.to_thread(self._session.since, start.date() - timedelta(days=1))
        return [each for each in found if each.arrived_at >= start - SKEW]

    async def _take(self, found: Sequence[Found]) -> None:
        for batch in _batches(found):
            requests = {each.uid: await self._request(each) for each in batch}
            await self._commit(list(filter(None, requests.values())), batch[-1].uid)
            read = [uid for uid, request in requests.items() if request and _STUB not in request.headers]
            await asyncio.to_thread(self._session.mark_seen, read)

    async def _commit(self, requests: Sequence[WebhookRequest], last: int) -> None:
        cursor = Cursor(self._cursor.validity, max(last, self._cursor.last), self._cursor.start)
        await self._ear.take(requests, str(cursor))
        self._cursor = cursor

    async def _request(self, found: Found) -> WebhookRequest | None:
        """The mail as the listener would have it; None when it is gone. One that cannot be had leaves a stub."""
        raw, problem = await asyncio.to_thread(self._session.fetch, found, LARGEST)
        if problem:
            problem = f"{problem} It is UID {found.uid} in the folder {self._config.imap_folder}."
        elif not raw:
            return None
        return WebhookRequest(
            method=METHOD,
            url=f"imap:{self._config.mailbox}",
            headers=envelope(raw, self._config.mailbox, self._receives) | ({_STUB: problem} if problem else {}),
            body=raw,
            received_at=self._clock(),
        )


async def _news(session: Session, ear: Ear) -> None:
    """Return when the server has something to tell, or it is time to look."""
    if not session.can_idle:
        await ear.wait(PAUSE)
        return
    if not await asyncio.to_thread(session.start_idling):
        await _word(session.descriptor, ear)
    await asyncio.to_thread(session.stop_idling)


async def _word(descriptor: int, ear: Ear) -> None:
    loop, told = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(descriptor, told.set)
    waiting = [asyncio.ensure_future(told.wait()), asyncio.ensure_future(ear.wait(PAUSE))]
    try:
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    finally:
        loop.remove_reader(descriptor)
        for each in waiting:
            each.cancel()


def _batches(found: Sequence[Found]) -> Iterator[list[Found]]:
    """What is fetched and committed together: few enough to be held in memory."""
    batch: list[Found] = []
    for each in found:
        if batch and (len(batch) == BATCH_MAILS or sum(one.size for one in batch) + each.size > BATCH_BYTES):
            yield batch
            batch = []
        batch.append(each)
    if batch:
        yield batch


def envelope(raw: bytes, mailbox: str, receives: Receives) -> dict[str, str]:
    """What the delivering server wrote down of the envelope, as far as it did."""
    mail = parse_mail(raw.replace(b"\r\n", b"\n").partition(b"\n\n")[0])
    written = [each.address for each in mailboxes(mail, *_RECIPIENT_HEADERS)]
    recipient = {"rcpt-to": next(filter(receives, written), mailbox)}
    if "Return-Path" not in mail:
        return recipient
    return {"mail-from": raw_header(mail, "Return-Path").strip("<> "), **recipient}


def _read_cursor(text: str) -> Cursor | None:
    if not text:
        return None
    validity, last, start = map(int, text.split(":"))
    return Cursor(validity, last, datetime.fromtimestamp(start, UTC))
