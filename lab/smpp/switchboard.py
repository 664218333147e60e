"""The centre's connections, and what it delivers over them."""

import asyncio
import itertools
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress

from lab.books import Answered, Outcome, Refused
from lab.config import AccountConfig
from lab.smpp.link import Link, NotLetIn, Submit
from lab.smpp.wire import NotSmpp, ShortMessage
from lab.world import World

BACK_WITHIN = 30.0
"""Seconds that the centre waits for a product whose line dropped."""

MISSED_ANSWERS = 2
"""How often the line drops before the centre hears the answer, where everything is delivered thrice."""


class Switchboard:
    """All accounts connect here, each as often as it likes; what is for one comes over any of its connections."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._accounts = {account.settings["system_id"]: account for account in world.config.of_kind("sms_smpp")}
        self._links: dict[str, list[Link]] = defaultdict(list)
        self._everybody: dict[Link, asyncio.Task[None]] = {}
        self._ids = itertools.count(0x1A2B)
        self._turn = itertools.count()
        self._changed = asyncio.Condition()

    @asynccontextmanager
    async def open(self, submit: Submit) -> AsyncIterator[None]:
        """Listen for the length of the `async with`, if any account connects here."""
        if not self._accounts:
            yield
            return

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            link = Link(reader, writer, self._world.config.timings.callback_deadline)
            self._everybody[link] = asyncio.ensure_future(self._serve(link, submit))

        server = await asyncio.start_server(serve, self._world.config.host, self._world.config.smpp_port)
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
        """How many submit_sm of one open connection ever waited for their answers at once."""
        return max((link.most_outstanding for link in self.links(account)), default=0)

    def new_id(self) -> int:
        """A name for a message."""
        return next(self._ids)

    def refused(self, status: int, text: str) -> None:
        """Note what the centre did not accept."""
        self._world.books.write(Refused(at=self._world.clock(), where="smpp", code=f"{status:#x}", text=text))

    async def bring(self, account: AccountConfig, about: str, messages: Sequence[ShortMessage]) -> None:
        """Deliver until all is taken or the centre gives up; each attempt is in the books."""
        for _ in range(MISSED_ANSWERS if self._world.manners["sms_smpp"].thrice else 0):
            await self._attempt(account, about, messages, 1)
            self.hang_up(account)
            await self._linked_again(account)
        left = messages
        for attempt, pause in enumerate((*self._world.config.timings.callback_pauses, 0.0), start=1):
            left = await self._attempt(account, about, left, attempt)
            if not left:
                return
            await asyncio.sleep(pause)

    async def _linked_again(self, account: AccountConfig) -> None:
        """Nothing can be delivered before the product comes back, if it does."""
        old = self.links(account)
        with suppress(TimeoutError):
            async with asyncio.timeout(BACK_WITHIN), self._changed:
                await self._changed.wait_for(lambda: any(link not in old for link in self.links(account)))

    async def _attempt(
        self, account: AccountConfig, about: str, messages: Sequence[ShortMessage], attempt: int
    ) -> list[ShortMessage]:
        """Those that were not taken; the books have the worst answer."""
        started = time.monotonic()
        answers = await asyncio.gather(*(self._deliver(account, message) for message in messages))
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
        return [each for each, answer in zip(messages, answers, strict=True) if answer[0] is not Outcome.TAKEN]

    async def _deliver(self, account: AccountConfig, message: ShortMessage) -> tuple[Outcome, str]:
        links = [link for link in self.links(account) if link.receives]
        if not links:
            return Outcome.UNREACHABLE, "there is no connection"
        return await links[next(self._turn) % len(links)].deliver(message)

    async def _serve(self, link: Link, submit: Submit) -> None:
        with suppress(NotSmpp, asyncio.IncompleteReadError, ConnectionError):
            try:
                account = await link.let_in(self._accounts)
            except NotLetIn as refusal:
                self.refused(refusal.status, str(refusal))
            else:
                await self._hold(link, account, submit)
        link.hang_up()
        del self._everybody[link]

    async def _hold(self, link: Link, account: AccountConfig, submit: Submit) -> None:
        self._links[account.id].append(link)
        async with self._changed:
            self._changed.notify_all()
        try:
            await link.serve(account, submit)
        finally:
            self._links[account.id].remove(link)
