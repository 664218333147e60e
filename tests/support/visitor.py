"""A customer on a web page: speaks the chat's own protocol, and keeps books like the lab's for the other channels."""

import asyncio
import hashlib
import hmac
import json
from datetime import datetime
from typing import Any

import aiohttp

from conversations.clock import utc_now
from conversations.ids import new_id
from lab.books import Answered, Entry, Heard, Outcome, Said
from tests.support.eventually import soon

Json = dict[str, Any]

VISIBLE = ("accepted", "delivered", "read")


class Visitor:
    """One browser. It keeps what is not committed and says it again when the line is back, as the widget does."""

    def __init__(self, http: aiohttp.ClientSession, url: str, account: str, name: str = "", **hello: str) -> None:
        self._http = http
        self._url = url
        self._account = account
        self.name = name
        self._hello = hello
        self.visitor = ""
        self._token = ""
        self._cursor = 0
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._unsent: dict[str, tuple[Said, Json]] = {}
        self._line: asyncio.Task[None] | None = None
        self.refused: list[str] = []
        self.messages: dict[str, Json] = {}
        self.books: list[Entry] = []

    async def open(self) -> None:
        """Open the page, and wait for the welcome."""
        self._line = asyncio.create_task(self._stay())
        await soon(lambda: self._token, f"{self.name or 'a visitor'} is welcomed")

    async def close(self) -> None:
        """Close the page."""
        if self._line is not None:
            self._line.cancel()
            await asyncio.gather(self._line, return_exceptions=True)

    async def say(self, text: str = "", **more: object) -> Said:
        """Say something, and wait until it is committed."""
        said = self.begin(text, **more)
        await soon(lambda: said.key not in self._unsent, f"{text!r} is committed")
        return said

    def begin(self, text: str = "", **more: object) -> Said:
        """Say something without waiting."""
        said = Said(
            id=new_id(),
            at=utc_now(),
            account=self._account,
            customer=self.visitor,
            kind="text",
            key=new_id(),
            text=text,
        )
        self.books.append(said)
        self._unsent[said.key] = (said, {"kind": "message", "id": said.key, "text": text, **more})
        asyncio.get_running_loop().create_task(self._send(self._unsent[said.key][1]))
        return said

    @property
    def has_unsent(self) -> bool:
        """Whether something is not committed yet."""
        return bool(self._unsent)

    async def upload(self, content: bytes, name: str) -> Json:
        """Give a file; what goes into `attachments`."""
        address = f"{self._url}/webchat/{self._account}/files"
        headers = {"Authorization": f"Bearer {self._token}", "Origin": self._url}
        async with self._http.post(address, params={"name": name}, data=content, headers=headers) as answer:
            taken: Json = await answer.json()
            assert answer.status in (200, 201), taken
            return taken

    async def sees(self, text: str) -> Json:
        """Wait for a part of ours with these words; the part."""
        return await soon(lambda: self._part(text), f"the visitor sees {text!r}")

    async def sees_menu(self) -> Json:
        """Wait for a question with options; the part."""
        return await soon(lambda: self._menu(), "the visitor is asked something")

    async def sees_picture(self) -> Json:
        """Wait for a picture of ours; the part."""
        return await soon(lambda: self._picture(), "the visitor sees a picture")

    async def sees_file(self, digest: str) -> Json:
        """Wait for a file of ours with this digest; the part."""
        return await soon(lambda: self._file(digest), "the visitor sees a file")

    async def note(self, part: Json, status: str) -> None:
        """Tell that a part was delivered or read, as the widget does when it shows it."""
        await self._send({"kind": "receipt", "status": status, "deliveries": [part["delivery"]]})

    def _file(self, digest: str) -> Json | None:
        return next((part for part in self._ours() if part.get("digest") == digest), None)

    def _ours(self) -> list[Json]:
        return [part for message in self.messages.values() for part in message["parts"] if "delivery" in part]

    def _part(self, text: str) -> Json | None:
        return next((part for part in self._ours() if part.get("text") == text), None)

    def _menu(self) -> Json | None:
        return next((part for part in self._ours() if part["kind"] == "menu"), None)

    def _picture(self) -> Json | None:
        return next((part for part in self._ours() if part["kind"] == "media"), None)

    async def _stay(self) -> None:
        address = f"{self._url}/webchat/{self._account}/socket"
        while True:
            try:
                async with self._http.ws_connect(address, headers={"Origin": self._url}) as socket:
                    self._socket = socket
                    await socket.send_json(
                        {"kind": "hello", "token": self._token, "cursor": self._cursor, **self._hello}
                    )
                    async for message in socket:
                        await self._hear(json.loads(message.data))
            except (aiohttp.ClientError, ConnectionError):
                self._socket = None
            await asyncio.sleep(0.2)

    async def _hear(self, frame: Json) -> None:
        match frame["kind"]:
            case "welcome":
                self._token, self.visitor = frame["token"], frame["visitor"]
                self._see(frame)
                for _, waiting in list(self._unsent.values()):
                    await self._send(waiting)
            case "news":
                self._see(frame)
            case "committed":
                self._committed(frame["id"])
            case "refused":
                self.refused.append(frame["reason"])

    def _committed(self, key: str) -> None:
        if key not in self._unsent:
            return
        said, _ = self._unsent.pop(key)
        self.books.append(
            Answered(
                to=said.id, at=utc_now(), attempt=1, outcome=Outcome.TAKEN, status=200, text="committed", milliseconds=0
            )
        )

    def _see(self, frame: Json) -> None:
        self._cursor = frame["cursor"]
        for message in frame["messages"]:
            self.messages[message["id"]] = message
            for part in message["parts"]:
                if part.get("state") in VISIBLE:
                    self._write_down(message, part)

    def _write_down(self, message: Json, part: Json) -> None:
        """State is told again and again; a part is seen once."""
        if any(isinstance(entry, Heard) and entry.key == part["delivery"] for entry in self.books):
            return
        self.books.append(
            Heard(
                id=new_id(),
                at=datetime.fromisoformat(message["at"]),
                account=self._account,
                customer=self.visitor,
                kind=part["kind"],
                key=part["delivery"],
                text=part.get("text", ""),
                medium=part.get("digest", ""),
            )
        )

    async def _send(self, frame: Json) -> None:
        """What cannot be sent now is said again after the next welcome."""
        try:
            if self._socket is not None:
                await self._socket.send_json(frame)
        except ConnectionError:
            return


def signed(site_secret: str, claims: Json) -> dict[str, str]:
    """What a site's server hands to its page, as channels/webchat/README.md tells sites to do it."""
    identity = json.dumps(claims, ensure_ascii=False)
    signature = hmac.new(site_secret.encode(), identity.encode(), hashlib.sha256).hexdigest()
    return {"identity": identity, "signature": signature}
