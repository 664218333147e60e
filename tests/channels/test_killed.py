"""A process is killed when the provider has the message and nothing is written down of that yet.

It is never lost in silence: it is shown as unknown, or sent again where the channel says that this is safe.
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from conversations.account import Account
from conversations.clock import utc_now
from conversations.ids import AccountId
from conversations.message import DeliveryState
from exchange.delivery import LEASE, LONGEST_PAUSE
from lab.app import open_lab
from lab.books import Heard
from lab.config import AccountConfig, LabConfig
from storage import accounts
from tests.lab.product import QUICK
from tests.support.builders import NOW, SECRET_KEY, VAULT, SetClock
from tests.support.cmpp import SETTINGS as CMPP
from tests.support.core import Core, core
from tests.support.doomed import at_work
from tests.support.eventually import eventually, soon
from tests.support.mail_server import SILENCE, running_mail_server
from tests.support.ports import free_port
from tests.support.sampler import sampler_of

__all__ = ["core"]

SMPP = {"system_id": "huiliu", "password": "secret12", "source": "10690000"}

ENDS = [
    ("sms_smpp", {}, DeliveryState.UNKNOWN, 1),
    ("sms_smpp", {"bind_mode": "separate"}, DeliveryState.UNKNOWN, 1),
    ("sms_smpp", {"in_doubt": "again"}, DeliveryState.DELIVERED, 2),
    ("sms_cmpp", {}, DeliveryState.UNKNOWN, 1),
    ("sms_cmpp", {"in_doubt": "again"}, DeliveryState.DELIVERED, 2),
    ("email", {}, DeliveryState.ACCEPTED, 2),
]
"""A kind, its settings, what becomes of the message, and how often its provider is given it. Mail bears the same
Message-ID again."""


@dataclass(frozen=True)
class Taker:
    """A provider that takes messages and does not answer before it is told to."""

    settings: dict[str, str]
    taken: Callable[[], list[str]]
    is_ready: Callable[[], bool]
    answer: Callable[[], object]


async def a_centre(stack: AsyncExitStack, kind: str, agreed: dict[str, str], folder: Path) -> Taker:
    port = free_port()
    account = AccountConfig(id=kind, kind=kind, settings=agreed)
    config = LabConfig(accounts=(account,), data_folder=folder, timings=QUICK, smpp_port=port, cmpp_port=port)
    world, providers = await stack.enter_async_context(open_lab(config))
    world.manners.change(kind, answers="slow", seconds=600)
    sessions = 2 if agreed.get("bind_mode") == "separate" else 1
    return Taker(
        settings={**agreed, "host": "127.0.0.1", "port": str(port)},
        taken=lambda: [entry.text for entry in world.books if isinstance(entry, Heard)],
        is_ready=lambda: providers[kind].commands["links"](account, {}) == sessions,
        answer=lambda: world.manners.change(kind, answers="normal"),
    )


async def a_mail_server(stack: AsyncExitStack) -> Taker:
    server = await stack.enter_async_context(running_mail_server(DOT=SILENCE))
    return Taker(
        settings={**sampler_of("email").settings(""), "smtp_port": str(server.port)},
        taken=lambda: [mail.decode() for mail in server.mails],
        is_ready=lambda: True,
        answer=lambda: setattr(server, "says", {}),
    )


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as made:
        yield made


@pytest.mark.parametrize(("kind", "changes", "state", "times"), ENDS)
async def test_killed_between_send_and_commit(
    kind: str,
    changes: dict[str, str],
    state: DeliveryState,
    times: int,
    core: Core,
    stack: AsyncExitStack,
    tmp_path: Path,
) -> None:
    agreed = {**(SMPP if kind == "sms_smpp" else CMPP), **changes}
    taker = await (a_mail_server(stack) if kind == "email" else a_centre(stack, kind, agreed, tmp_path))
    account = Account(id=AccountId(kind), kind=kind, name=kind, settings=taker.settings)
    await core.database.write(accounts.add, VAULT, account, NOW, "test")
    doomed = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.support.doomed", core.database.url.render_as_string(False), SECRET_KEY, tmp_path
    )
    try:
        await soon(taker.is_ready, "the session of the process that will die")
        posted = await core.post_to(sampler_of(kind).address, "您好", account=account.id)
        await soon(taker.taken, "the message at the provider")
    finally:
        doomed.kill()
        await doomed.wait()
    taker.answer()
    assert (await core.delivery(posted.id)).state is DeliveryState.SUBMITTING
    clock = SetClock(utc_now() + 2 * LEASE)
    async with at_work(core.database, VAULT, tmp_path, clock) as courier:
        await soon(taker.is_ready, "the session of another process")
        await courier.sweep()

        async def is_settled() -> bool:
            clock.forward(LONGEST_PAUSE)
            await courier.drain()
            return (await core.delivery(posted.id)).state is state

        await eventually(is_settled, f"the message is {state}")
    assert len(taker.taken()) == times
