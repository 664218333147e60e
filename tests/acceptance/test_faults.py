"""What breaks while customers write: a screen's line, the gateway, Redis. Nothing is lost, nothing is said twice."""

import asyncio
import os
import shutil
import signal

import pytest

from lab.books import Answered, Outcome
from tests.support.agent import Json
from tests.support.comparison import Differences, compare
from tests.support.eventually import eventually, soon
from tests.support.office import Office

pytestmark = pytest.mark.asyncio(loop_scope="module")

CROWD = 240
CUSTOMERS = 24
A_SECOND = 40

LEASE = 120.0
"""Seconds after which a part whose sender was killed is surely called `unknown`."""


@pytest.fixture
def office(at_serve: Office) -> Office:
    """One product for all of them; the lab is outside of it."""
    return at_serve


async def crowd(office: Office, messages: int = CROWD) -> Json:
    """Many customers write on three channels; returns when each message was taken or given up."""
    accounts = [office.lab.account(kind) for kind in ("wechat", "sms_aliyun", "email")]
    asked = {"accounts": accounts, "messages": messages, "customers": CUSTOMERS, "rate": A_SECOND}
    return await office.lab.post("crowd", asked)


async def answer_all(office: Office) -> None:
    """An agent who answers each conversation on the screen once, until cancelled."""
    answered: set[str] = set()
    while True:
        for row in list(office.screen.conversations.values()):
            if row["state"] == "assigned" and row["id"] not in answered:
                answered.add(row["id"])
                await office.reply(row["id"], f"收到 {row['id']}")
        await asyncio.sleep(0.05)


async def taken(office: Office) -> int:
    """How many deliveries the product has taken until now."""
    entries = await office.lab.books()
    return sum(isinstance(entry, Answered) and entry.outcome is Outcome.TAKEN for entry in entries)


async def test_a_screen_that_was_away_equals_the_database(office: Office) -> None:
    """The line breaks, fifty things happen, the line is back: the same frames bring the screen to the present."""
    await crowd(office, messages=CUSTOMERS)
    rows = await soon(lambda: with_an_agent(office, CUSTOMERS), "everybody has an agent")
    await office.screen.drop()
    await crowd(office, messages=2 * CUSTOMERS)
    for row in rows[:10]:
        await office.reply(row["id"], f"稍等 {row['id']}")
    for row in rows[:5]:
        await office.agent.resolve(row["id"])
    await office.is_quiet()
    resets = office.screen.resets
    office.screen.connect()

    async def is_equal() -> bool:
        return await truth(office) == shown(office)

    await eventually(is_equal, "the screen equals the database")
    assert office.screen.resets == resets


def with_an_agent(office: Office, wanted: int) -> list[Json] | None:
    """The rows on the screen that are with the agent, when there are so many."""
    rows = [row for row in office.screen.conversations.values() if row["assignee"]]
    return rows if len(rows) >= wanted else None


async def truth(office: Office) -> tuple[dict[str, Json], dict[str, Json]]:
    """Conversations and messages as the API tells them."""
    rows = await office.agent.listed("open") | await office.agent.listed("resolved")
    said = [message for row in rows for message in (await office.agent.conversation(row))["messages"]]
    return rows, {message["id"]: message for message in said}


def shown(office: Office) -> tuple[dict[str, Json], dict[str, Json]]:
    """Conversations and messages as the screen shows them."""
    return office.screen.conversations, office.screen.messages


async def test_the_gateway_is_killed_under_load(office: Office) -> None:
    """What was answered with success is there once; what the agent was promised is sent once, or shown as unknown."""
    visitor = await office.visitor()
    before = await taken(office)
    writing = asyncio.create_task(crowd(office))
    answering = asyncio.create_task(answer_all(office))

    async def is_busy() -> bool:
        return await taken(office) >= before + CROWD // 4

    await eventually(is_busy, "the crowd is in full swing")
    said = [visitor.begin(f"第 {number} 句") for number in range(5)]
    await office.product.kill("serve")
    said += [visitor.begin(f"第 {number} 句") for number in range(5, 10)]
    await office.product.start()
    await soon(lambda: not visitor.has_unsent, "the web chat says again what was not committed")
    tally = await writing
    assert tally["taken"] > CROWD // 2
    await soon(lambda: all(office.screen.messages.get(each) for each in office.promised), "the screen is back")
    answering.cancel()
    stored = await office.is_quiet(within=LEASE)
    assert {each.key for each in said} <= {each.external_id for each in stored.arrived}
    assert compare(await office.books(), stored) == Differences()


async def test_redis_is_killed_and_wiped(office: Office) -> None:
    """It is the bell and the list of jobs, never the truth: messages, replies and surveys go on."""
    redis = office.product.process("valkey-server")
    os.kill(redis.number, signal.SIGKILL)
    shutil.rmtree(office.product.folder / "redis" / "appendonlydir")
    for kind in ("wechat", "webchat"):
        customer = await office.customer(kind)
        await customer.writes(f"Redis 没了，{kind}")
        row = await office.screen.shows_assigned(f"Redis 没了，{kind}")
        await office.reply(row["id"], f"没关系 {kind}")
        await customer.sees(f"没关系 {kind}")
        await office.agent.resolve(row["id"])
        await customer.rates(5)
        await office.screen.shows(id=row["id"], state="resolved", score=5)
    await soon(lambda: office.product.process("valkey-server") != redis, "another Redis")
