"""The lab's CMPP gateway with one account, and how a test acts and looks."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import aiohttp

from lab.books import Books, Entry, Said
from lab.cmpp import play
from lab.config import AccountConfig, LabConfig, Timings
from lab.errands import Errands
from lab.media import MediaStore
from lab.misbehaviour import Manners
from lab.people import People
from lab.webhook import Webhooks
from lab.world import Playing, Saying, World
from tests.support.ports import free_port
from tests.support.surroundings import NOW

SETTINGS = {
    "source_addr": "900001",
    "secret": "secret-of-the-connection",
    "service_id": "HUILIU",
    "src_id": "10690001",
    "signature": "汇流客服",
    "signature_by": "us",
}
"""What the product and the gateway agree on."""

QUICK = Timings(callback_deadline=1.0, callback_pauses=(0.01, 0.05, 0.1), receipt_after=0.0, receipt_late=0.05)

E = TypeVar("E", bound=Entry)


@dataclass(frozen=True)
class CmppLab:
    """A running gateway."""

    world: World
    playing: Playing
    account: AccountConfig

    @property
    def settings(self) -> dict[str, str]:
        """The product's settings for this account."""
        return {**self.account.settings, "host": "127.0.0.1", "port": str(self.world.config.cmpp_port)}

    def entries(self, kind: type[E]) -> list[E]:
        """What the books have of one kind."""
        return [entry for entry in self.world.books if isinstance(entry, kind)]

    def misbehave(self, **switches: object) -> None:
        """Change the gateway's manner."""
        self.world.manners.change("sms_cmpp", **switches)

    def command(self, name: str) -> object:
        """Do what only the gateway's operator can."""
        return self.playing.commands[name](self.account, {})

    async def say(self, text: str) -> Said:
        """Let 李雷 write, and wait until the gateway brought it or gave up."""
        said, delivery = self.playing.phone.say(Saying(account=self.account, customer="李雷", text=text))
        await delivery
        return said


@asynccontextmanager
async def running_gateway(folder: Path, **settings: str) -> AsyncIterator[CmppLab]:
    """A gateway alone, whose clock stands still, like that of the product's surroundings."""
    account = AccountConfig(id="account", kind="sms_cmpp", settings={**SETTINGS, **settings})
    config = LabConfig(accounts=(account,), data_folder=folder, cmpp_port=free_port(), timings=QUICK)
    errands = Errands()
    async with aiohttp.ClientSession() as http:
        with Books(folder / "books.jsonl") as books:
            world = World(
                config=config,
                clock=lambda: NOW,
                books=books,
                people=People(books),
                media=MediaStore(folder / "media", books, lambda: NOW),
                manners=Manners(["sms_cmpp"]),
                webhooks=Webhooks(http, books, lambda: NOW),
                errands=errands,
            )
            playing = play(world)
            assert playing.server is not None
            async with playing.server():
                yield CmppLab(world, playing, account)
                await errands.stop()
