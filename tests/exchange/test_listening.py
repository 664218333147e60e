"""Listening: one listener where one is wanted, cursor and news together, and no word from one that was replaced."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import ClassVar, Self

import pytest

from channels.contract import Ear, Parsed, Surroundings, WebhookRequest
from conversations.errors import ProviderUnavailable
from conversations.ids import AccountId
from exchange.accounts import AccountBook
from exchange.arrivals import LeftOff
from exchange.listening import LEASE_SECONDS, AccountEar, Listening
from storage import leases, listeners, tables
from storage.leases import LeaseLost
from tests.support.builders import VAULT
from tests.support.core import SMS, Core, running
from tests.support.eventually import eventually
from tests.support.fake_channel import FakeChannel, FakeProvider
from tests.support.surroundings import open_surroundings

Script = Callable[[Ear], Awaitable[None]]


class ListeningChannel(FakeChannel):
    """One account listens as `script` says, the others hear nothing."""

    listens_everywhere: ClassVar[bool] = False
    script: ClassVar[Script]
    account: AccountId

    @classmethod
    def create(cls, account: AccountId, settings: Mapping[str, str], around: Surroundings) -> Self:
        """Remember which account it is."""
        made = super().create(account, settings, around)
        made.account = account
        return made

    async def listen(self, ear: Ear) -> None:
        """Follow the script."""
        await (type(self).script(ear) if self.account == SMS else asyncio.Event().wait())


def a_mail(core: Core, key: str, body: bytes = b"") -> WebhookRequest:
    said = json.dumps({"key": key, "from": "+8613800138000", "text": f"mail {key}"}).encode()
    return WebhookRequest(method="IMAP", url="imap:", body=body or said, received_at=core.clock())


@asynccontextmanager
async def listening(
    core: Core, script: Script, *, everywhere: bool = False, holder: str = "one", well_after: float = 30
) -> AsyncIterator[None]:
    """A process that listens."""

    class Bound(ListeningChannel):
        pass

    Bound.provider, Bound.script, Bound.listens_everywhere = FakeProvider(), staticmethod(script), everywhere
    async with open_surroundings() as around:
        book = AccountBook(core.database, VAULT, around, {"fake": Bound})
        await book.load()
        made = Listening(core.database, book, core.intake, core.clock, holder, well_after)
        core.database.on_commit(made.hear)
        async with running(made.run()):
            yield


async def forever() -> None:
    await asyncio.Event().wait()


async def soon(event: asyncio.Event) -> None:
    await asyncio.wait_for(event.wait(), 30)


async def test_listening_goes_on_from_the_cursor_that_was_committed_with_the_news(core: Core) -> None:
    cursors, again = list[str](), asyncio.Event()

    async def listen(ear: Ear) -> None:
        cursors.append(await ear.cursor())
        if len(cursors) > 1:
            again.set()
            await forever()
        await ear.take([a_mail(core, "1"), a_mail(core, "2")], "2")
        raise ProviderUnavailable("the line is dropped")

    async with listening(core, listen):
        await soon(again)
    assert cursors == ["", "2"]
    assert {row.key for row in await core.rows(tables.messages)} == {"1", "2"}
    (account,) = [row for row in await core.rows(tables.accounts) if row.id == SMS]
    assert (account.last_error, account.last_heard_at) == ("the line is dropped", core.clock())


async def test_what_cannot_be_read_goes_to_quarantine_and_holds_nobody_up(core: Core) -> None:
    taken = asyncio.Event()

    async def listen(ear: Ear) -> None:
        await ear.take([a_mail(core, "1"), a_mail(core, "2", b"rubbish"), a_mail(core, "3")], "3")
        taken.set()
        await forever()

    async with listening(core, listen):
        await soon(taken)
    assert {row.key for row in await core.rows(tables.messages)} == {"1", "3"}
    (held,) = await core.rows(tables.quarantine)
    assert (held.method, held.body) == ("IMAP", b"rubbish")
    assert await core.database.read(listeners.cursor, SMS) == "3"


async def test_a_webhook_wakes_the_listener_with_its_word_once(core: Core) -> None:
    words, ready, woken = list[str](), asyncio.Event(), asyncio.Event()

    async def listen(ear: Ear) -> None:
        ready.set()
        words.append(await ear.wait(60))
        words.append(await ear.wait(0.01))
        woken.set()
        await forever()

    async with listening(core, listen):
        await soon(ready)
        request = WebhookRequest(method="POST", url="https://huiliu.example", received_at=core.clock())
        await core.intake.accept(SMS, request, Parsed((), wakes="token-1"), trace="trace")
        await soon(woken)
    assert words == ["token-1", ""]


async def test_a_listener_that_goes_on_is_well(core: Core) -> None:
    async def is_well() -> bool:
        (account,) = [row for row in await core.rows(tables.accounts) if row.id == SMS]
        return account.last_ok_at is not None

    async with listening(core, lambda ear: forever(), well_after=0.01):
        await eventually(is_well, "the account works")


@pytest.mark.parametrize(("everywhere", "at_once"), [(False, 1), (True, 2)])
async def test_only_one_process_listens_unless_each_needs_the_connection(
    core: Core, other: Core, everywhere: bool, at_once: int
) -> None:
    heard = asyncio.Queue[str]()

    def script(name: str) -> Script:
        async def listen(ear: Ear) -> None:
            heard.put_nowait(name)
            await forever()

        return listen

    async with (
        listening(core, script("one"), everywhere=everywhere, holder="one"),
        listening(other, script("two"), everywhere=everywhere, holder="two"),
    ):
        names = {await asyncio.wait_for(heard.get(), 30) for _ in range(at_once)}
        assert len(names) == at_once
        assert heard.empty()


async def test_a_listener_that_was_replaced_commits_nothing(core: Core) -> None:
    endpoint = core.accounts.get(SMS)
    assert endpoint is not None
    ear = AccountEar(core.database, core.intake, endpoint)
    until = core.clock() + timedelta(seconds=LEASE_SECONDS)
    ear.lease = "listen:sms"
    fence = await core.database.write(leases.acquire, ear.lease, "one", core.clock(), until)
    assert fence is not None
    ear.fence = fence
    core.clock.forward(timedelta(seconds=LEASE_SECONDS + 1))
    await core.database.write(leases.acquire, ear.lease, "two", core.clock(), core.clock() + timedelta(seconds=15))
    with pytest.raises(LeaseLost):
        await ear.take([a_mail(core, "1"), a_mail(core, "2", b"rubbish")], "2")
    assert await core.rows(tables.messages) == []
    assert await core.rows(tables.quarantine) == []
    assert await ear.cursor() == ""


async def test_news_that_cannot_be_stored_together_are_stored_one_by_one(core: Core) -> None:
    endpoint = core.accounts.get(SMS)
    assert endpoint is not None
    lone = json.dumps({"key": "2", "from": "+8613800138000", "text": "\ud800"}).encode()
    await core.intake.take(endpoint, [a_mail(core, "1"), a_mail(core, "2", lone)], LeftOff("2"))
    assert {row.key for row in await core.rows(tables.messages)} == {"1"}
    assert len(await core.rows(tables.quarantine)) == 1
    assert await core.database.read(listeners.cursor, SMS) == "2"
