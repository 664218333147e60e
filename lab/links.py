"""One connection that the product opens and keeps, as with SMPP and CMPP."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any, Generic, Protocol, TypeVar

from lab.books import Outcome
from lab.config import AccountConfig

SIGN_OF_LIFE_EVERY = 60.0
"""Seconds between two questions whether the product is still there."""


class Numbered(Protocol):
    """A frame of either protocol: answers carry the number of what they answer."""

    @property
    def number(self) -> int:
        """The sequence number."""


Frame = TypeVar("Frame", bound=Numbered)
Message = TypeVar("Message")


class AnotherLanguage(Exception):
    """The other side speaks something else."""


class NotLetIn(Exception):
    """A login was refused with this status."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


class Link(ABC, Generic[Frame, Message]):
    """One connection, from its login to its end."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, patience: float) -> None:
        self.outstanding: set[int] = set()
        self.most_outstanding = 0
        self._reader = reader
        self._writer = writer
        self._patience = patience
        self._number = 0
        self._waiting: dict[int, asyncio.Future[Frame]] = {}

    @property
    def receives(self) -> bool:
        """Whether messages can be delivered over it."""
        return True

    @abstractmethod
    async def let_in(self, accounts: Mapping[str, AccountConfig]) -> AccountConfig:
        """Take the login. Raises `NotLetIn` after the answer, and `AnotherLanguage`."""

    @abstractmethod
    async def serve(
        self, account: AccountConfig, submit: Callable[[Any, AccountConfig, Frame], Awaitable[None]]
    ) -> None:
        """Take what comes, until the connection ends."""

    @abstractmethod
    async def deliver(self, message: Message) -> tuple[Outcome, str]:
        """Bring one message; how it was answered."""

    def write(self, raw: bytes) -> None:
        """Say something, in whatever language; somebody who was hung up on hears nothing."""
        if not self._writer.is_closing():
            self._writer.write(raw)

    def hang_up(self) -> None:
        """Close the connection; who still waits for an answer gets none."""
        self._writer.close()
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(ConnectionResetError("the product hung up"))

    @abstractmethod
    def _request(self, command: int, number: int, body: bytes) -> bytes:
        """A request of ours, as it travels."""

    @contextmanager
    def _counted(self, number: int) -> Iterator[None]:
        """Count a submission among those that wait for their answers."""
        self.outstanding.add(number)
        self.most_outstanding = max(self.most_outstanding, len(self.outstanding))
        try:
            yield
        finally:
            self.outstanding.discard(number)

    async def _ask(self, command: int, body: bytes = b"") -> Frame:
        """The answer. Raises `TimeoutError`, and `ConnectionError` if the product hangs up before."""
        self._number += 1
        number = self._number
        answer: asyncio.Future[Frame] = asyncio.get_running_loop().create_future()
        self._waiting[number] = answer
        try:
            self.write(self._request(command, number, body))
            async with asyncio.timeout(self._patience):
                return await answer
        finally:
            del self._waiting[number]

    def _answered(self, frame: Frame) -> None:
        waiting = self._waiting.get(frame.number)
        if waiting is not None and not waiting.done():
            waiting.set_result(frame)

    async def _stay_alive(self, question: int) -> None:
        """A product that gives no sign of life is hung up on."""
        with suppress(TimeoutError, ConnectionError):
            while True:
                await self._ask(question)
                await asyncio.sleep(SIGN_OF_LIFE_EVERY)
        self.hang_up()
