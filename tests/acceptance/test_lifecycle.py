"""Starting, stopping and starting again: nothing is left behind, and nothing is forgotten."""

import os
import re
import signal
import time
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from conversations.clock import utc_now
from tests.support.agent import Agent, Json, browser
from tests.support.eventually import eventually, soon
from tests.support.office import Office, opened
from tests.support.processes import Pid
from tests.support.product import Product, demo, running, sign_in_link

READY_AGAIN = 45.0
"""Seconds for the second start, on a machine that is busy with other tests."""

PARTS = ("valkey-server", "huiliu worker", "huiliu schedule", "-m lab")
"""What runs beside the main process."""


def quiet_now() -> str:
    """Quiet hours that hold now, by the clock of contacts without one of their own."""
    now = utc_now().astimezone(ZoneInfo("Asia/Shanghai"))
    return f"{now - timedelta(hours=1):%H:%M}-{now + timedelta(hours=2):%H:%M}"


async def test_from_the_first_start_to_the_second(tmp_path: Path) -> None:
    """The printed link lets the administrator in once; Ctrl-C leaves no process; everything is there again."""
    product = demo(tmp_path / "data", HUILIU_SURVEY_DELAY="0s", HUILIU_QUIET_HOURS=quiet_now())
    async with running(product):
        await administrator_comes_in(product)
        async with opened(product) as office:
            settled = await settle_in_quiet_hours(office)
        await stops_without_a_trace(product)
        printed = len(product.output())
        began = time.monotonic()
        await product.start()
        assert time.monotonic() - began < READY_AGAIN
        async with browser() as http:
            agent = Agent(http, product.url)
            await agent.sign_in("admin")
            assert (await agent.conversation(settled["id"]))["conversation"]["state"] == "resolved"
        assert "/sign-in/link/" not in product.output()[printed:]


async def administrator_comes_in(product: Product) -> None:
    """By the link that was printed, which is good once."""
    async with browser() as http:
        agent = Agent(http, product.url)
        link = sign_in_link(product.output())
        await agent.come_in(link)
        await agent.state("ready")
        assert (await agent.get("me"))["state"] == "ready"
        async with http.post(f"{product.url}{link}") as answer:
            assert answer.status == 403


async def settle_in_quiet_hours(office: Office) -> Json:
    """A matter that is settled in quiet hours; its survey is put off until they end."""
    customer = await office.customer("wechat")
    await customer.writes("晚上好")
    row = await office.screen.shows_assigned("晚上好")
    await office.agent.resolve(row["id"], reason="夜间测试")

    async def postponed() -> Json | None:
        (invitation,) = (await office.agent.conversation(row["id"]))["invitations"]
        return invitation if "quiet hours" in invitation["reason"] else None

    invitation = await eventually(postponed, "the survey is put off")
    assert datetime.fromisoformat(invitation["due_at"]) > utc_now() + timedelta(hours=1)
    assert invitation["sent_at"] is None
    return row


async def stops_without_a_trace(product: Product) -> None:
    """Ctrl-C ends the main process well, and everything that it started."""
    family = product.tree()
    assert [part for part in PARTS if not any(part in line for line in family.values())] == []
    assert await product.stop(signal.SIGINT) == [0]
    assert [line for pid, line in family.items() if pid.is_alive] == []


async def test_kill_9_of_the_main_process_leaves_no_orphan(tmp_path: Path) -> None:
    """Redis, worker, schedule and lab follow it, so that the next start finds its ports and its folder free."""
    product = demo(tmp_path / "data")
    async with running(product):
        family = product.tree()
        assert len(family) == 1 + len(PARTS)
        await product.kill("demo")
        await soon(lambda: not any(pid.is_alive for pid in family), "everything is gone")
        await product.start()


async def test_a_part_that_dies_is_started_again(tmp_path: Path) -> None:
    """Worker, schedule, Redis and lab have the main process behind them."""
    product = demo(tmp_path / "data")
    async with running(product):
        before = {part: product.process(part) for part in PARTS}
        for pid in before.values():
            os.kill(pid.number, signal.SIGKILL)
        for part, pid in before.items():
            await soon(partial(replaced, product, part, pid), f"another {part}")
        await product.ready()
        assert len(re.findall("is started again|starting it again", product.log())) == len(PARTS)


def replaced(product: Product, part: str, before: Pid) -> bool:
    """Whether another process does this part now."""
    return any(part in line and pid != before for pid, line in product.tree().items())
