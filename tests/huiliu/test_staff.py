"""`huiliu staff`: agents for each part of a day, from a history or from counted parts."""

import json
from pathlib import Path

import pytest

from tests.support.commands import CommandLine

PARTS = "from,customers,handle_seconds,queue\n9:00,100,180,cards\n09:30,20,300,cards\n09:00,0,0,loans\n"

HISTORY = "arrived,handle_seconds\n2026-11-20 09:10:00,60\n2026-11-20 09:20:00,120\n2026-11-20 10:20:00,60\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "day.csv"


def test_parts_of_a_day_take_so_many_agents(on_sqlite: CommandLine, file: Path) -> None:
    file.write_text(PARTS)
    found = json.loads(on_sqlite.done("staff", str(file), "--away", "30", "--json"))
    assert [(each["queue"], each["from"], each["agents"], each["rostered"]) for each in found] == [
        ("cards", "09:00", 14, 20),
        ("cards", "09:30", 6, 9),
        ("loans", "09:00", 0, 0),
    ]


def test_a_history_is_counted_first(on_sqlite: CommandLine, file: Path) -> None:
    """Agents for an hour each: two come from nine on, and one from ten on; one agent would answer both in time."""
    file.write_text(HISTORY)
    shown = on_sqlite.done("staff", str(file), "--interval", "1h")
    assert "all    09:00  2.0        90 s" in shown
    assert "all    10:00  1.0        60 s" in shown
    assert "hours on the roster." in shown


def test_every_wrong_line_is_named(on_sqlite: CommandLine, file: Path) -> None:
    file.write_text("from,customers,handle_seconds\nnine,1,60\n09:00,many,60\n09:30,1,-\n")
    refused = on_sqlite.refused("staff", str(file))
    for line in ("line 2: from: 'nine'", "line 3: customers: 'many'", "line 4: handle_seconds: '-'"):
        assert line in refused
