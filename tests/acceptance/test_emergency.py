"""The emergency switch: whoever waits or writes hears the announcement on their channel, until it is off again."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from conversations.ids import new_id
from tests.support.agent import Agent, browser
from tests.support.office import KINDS, Correspondent, Customer, Office
from tests.support.product import sign_in_link

pytestmark = pytest.mark.asyncio(loop_scope="module")

WITHIN = 10.0
"""Seconds in which the switch takes effect, both ways."""


@asynccontextmanager
async def supervising(office: Office) -> AsyncIterator[Agent]:
    """Somebody who may move the switch."""
    words = ["user", "add", "boss", "--name", "Boss", "--role", "supervisor"]
    async with browser() as http:
        boss = Agent(http, office.product.gateways[-1])
        await boss.come_in(sign_in_link(await asyncio.to_thread(office.product.command, *words)))
        yield boss


async def switch(boss: Agent, path: str, **content: object) -> None:
    status, said = await boss.write(path, {"reason": "the core is down", **content})
    assert status < 300, said


async def writing(office: Office, kind: str) -> Customer:
    """Somebody new, who has written."""
    customer = await office.customer(kind)
    await customer.writes(f"你好 {new_id()[-8:]}")
    return customer


async def hears(office: Office, customer: Correspondent, text: str) -> bool:
    return any(text in heard.text for heard in await office.lab.heard(customer.kind, customer.name))


async def test_every_channel_hears_it_within_ten_seconds_and_no_longer_once_it_is_over(at_demo: Office) -> None:
    office, announced = at_demo, f"系统故障 {new_id()[-8:]}"
    async with supervising(office) as boss:
        waiting = [await writing(office, kind) for kind in KINDS]
        await switch(boss, "emergency", texts={"zh-CN": announced})
        async with asyncio.timeout(WITHIN):
            await asyncio.gather(*(customer.sees(announced) for customer in waiting))
        async with asyncio.timeout(WITHIN):
            await (await writing(office, "sms_aliyun")).sees(announced)
        await switch(boss, "emergency/end")
        afterwards = await writing(office, "sms_aliyun")
        assert isinstance(afterwards, Correspondent)
        # What another switch says after it has gone out to them: nothing of the first one was on its way.
        await switch(boss, "emergency", texts={"zh-CN": (again := f"再次故障 {new_id()[-8:]}")})
        await afterwards.sees(again)
        assert not await hears(office, afterwards, announced)
        await switch(boss, "emergency/end")
