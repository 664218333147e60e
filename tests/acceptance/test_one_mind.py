"""One router decides at a time: another takes over from a leader that dies, and one that only slept cannot write."""

import asyncio
import signal
from collections import Counter

import pytest

from conversations.clock import utc_now
from routing.writing import LEASE
from storage import leases
from storage.database import Database
from tests.support.eventually import eventually, soon
from tests.support.office import Office
from tests.support.stored import Stored

pytestmark = pytest.mark.asyncio(loop_scope="module")

CUSTOMERS = 10


@pytest.fixture
def office(at_two_gateways: Office) -> Office:
    """Webhooks come to the first gateway; the agent's screen is at the second one."""
    return at_two_gateways


async def leader(office: Office) -> int | None:
    """The process that may decide now."""
    database = Database(office.product.settings.database_url)
    try:
        holder = await database.read(leases.holder, LEASE, utc_now())
    finally:
        await database.close()
    return None if holder is None else int(holder.rpartition("-")[2])


async def leads(office: Office, name: str, about: str) -> None:
    """Wait until this gateway decides."""

    async def is_so() -> bool:
        return await leader(office) == office.product.programs[name].pid

    await eventually(is_so, about)


async def let_the_second_lead(office: Office) -> None:
    """The first gateway resigns; webhooks can come to it again when the second one has taken over."""
    first = office.product.programs["gateway"]
    first.tell(signal.SIGINT)
    await first.ended()
    await leads(office, "gateway-2", "the second gateway leads")
    await office.product.start()


async def write(office: Office) -> None:
    """New customers write, each once."""
    customers = [await office.customer("wechat") for _ in range(CUSTOMERS)]
    await asyncio.gather(*(customer.writes("在吗") for customer in customers))


def assignments(stored: Stored) -> Counter[str]:
    """How often the router gave each conversation to somebody."""
    return Counter(move.conversation for move in stored.moves if move.assignee is not None and move.by_router)


async def are_served(office: Office, conversations: int) -> Stored:
    """Wait until so many conversations have an agent; the database then."""

    async def look() -> Stored | None:
        stored = await office.stored()
        return stored if len(assignments(stored)) == conversations else None

    return await eventually(look, f"{conversations} have an agent")


async def test_another_takes_over_when_the_leader_is_killed(office: Office) -> None:
    await let_the_second_lead(office)
    await office.product.kill("gateway-2")
    await write(office)
    await leads(office, "gateway", "the first gateway leads")
    await are_served(office, CUSTOMERS)
    await office.product.start()


async def test_a_leader_that_slept_beyond_its_lease_cannot_write(office: Office) -> None:
    await let_the_second_lead(office)
    before = len(assignments(await office.stored()))
    second = office.product.programs["gateway-2"]
    writing = asyncio.create_task(write(office))
    second.tell(signal.SIGSTOP)
    try:
        await leads(office, "gateway", "the first gateway leads")
        await writing
        await are_served(office, before + CUSTOMERS)
    finally:
        second.tell(signal.SIGCONT)
    await soon(lambda: "another process may be routing now" in second.log.read_text(), "the sleeper stands back")
    await write(office)
    stored = await are_served(office, before + 2 * CUSTOMERS)
    assert set(assignments(stored).values()) == {1}
    assert await leader(office) == office.product.programs["gateway"].pid
