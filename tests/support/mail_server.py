"""A mail server on loopback that answers each command by script, and keeps the mail it takes."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

DROP = "drop"
"""Instead of an answer: the line goes dead."""

SILENCE = "silence"
"""Instead of an answer: nothing, until the client is gone."""

_ANSWERS = {
    "CONNECT": "220 mail.example ready",
    "EHLO": "250 mail.example",
    "AUTH": "235 welcome",
    "MAIL": "250 sender ok",
    "RCPT": "250 recipient ok",
    "DATA": "354 go on",
    ".": "250 queued",
    "QUIT": "221 bye",
}


@dataclass
class MailServer:
    """Says what `says` tells it to, and otherwise yes. `lines` are all commands it got, `mails` what it took over."""

    port: int = 0
    says: Mapping[str, str] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    mails: list[bytes] = field(default_factory=list)

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one client to its end."""
        try:
            going_on = await self._answer("CONNECT", writer)
            while going_on and (line := await reader.readline()):
                self.lines.append(line.decode().strip())
                going_on = await self._serve(line[:4].decode().upper(), reader, writer)
        finally:
            writer.close()

    async def _serve(self, verb: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        going_on = await self._answer(verb, writer)
        if verb == "DATA" and self._said(verb).startswith("354"):
            self.mails.append(await reader.readuntil(b"\r\n.\r\n"))
            if self._said(".") == SILENCE:
                await reader.read()
            going_on = await self._answer(".", writer)
        return going_on and verb != "QUIT"

    async def _answer(self, verb: str, writer: asyncio.StreamWriter) -> bool:
        said = self._said(verb)
        if said == DROP:
            return False
        writer.write(said.encode() + b"\r\n")
        await writer.drain()
        return True

    def _said(self, verb: str) -> str:
        return self.says.get(verb) or _ANSWERS.get(verb, "502 no such command")


@asynccontextmanager
async def running_mail_server(**says: str) -> AsyncIterator[MailServer]:
    """A server on a free port; `DOT` stands for the final dot of the data."""
    script = {"." if verb == "DOT" else verb: answer for verb, answer in says.items()}
    server = MailServer(says=script)
    listener = await asyncio.start_server(server.handle, "127.0.0.1", 0)
    server.port = listener.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listener.close()
        await listener.wait_closed()
