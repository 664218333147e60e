"""An agent at a screen: the JSON API, and the live line, of which the screen keeps what the console would show."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any

import aiohttp

from conversations.ids import new_id
from tests.support.eventually import eventually, soon

Json = dict[str, Any]

PASSWORD = "correct horse battery staple"


class Agent:
    """Somebody who is signed in at one gateway."""

    def __init__(self, http: aiohttp.ClientSession, url: str) -> None:
        self._http = http
        self.url = url
        self._csrf = ""

    async def come_in(self, link: str, password: str = PASSWORD) -> None:
        """Use a one-time link as a browser does, and choose a password."""
        async with self._http.get(f"{self.url}{link}") as page:
            assert page.status == 200, await page.text()
        async with self._http.post(f"{self.url}{link}", data={}) as page:
            assert page.url.path == "/password", await page.text()
            found = re.search(r'name="csrf" value="([^"]+)"', await page.text())
        assert found
        form = {"csrf": found[1], "new": password, "again": password}
        async with self._http.post(f"{self.url}/password", data=form) as page:
            assert (page.status, page.url.path) == (200, "/"), await page.text()
        await self._learn_csrf()

    async def sign_in(self, login: str, password: str = PASSWORD) -> None:
        """Sign in with a password."""
        async with self._http.post(f"{self.url}/sign-in", data={"login": login, "password": password}) as page:
            assert (page.status, page.url.path) == (200, "/"), await page.text()
        await self._learn_csrf()

    async def get(self, path: str, **query: str) -> Any:
        """Read something of the API."""
        async with self._http.get(f"{self.url}/api/v1/{path}", params=query) as answer:
            answer.raise_for_status()
            return await answer.json()

    async def write(self, path: str, content: Json | None = None, *, method: str = "POST") -> tuple[int, Json]:
        """Do something through the API; the status and the answer."""
        headers = {"X-CSRF": self._csrf}
        async with self._http.request(
            method, f"{self.url}/api/v1/{path}", json=content or {}, headers=headers
        ) as answer:
            return answer.status, await answer.json()

    async def state(self, state: str) -> None:
        """Go ready, on a break or offline."""
        status, said = await self.write("me/state", {"state": state}, method="PUT")
        assert status == 200, said

    async def reply(self, conversation: str, text: str, files: list[Json] | None = None) -> Json:
        """Answer a customer, with the same key again when the answer got lost; the message as the API shows it."""
        content = {"text": text, "files": files or [], "key": new_id()}
        status, said = await eventually(
            partial(self._try, f"conversations/{conversation}/replies", content), f"{text!r} is accepted"
        )
        assert status == 201, said
        message: Json = said["message"]
        return message

    async def resolve(self, conversation: str, reason: str = "") -> None:
        """Settle a matter."""
        status, said = await self.write(f"conversations/{conversation}/resolve", {"reason": reason})
        assert status == 200, said

    async def upload(self, content: bytes, name: str) -> Json:
        """Give a file that a reply can carry."""
        address = f"{self.url}/api/v1/files"
        async with self._http.post(
            address, params={"name": name}, data=content, headers={"X-CSRF": self._csrf}
        ) as answer:
            taken: Json = await answer.json()
            assert answer.status == 201, taken
            return taken

    async def file(self, url: str) -> bytes:
        """The bytes of a file in a message."""
        async with self._http.get(f"{self.url}{url}") as answer:
            assert answer.status == 200, await answer.text()
            return await answer.read()

    async def listed(self, view: str) -> dict[str, Json]:
        """A whole list by the conversations' ids, page by page."""
        found: dict[str, Json] = {}
        page = await self.get("conversations", view=view)
        while True:
            found |= {row["id"]: row for row in page["conversations"]}
            if not page["next"]:
                return found
            page = await self.get("conversations", view=view, before=page["next"])

    async def conversation(self, conversation: str) -> Json:
        """One conversation with everything around it."""
        found: Json = await self.get(f"conversations/{conversation}")
        return found

    async def cursor(self) -> int:
        """How far the story has come."""
        found: int = (await self.get("conversations", view="mine"))["cursor"]
        return found

    async def line(self, cursor: int) -> aiohttp.ClientWebSocketResponse:
        """Open the live line."""
        headers = {"Origin": self.url}
        return await self._http.ws_connect(f"{self.url}/api/v1/live", params={"cursor": str(cursor)}, headers=headers)

    async def _try(self, path: str, content: Json) -> tuple[int, Json] | None:
        try:
            return await self.write(path, content)
        except aiohttp.ClientConnectionError:
            return None

    async def _learn_csrf(self) -> None:
        self._csrf = (await self.get("me"))["csrf"]


