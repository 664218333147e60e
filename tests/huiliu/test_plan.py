"""`huiliu plan`: this house and a day of it, as `huiliu simulate` reads them."""

import asyncio
import csv
import json
import shlex
from pathlib import Path

import pytest

from conversations.ids import StepId
from conversations.overflow import Remedy, Step, Trigger
from huiliu.opening import prepare
from storage import overflow, queues
from storage.database import Transaction
from tests.support.builders import NOW
from tests.support.commands import CommandLine
from tests.support.day import Day, a_day

THAT_DAY = ("--day", f"{NOW:%Y-%m-%d}")


async def _live(url: str) -> None:
    async with a_day(url, 0) as day:
        await day.live()
        await day.database.write(_decide, day)


def _decide(transaction: Transaction, day: Day) -> None:
    cards, loans = day.queues
    step = Step(id=StepId("s"), queue_id=cards, trigger=Trigger.WAITING, remedy=Remedy.WIDEN, limit=8, release=4)
    helped = Step(**vars(step) | {"helpers": frozenset((loans,))})
    overflow.save(transaction, helped, NOW, "test")
    queues.change(transaction, cards, {"offer_seconds": 15}, NOW, "test")


def test_a_day_is_written_down_and_played_again(huiliu: CommandLine, tmp_path: Path) -> None:
    asyncio.run(_live(huiliu.settings.database_url))
    said = huiliu.done("plan", str(tmp_path / "that day"), *THAT_DAY)
    plan, history = tmp_path / "that day" / "plan.json", tmp_path / "that day" / "history.csv"
    customers = list(csv.DictReader(history.read_text().splitlines()))
    house = json.loads(plan.read_text())
    agents = sum(group["count"] for group in house["agents"])
    assert said.startswith(f"{len(customers)} customers, {agents} agents, 2 queues.")
    loans, _ = house["queues"]
    assert (loans["name"], loans["accept"]) == ("贷款", "15s")
    helped = {"trigger": "waiting", "remedy": "widen", "limit": 8, "release": 4, "helpers": ["信用卡"]}
    assert helped in loans["overflow"]
    again = shlex.split(said.splitlines()[-1])
    played = json.loads(huiliu.done(*again[1:], "--json", "--runs", "5"))
    assert played["queues"][-1]["offered"]["value"] == len(customers)


def test_what_somebody_may_have_changed_is_not_overwritten(on_sqlite: CommandLine, tmp_path: Path) -> None:
    asyncio.run(_live(on_sqlite.settings.database_url))
    (tmp_path / "plan.json").write_text("mine")
    assert "plan.json exists already: choose another folder." in on_sqlite.refused("plan", str(tmp_path), *THAT_DAY)
    assert (tmp_path / "plan.json").read_text() == "mine"


@pytest.mark.parametrize("words", [(), ("--day", "2020-01-01")])
def test_a_day_on_which_nobody_was_served_is_refused(
    on_sqlite: CommandLine, tmp_path: Path, words: tuple[str, ...]
) -> None:
    asyncio.run(prepare(on_sqlite.settings))
    assert "name another --day" in on_sqlite.refused("plan", str(tmp_path / "d"), *words)
    assert not (tmp_path / "d").exists()
