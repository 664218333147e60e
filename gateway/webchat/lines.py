"""One visitor's open line."""

import asyncio
from dataclasses import dataclass, field

import orjson
from aiohttp import web

from conversations.address import Address
from conversations.ids import AccountId
from gateway.webchat.views import Json

BEAT = 25.0
"""Seconds of silence after which a sign of life is sent; widgets give a line up after about two of them."""


@dataclass(eq=False)
class Line:
    """One open socket. `cursor` is the position of the story that the visitor has seen."""

    socket: web.WebSocketResponse
    account_id: AccountId
    address: Address
    cursor: int = 0
    frames: asyncio.Queue[Json] = field(default_factory=asyncio.Queue)
    standing: Json = field(default_factory=dict)

    def tell(self, frame: Json) -> None:
        """Have a frame sent, after those before it."""
        self.frames.put_nowait(frame)

    def stand(self, standing: Json) -> None:
        """Tell where the visitor stands, if that is news."""
        if standing != self.standing:
            self.standing = standing
            self.tell({"kind": "standing", **standing})

    async def send(self) -> None:
        """Send what is told until cancelled, and a sign of life in between."""
        while True:
            try:
                async with asyncio.timeout(BEAT):
                    frame = await self.frames.get()
            except TimeoutError:
                frame = {"kind": "beat"}
            await self.socket.send_str(orjson.dumps(frame).decode())
