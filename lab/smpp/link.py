"""One connection of the product with the centre: who it is, what it submits, what it is delivered."""

import asyncio
import hmac
from collections.abc import Awaitable, Callable, Mapping

from lab import links
from lab.books import Outcome
from lab.config import AccountConfig
from lab.links import AnotherLanguage, NotLetIn
from lab.smpp import wire
from lab.smpp.wire import (
    BIND_RECEIVER,
    BIND_TRANSCEIVER,
    BIND_TRANSMITTER,
    DELIVER,
    ENQUIRE_LINK,
    GENERIC_NACK,
    RESPONSE,
    ROK,
    SUBMIT,
    UNBIND,
    Frame,
    Login,
    ShortMessage,
    read_frame,
    read_login,
    write_delivery,
    write_frame,
)

BINDS = frozenset((BIND_RECEIVER, BIND_TRANSMITTER, BIND_TRANSCEIVER))
CENTRE = b"LAB\0"
VERSION_PARAMETER = b"\x02\x10\x00\x01\x34"
"""sc_interface_version: 3.4."""

Submit = Callable[["Link", AccountConfig, Frame], Awaitable[None]]


class Link(links.Link[Frame, ShortMessage]):
    """One connection, from its bind to its end."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, patience: float) -> None:
        super().__init__(reader, writer, patience)
        self.bound_as = 0

    @property
    def receives(self) -> bool:
        """Whether messages can be delivered over it."""
        return self.bound_as in (BIND_RECEIVER, BIND_TRANSCEIVER)

    async def let_in(self, accounts: Mapping[str, AccountConfig]) -> AccountConfig:
        """Take the bind. Raises `NotLetIn` after the answer, and `AnotherLanguage`."""
        frame = await read_frame(self._reader)
        try:
            account = _authenticated(frame, accounts)
        except NotLetIn as refusal:
            self.answer(frame, refusal.status)
            raise
        self.bound_as = frame.command
        self.answer(frame, ROK, CENTRE + VERSION_PARAMETER)
        return account

    async def serve(self, account: AccountConfig, submit: Submit) -> None:
        """Take what comes, until the connection ends."""
        alive = asyncio.create_task(self._stay_alive(ENQUIRE_LINK))
        tasks = set[asyncio.Task[None]]()
        try:
            while (frame := await read_frame(self._reader)).command != UNBIND:
                if frame.command & RESPONSE:
                    self._answered(frame)
                    continue
                task = asyncio.ensure_future(self._take(account, frame, submit))
                tasks.add(task)
                task.add_done_callback(tasks.discard)
            self.answer(frame, ROK)
        except AnotherLanguage:
            self.write(write_frame(Frame(GENERIC_NACK, wire.RINVCMDLEN, 0)))
            raise
        finally:
            for each in (alive, *tasks):
                each.cancel()
            self.hang_up()

    async def deliver(self, message: ShortMessage) -> tuple[Outcome, str]:
        """Bring one deliver_sm; how it was answered."""
        try:
            answer = await self._ask(DELIVER, write_delivery(message))
        except TimeoutError:
            return Outcome.TIMED_OUT, ""
        except ConnectionError as error:
            return Outcome.UNREACHABLE, str(error)
        return (Outcome.REFUSED if answer.status else Outcome.TAKEN), f"command_status {answer.status:#x}"

    def answer(self, frame: Frame, status: int, body: bytes = b"") -> None:
        """Answer a request; a refusal has no body."""
        self.write(write_frame(Frame(frame.command | RESPONSE, status, frame.number, b"" if status else body)))

    def _request(self, command: int, number: int, body: bytes) -> bytes:
        return write_frame(Frame(command, ROK, number, body))

    async def _take(self, account: AccountConfig, frame: Frame, submit: Submit) -> None:
        if frame.command == SUBMIT:
            await self._submit(account, frame, submit)
        elif frame.command == ENQUIRE_LINK:
            self.answer(frame, ROK)
        elif frame.command in BINDS:
            self.answer(frame, wire.RALYBND)
        else:
            self.write(write_frame(Frame(GENERIC_NACK, wire.RINVCMDID, frame.number)))

    async def _submit(self, account: AccountConfig, frame: Frame, submit: Submit) -> None:
        if self.bound_as == BIND_RECEIVER:
            self.answer(frame, wire.RINVBNDSTS)
            return
        with self._counted(frame.number):
            await submit(self, account, frame)


SEPARATE = "separate"
"""The `bind_mode` of logins that have one session for each direction; they may not bind as transceiver."""


def _authenticated(frame: Frame, accounts: Mapping[str, AccountConfig]) -> AccountConfig:
    login = _login(frame)
    account = accounts.get(login.system_id)
    if account is None:
        raise NotLetIn(wire.RINVSYSID, f"nobody is called {login.system_id!r}")
    if not hmac.compare_digest(login.password.encode(), account.settings["password"].encode()):
        raise NotLetIn(wire.RINVPASWD, "the password is wrong")
    if frame.command == BIND_TRANSCEIVER and account.settings.get("bind_mode") == SEPARATE:
        raise NotLetIn(wire.RBINDFAIL, "this login has a session for each direction")
    return account


def _login(frame: Frame) -> Login:
    if frame.command not in BINDS:
        raise NotLetIn(wire.RINVBNDSTS, "a bind comes first")
    try:
        return read_login(frame.body)
    except ValueError as error:
        raise NotLetIn(wire.RINVCMDLEN, str(error)) from None
