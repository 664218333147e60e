"""The gateway's connections, and what it delivers over them."""

import asyncio
import itertools
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress

from lab.books import Answered, Outcome, Refused
from lab.cmpp.link import Link, NotLetIn, Submit
from lab.cmpp.wire import NotCmpp, Up, make_msg_id
from lab.config import AccountConfig
from lab.world import World


class Switchboard:
    """All accounts connect here, each as often as it likes; what is for one comes over any of its connections."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._accounts = {account.settings["source_addr"]: account for account in world.config.of_kind("sms_cmpp")}
        self._links: dict[str, list[Link]] = defaultdict(list)
        self._everybody: dict[Link, asyncio.Task[None]] = {}
        self._sequence = itertools.count(1)
        self._turn = itertools.count()

    @asynccontextmanager
    async def open(self, submit: Submit) -> AsyncIterator[None]:
        """Listen for the length of the `async with`, if any account connects here."""
        if not self._accounts:
            yield
            return

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            link = Link(reader, writer, self._world.config.timings.callback_deadline)
            self._everybody[link] = asyncio.ensure_future(self._serve(link, submit))

        server = await asyncio.start_server(serve, self._world.config.host, self._world.config.cmpp_port)
        try:
            yield
        finally:
            server.close()
            for link in self._everybody:
                link.hang_up()
            await asyncio.gather(*self._everybody.values())

    def links(self, account: AccountConfig) -> Sequence[Link]:
        """The connections of an account."""
        return tuple(self._links[account.id])

    def hang_up(self, account: AccountConfig) -> None:
        """Drop the connections of an account, as networks do."""
        for link in self.links(account):
            link.hang_up()

    def most_outstanding(self, account: AccountConfig) -> int:
        """How many SUBMITs of one open connection ever waited for their answers at once."""
        return max((link.most_outstanding for link in self.links(account)), default=0)

    def new_msg_id(self) -> int:
        """A name for a message."""
        return make_msg_id(self._world.clock(), next(self._sequence))

    def refused(self, code: int, text: str) -> None:
        """Note what the gateway did not accept."""
        self._world.books.write(Refused(at=self._world.clock(), where="cmpp", code=str(code), text=text))

    async def bring(self, account: AccountConfig, about: str, ups: Sequence[Up]) -> None:
        """Deliver until all is taken or the gateway gives up; each attempt is in the books."""
        left = list(ups) * (3 if self._world.manners["sms_cmpp"].thrice else 1)
        for attempt, pause in enumerate((*self._world.config.timings.callback_pauses, 0.0), start=1):
            left = await self._attempt(account, about, left, attempt)
            if not left:
                return
            await asyncio.sleep(pause)

    async def _attempt(self, account: AccountConfig, about: str, ups: list[Up], attempt: int) -> list[Up]:
        """Those that were not taken; the books have the worst answer."""
        started = time.monotonic()
        answers = await asyncio.gather(*(self._deliver(account, up) for up in ups))
        outcome, text = next((answer for answer in answers if answer[0] is not Outcome.TAKEN), answers[0])
        self._world.books.write(
            Answered(
                to=about,
                at=self._world.clock(),
                attempt=attempt,
                outcome=outcome,
                status=0,
                text=text,
                milliseconds=round((time.monotonic() - started) * 1000),
            )
        )
        return [up for up, answer in zip(ups, answers, strict=True) if answer[0] is not Outcome.TAKEN]

    async def _deliver(self, account: AccountConfig, up: Up) -> tuple[Outcome, str]:
        links = self.links(account)
        if not links:
            return Outcome.UNREACHABLE, "there is no connection"
        return await links[next(self._turn) % len(links)].deliver(up)

    async def _serve(self, link: Link, submit: Submit) -> None:
        with suppress(NotCmpp, asyncio.IncompleteReadError, ConnectionError):
            try:
                account = await link.let_in(self._accounts, self._world.clock())
            except NotLetIn as refusal:
                self.refused(refusal.status, str(refusal))
            else:
                await self._hold(link, account, submit)
        link.hang_up()
        del self._everybody[link]

    async def _hold(self, link: Link, account: AccountConfig, submit: Submit) -> None:
        self._links[account.id].append(link)
        try:
            await link.serve(account, submit)
        finally:
            self._links[account.id].remove(link)
