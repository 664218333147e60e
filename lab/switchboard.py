"""The connections that the product has with one provider, and what is brought over them."""

import asyncio
import itertools
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any, Generic, TypeVar

from lab.books import Answered, Outcome, Refused
from lab.config import AccountConfig
from lab.links import AnotherLanguage, Link, Message, NotLetIn
from lab.world import Command, World

BACK_WITHIN = 30.0
"""Seconds in which a product whose line dropped is expected back."""

AnyLink = TypeVar("AnyLink", bound=Link[Any, Any])
Submit = Callable[[AnyLink, AccountConfig, Any], Awaitable[None]]


class Switchboard(Generic[AnyLink, Message]):
    """All accounts connect here, each as often as it likes; what is for one comes over any of its connections."""

    def __init__(
        self,
        world: World,
        kind: str,
        link: Callable[[asyncio.StreamReader, asyncio.StreamWriter], AnyLink],
        *,
        login: str,
        code_format: str,
    ) -> None:
        """Accounts of a `kind` are known by their setting `login`; codes of refusals are noted in `code_format`."""
        self._world = world
        self._kind = kind
        self._link = link
        self._code_format = code_format
        self._accounts = {account.settings[login]: account for account in world.config.of_kind(kind)}
        self._links: dict[str, list[AnyLink]] = defaultdict(list)
        self._everybody: dict[AnyLink, asyncio.Task[None]] = {}
        self._turn = itertools.count()
        self._changed = asyncio.Condition()

    @asynccontextmanager
    async def open(self, port: int, submit: Submit[AnyLink]) -> AsyncIterator[None]:
        """Listen for the length of the `async with`, if any account connects here."""
        if not self._accounts:
            yield
            return

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            link = self._link(reader, writer)
            self._everybody[link] = asyncio.ensure_future(self._serve(link, submit))

        server = await asyncio.start_server(serve, self._world.config.host, port)
        try:
            yield
        finally:
            server.close()
            for link in self._everybody:
                link.hang_up()
            await asyncio.gather(*self._everybody.values())

    def links(self, account: AccountConfig) -> Sequence[AnyLink]:
        """The connections of an account."""
        return tuple(self._links[account.id])

    def hang_up(self, account: AccountConfig) -> None:
        """Drop the connections of an account, as networks do."""
        for link in self.links(account):
            link.hang_up()

    def commands(self) -> dict[str, Command]:
        """What tests can do and see."""
        return {
            "hang_up": lambda account, _asked: self.hang_up(account),
            "links": lambda account, _asked: len(self.links(account)),
            "most_outstanding": lambda account, _asked: self._most_outstanding(account),
        }

    def refused(self, status: int, text: str) -> None:
        """Note what was not accepted."""
        where, code = self._kind.removeprefix("sms_"), format(status, self._code_format)
        self._world.books.write(Refused(at=self._world.clock(), where=where, code=code, text=text))

    async def bring(self, account: AccountConfig, about: str, messages: Sequence[Message]) -> None:
        """Deliver until all is taken or we give up; each attempt is in the books."""
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
        self, account: AccountConfig, about: str, messages: Sequence[Message], attempt: int
    ) -> list[Message]:
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

    async def _deliver(self, account: AccountConfig, message: Message) -> tuple[Outcome, str]:
        links = [link for link in self.links(account) if link.receives]
        if not links:
            return Outcome.UNREACHABLE, "there is no connection"
        return await links[next(self._turn) % len(links)].deliver(message)

    def _most_outstanding(self, account: AccountConfig) -> int:
        """How many submissions of one open connection ever waited for their answers at once."""
        return max((link.most_outstanding for link in self.links(account)), default=0)

    async def _serve(self, link: AnyLink, submit: Submit[AnyLink]) -> None:
        with suppress(AnotherLanguage, asyncio.IncompleteReadError, ConnectionError):
            try:
                account = await link.let_in(self._accounts)
            except NotLetIn as refusal:
                self.refused(refusal.status, str(refusal))
            else:
                await self._hold(link, account, submit)
        link.hang_up()
        del self._everybody[link]

    async def _hold(self, link: AnyLink, account: AccountConfig, submit: Submit[AnyLink]) -> None:
        self._links[account.id].append(link)
        async with self._changed:
            self._changed.notify_all()
        try:
            await link.serve(account, submit)
        finally:
            self._links[account.id].remove(link)
