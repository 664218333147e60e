"""The lab from outside: a test acts as the customers, and reads the books, through the lab's control API."""

from dataclasses import dataclass
from typing import Any

import aiohttp

from lab.books import Entry, Heard, Said, read_entry
from lab.config import LabConfig

Json = dict[str, Any]


@dataclass(frozen=True)
class LabDesk:
    """One running lab, and the configuration it was started with."""

    http: aiohttp.ClientSession
    url: str
    config: LabConfig

    def account(self, kind: str) -> str:
        """The id of the only account of a kind."""
        (found,) = self.config.of_kind(kind)
        return found.id

    async def say(self, kind: str, customer: str, **what: object) -> Said:
        """A customer acts; returns when the product has answered, unless `wait` is False."""
        answer = await self.post("say", {"account": self.account(kind), "customer": customer, **what})
        said = read_entry(answer["said"])
        assert isinstance(said, Said)
        return said

    async def heard(self, kind: str, customer: str) -> list[Heard]:
        """What a customer saw of us, in order."""
        query = {"account": self.account(kind), "customer": customer}
        async with self.http.get(f"{self.url}/lab/api/phone", params=query) as answer:
            seen = [read_entry(each) for each in await answer.json()]
        return [each for each in seen if isinstance(each, Heard)]

    async def books(self) -> list[Entry]:
        """Everything that ever happened."""
        async with self.http.get(f"{self.url}/lab/api/books") as answer:
            return [_entry(each) for each in await answer.json()]

    async def medium(self, id: str) -> bytes:
        """The bytes of a file that a customer was sent."""
        async with self.http.get(f"{self.url}/lab/media/{id}") as answer:
            return await answer.read()

    async def misbehave(self, provider: str, **switches: object) -> None:
        """Change a provider's manner."""
        await self.post("misbehave", {provider: switches})

    async def settle(self) -> None:
        """Wait until no receipt and no redelivery is under way."""
        await self.post("settle", {})

    async def post(self, action: str, asked: Json) -> Json:
        """Ask for something that must be possible."""
        async with self.http.post(f"{self.url}/lab/api/{action}", json=asked) as answer:
            said: Json = await answer.json()
            assert answer.status == 200, said
            return said


def _entry(numbered: Json) -> Entry:
    return read_entry({name: value for name, value in numbered.items() if name != "number"})