class Screen:
    """What an agent's screen knows: it applies the frames of its live line in the order they came.

    As the console does, it comes back by itself when the line breaks, and opens a conversation through the API.
    """

    def __init__(self, agent: Agent, cursor: int) -> None:
        self._agent = agent
        self.cursor = cursor
        self.resets = 0
        self.conversations: dict[str, Json] = {}
        self.messages: dict[str, Json] = {}
        self.states: dict[str, list[str | None]] = {}
        self.counts: Json = {}
        self._line: asyncio.Task[None] | None = None

    def connect(self) -> None:
        """Follow the story from the cursor on."""
        self._line = asyncio.create_task(self._follow())

    async def drop(self) -> None:
        """Lose the line."""
        if self._line is not None:
            self._line.cancel()
            await asyncio.gather(self._line, return_exceptions=True)

    async def shows(self, **wanted: object) -> Json:
        """Wait for a conversation whose row has these values; the row."""
        return await soon(lambda: self._row(wanted), f"the screen shows {wanted}")

    async def shows_message(self, text: str, state: str | None = None) -> Json:
        """Wait for a message with these words, in this state."""
        return await soon(lambda: self._message(text, state), f"the screen shows {text!r} as {state}")

    async def shows_assigned(self, question: str) -> Json:
        """Wait for a customer's message and for somebody who has it; the conversation's row."""
        message = await self.shows_message(question)
        return await self.shows(id=message["conversation_id"], state="assigned")

    def _row(self, wanted: dict[str, object]) -> Json | None:
        return next((row for row in self.conversations.values() if wanted.items() <= row.items()), None)

    def _message(self, text: str, state: str | None) -> Json | None:
        return next((each for each in self.messages.values() if words(each) == text and each["state"] == state), None)

    async def _follow(self) -> None:
        while True:
            # A server that goes away breaks the line, and whatever was asked for meanwhile.
            with suppress(aiohttp.ClientError):
                async with await self._agent.line(self.cursor) as socket:
                    async for message in socket:
                        await self._show(message.json())
            await asyncio.sleep(0.2)

    async def _show(self, frame: Json) -> None:
        new = [row["id"] for row in frame.get("conversations", ()) if row["id"] not in self.conversations]
        opened = [message for each in new for message in (await self._agent.conversation(each))["messages"]]
        for message in opened:
            self._keep(message)
        self._apply(frame)

    def _apply(self, frame: Json) -> None:
        self.cursor = frame.get("cursor", self.cursor)
        self.resets += bool(frame.get("reset"))
        for row in frame.get("conversations", ()):
            self.conversations[row["id"]] = row
        for conversation in frame.get("removed", ()):
            self.conversations.pop(conversation, None)
        for message in frame.get("messages", ()):
            self._keep(message)
        self.counts = frame.get("counts") or self.counts

    def _keep(self, message: Json) -> None:
        self.messages[message["id"]] = message
        seen = self.states.setdefault(message["id"], [])
        if seen[-1:] != [message["state"]]:
            seen.append(message["state"])


def words(message: Json) -> str:
    """The text of a message in the API."""
    return " ".join(part["text"] for part in message["parts"] if "text" in part)


@asynccontextmanager
async def browser() -> AsyncIterator[aiohttp.ClientSession]:
    """Cookies of its own, also for addresses that are numbers."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
        yield http
