"""A line between two programs that can be watched, go dead, or be cut."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress


class Proxy:
    """Passes bytes on to a port of this machine. A dead line swallows everything.

    `said` is what the client said, `told` what it was told.
    """

    def __init__(self, target: int) -> None:
        self.port = 0
        self.said = b""
        self.told = b""
        self.is_dead = False
        self._target = target
        self._writers: list[asyncio.StreamWriter] = []

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one client to its end."""
        server_reader, server_writer = await asyncio.open_connection("127.0.0.1", self._target)
        self._writers += [writer, server_writer]
        await asyncio.gather(self._pass_on(reader, server_writer, True), self._pass_on(server_reader, writer, False))

    def cut(self) -> None:
        """Hang up on everybody."""
        for writer in self._writers:
            writer.close()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, is_client: bool) -> None:
        with suppress(ConnectionError):
            while data := await reader.read(65536):
                self.said += data if is_client else b""
                if not self.is_dead:
                    self.told += b"" if is_client else data
                    writer.write(data)
                    await writer.drain()
        writer.close()


@asynccontextmanager
async def running_proxy(target: int) -> AsyncIterator[Proxy]:
    """A line to this port, on a port of its own."""
    proxy = Proxy(target)
    listener = await asyncio.start_server(proxy.handle, "127.0.0.1", 0)
    proxy.port = listener.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        proxy.cut()
        listener.close()
        await listener.wait_closed()
