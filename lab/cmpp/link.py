"""One connection of the product with the gateway: who it is, what it submits, what it is delivered."""

import asyncio
import hmac
import struct
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta

from conversations.clock import Clock
from lab import links
from lab.books import Outcome
from lab.cmpp.wire import (
    ACTIVE_TEST,
    CHINA,
    CONNECT,
    DELIVER,
    RESPONSE,
    SUBMIT,
    TERMINATE,
    V20,
    V30,
    Frame,
    Login,
    Up,
    proof_of,
    read_frame,
    read_login,
    read_result,
    welcome,
    write_frame,
    write_up,
)
from lab.config import AccountConfig
from lab.links import AnotherLanguage, NotLetIn

MALFORMED, WRONG_SOURCE, WRONG_PROOF, VERSION_TOO_HIGH = 1, 2, 3, 4
CLOCK_LEEWAY = timedelta(minutes=15)
VERSIONS = {"2.0": V20, "3.0": V30}

Submit = Callable[["Link", AccountConfig, Frame], Awaitable[None]]


class Link(links.Link[Frame, Up]):
    """One connection, from CONNECT to its end."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, patience: float, clock: Clock
    ) -> None:
        super().__init__(reader, writer, patience)
        self.version = V20
        self._clock = clock

    async def let_in(self, accounts: Mapping[str, AccountConfig]) -> AccountConfig:
        """Take the CONNECT. Raises `NotLetIn` after the answer, and `AnotherLanguage`."""
        frame = await read_frame(self._reader)
        if frame.command != CONNECT:
            raise AnotherLanguage
        try:
            login = read_login(frame.body)
        except struct.error:
            raise AnotherLanguage from None
        self.version = V30 if login.version >= V30 else V20
        try:
            account = _authenticated(login, accounts, self._clock())
        except NotLetIn as refusal:
            self.answer(frame, welcome(login, self.version, refusal.status, ""))
            raise
        self.answer(frame, welcome(login, self.version, 0, account.settings["secret"]))
        return account

    async def serve(self, account: AccountConfig, submit: Submit) -> None:
        """Take what comes, until the connection ends."""
        alive = asyncio.create_task(self._stay_alive(ACTIVE_TEST))
        submits = set[asyncio.Task[None]]()
        try:
            while (frame := await read_frame(self._reader)).command != TERMINATE:
                if frame.command == SUBMIT:
                    task = asyncio.create_task(self._submit(account, frame, submit))
                    submits.add(task)
                    task.add_done_callback(submits.discard)
                else:
                    self._take(frame)
            self.answer(frame, b"")
        finally:
            for each in (alive, *submits):
                each.cancel()
            self.hang_up()

    async def deliver(self, up: Up) -> tuple[Outcome, str]:
        """Bring one DELIVER; how it was answered."""
        try:
            answer = await self._ask(DELIVER, write_up(up, self.version))
            _msg_id, result = read_result(answer.body, self.version)
        except TimeoutError:
            return Outcome.TIMED_OUT, ""
        except (ConnectionError, struct.error) as error:
            return Outcome.UNREACHABLE, str(error)
        return (Outcome.REFUSED if result else Outcome.TAKEN), f"Result {result}"

    def answer(self, frame: Frame, body: bytes) -> None:
        """Answer a request; somebody who was hung up on hears nothing."""
        self.write(write_frame(Frame(frame.command | RESPONSE, frame.number, body)))

    def _request(self, command: int, number: int, body: bytes) -> bytes:
        return write_frame(Frame(command, number, body))

    def _take(self, frame: Frame) -> None:
        if frame.command == ACTIVE_TEST:
            self.answer(frame, b"\0")
        elif frame.command & RESPONSE:
            self._answered(frame)

    async def _submit(self, account: AccountConfig, frame: Frame, submit: Submit) -> None:
        with self._counted(frame.number):
            await submit(self, account, frame)


def _authenticated(login: Login, accounts: Mapping[str, AccountConfig], now: datetime) -> AccountConfig:
    account = accounts.get(login.source_addr)
    if account is None:
        raise NotLetIn(WRONG_SOURCE, f"nobody is called {login.source_addr!r}")
    if login.version not in (V20, V30):
        raise NotLetIn(MALFORMED, f"there is no version {login.version:#x}")
    if login.version > VERSIONS[account.settings.get("version", "2.0")]:
        raise NotLetIn(VERSION_TOO_HIGH, f"version {login.version:#x} is too high")
    fresh = _is_fresh(login.stamp, now)
    if not fresh or not hmac.compare_digest(login.proof, proof_of(login, account.settings["secret"])):
        raise NotLetIn(WRONG_PROOF, "the proof is wrong" if fresh else "the time is not that of China")
    return account


def _is_fresh(stamp: int, now: datetime) -> bool:
    here = now.astimezone(CHINA)
    try:
        sent = datetime.strptime(f"{here.year}{stamp:010}", "%Y%m%d%H%M%S").replace(tzinfo=CHINA)
    except ValueError:
        return False
    return abs(sent - here) <= CLOCK_LEEWAY
