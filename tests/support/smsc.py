"""A message centre on loopback: a real SMPP server that answers by script and keeps what it was sent."""

import asyncio
import itertools
import ssl
import struct
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

SUBMIT, DELIVER, UNBIND, ENQUIRE = 0x04, 0x05, 0x06, 0x15
BINDS = (0x01, 0x02, 0x09)
RESPONSE = 0x80000000

NOTHING = None
"""No answer at all."""

HANG_UP = "hang up"
"""The line drops instead."""

Script = Callable[[int, bytes], tuple[int, bytes] | str | None]
"""What becomes of a request with this command and body: status and body of the answer, or one of the above."""


def pdu(command: int, status: int, number: int, body: bytes = b"") -> bytes:
    """The bytes of a PDU."""
    return struct.pack("!IIII", 16 + len(body), command, status, number) + body


def deliver_body(
    text: bytes,
    *,
    source: str = "8613800138000",
    ton: int = 1,
    esm_class: int = 0,
    data_coding: int = 0,
    parameters: Sequence[tuple[int, bytes]] = (),
) -> bytes:
    """The body of a `deliver_sm`."""
    return b"".join(
        (
            b"\0",
            bytes((ton, 1)) + source.encode() + b"\0",
            bytes((1, 1)) + b"10690000\0",
            bytes((esm_class, 0, 0)) + b"\0\0",
            bytes((0, 0, data_coding, 0, len(text))) + text,
            *(struct.pack("!HH", tag, len(value)) + value for tag, value in parameters),
        )
    )


class Smsc:
    """Takes every bind, gives every message the next id, unless `script` says otherwise."""

    def __init__(self) -> None:
        self.port = 0
        self.received: list[tuple[int, bytes]] = []
        self.answered: list[tuple[int, int]] = []
        self.most_waiting = 0
        self.answers_after = 0.0
        self.script: Script = self.usual
        self._ids = itertools.count(1)
        self._numbers = itertools.count(1000)
        self._waiting: set[asyncio.Task[None]] = set()
        self._writer: asyncio.StreamWriter | None = None
        self._sessions: dict[asyncio.StreamWriter, asyncio.Task[object] | None] = {}
        self._answers: dict[int, asyncio.Future[int]] = {}
        self.bound = asyncio.Event()

    def usual(self, command: int, body: bytes) -> tuple[int, bytes] | str | None:
        """A good centre's answer."""
        if command in BINDS:
            return 0, b"SMSC\0"
        return (0, f"{next(self._ids):08X}\0".encode()) if command == SUBMIT else (0, b"")

    def bodies(self, command: int) -> list[bytes]:
        """The bodies of the requests with one command, in order."""
        return [body for received, body in self.received if received == command]

    async def deliver(self, body: bytes, *, command: int = DELIVER, number: int = 0, session: int = -1) -> int:
        """Send a `deliver_sm`, over the newest session or another; the status that it is answered with."""
        writer = list(self._sessions)[session]
        number = number or next(self._numbers)
        answer = self._answers[number] = asyncio.get_running_loop().create_future()
        writer.write(pdu(command, 0, number, body))
        async with asyncio.timeout(5):
            status: int = await answer
        return status

    def write(self, raw: bytes) -> None:
        """Send bytes as they are."""
        assert self._writer is not None
        self._writer.write(raw)

    def hang_up(self, session: int = -1) -> None:
        """Drop a line, the newest unless another is named."""
        list(self._sessions)[session].transport.abort()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One session, to its end."""
        self._writer = writer
        self._sessions[writer] = asyncio.current_task()
        try:
            while True:
                head = await reader.readexactly(16)
                length, command, status, number = struct.unpack("!IIII", head)
                body = await reader.readexactly(length - 16)
                self._take(command, status, number, body, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self.bound.clear()
            writer.close()
            del self._sessions[writer]

    async def close(self) -> None:
        """Drop every line."""
        tasks = [task for task in self._sessions.values() if task is not None]
        for writer in self._sessions:
            writer.transport.abort()
        await asyncio.gather(*tasks, *self._waiting)

    def _take(self, command: int, status: int, number: int, body: bytes, writer: asyncio.StreamWriter) -> None:
        if command & RESPONSE:
            self.answered.append((command, status))
            if (waiting := self._answers.pop(number, None)) is not None:
                waiting.set_result(status)
            return
        self.received.append((command, body))
        task = asyncio.create_task(self._answer(command, number, body, writer))
        self._waiting.add(task)
        task.add_done_callback(self._waiting.discard)
        self.most_waiting = max(self.most_waiting, len(self._waiting))

    async def _answer(self, command: int, number: int, body: bytes, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(self.answers_after)
        answer = self.script(command, body)
        if answer == HANG_UP:
            writer.transport.abort()
        elif isinstance(answer, tuple):
            writer.write(pdu(command | RESPONSE, answer[0], number, answer[1]))
            if command in BINDS and answer[0] == 0:
                self.bound.set()


@asynccontextmanager
async def running_smsc(tls: ssl.SSLContext | None = None) -> AsyncIterator[Smsc]:
    """A message centre on a free port of loopback, as long as the block lasts."""
    smsc = Smsc()
    server = await asyncio.start_server(smsc.serve, "127.0.0.1", 0, ssl=tls)
    smsc.port = server.sockets[0].getsockname()[1]
    try:
        yield smsc
    finally:
        server.close()
        await smsc.close()
