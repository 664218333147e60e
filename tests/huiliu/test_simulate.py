"""`huiliu simulate`: what people and programs are told, and what is refused."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from huiliu.simulation.words import Goal, Rate, duration, goal, rate, share
from tests.support.commands import CommandLine

SHORT = ("--length", "1h", "--warm-up", "10m", "--runs", "5")
"""Enough to see that it works."""

CHANCE = ("--arrivals", "100/30m", "--handle", "180s")

PLAN = """
[[queues]]
name = "cards"
arrivals = "60/h"
handle = "3m"
patience = "2m"

[[queues]]
name = "loans"
arrivals = "12/h"
handle = "5m"
constant = true
priority = 1

[[agents]]
name = "only cards"
count = 2
queues = ["cards"]

[[agents]]
name = "both"
count = 1
capacity = 2
"""

HISTORY = """arrived,handle_seconds,queue,agent
2026-11-20 09:10:00,60,cards,Li
2026-11-20 09:00:00,60,cards,Li
2026-11-20 09:00:30,60,,
2026-11-20 09:00:30,120,cards,Wang
"""


def overflowing(trigger: str, remedy: str = "alert", **more: object) -> str:
    """The plan with a step of overflow in its second queue."""
    written = ({"trigger": trigger} if trigger else {}) | {"remedy": remedy} | more
    lines = "\n".join(f"{name} = {json.dumps(value)}" for name, value in written.items())
    return PLAN.replace("priority = 1\n", f"\n[[queues.overflow]]\n{lines}\n")


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    return written(tmp_path / "plan.toml", PLAN)


def written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def answer(huiliu: CommandLine, *words: str | Path) -> Any:
    return json.loads(huiliu.done("simulate", "--json", *map(str, words)))


def queues(found: Any) -> dict[str, Any]:
    return {each["name"]: each for each in found["queues"]}


def test_people_see_figures_their_intervals_theory_and_a_chart(on_sqlite: CommandLine) -> None:
    printed = on_sqlite.done("simulate", *CHANCE, "--agents", "14", *SHORT)
    # Erlang C for 10 erlangs and 14 agents says 88.8 %.
    assert re.search(r"^service level +\S+ % \(\S+–\S+\) +88\.8 % *$", printed, re.MULTILINE)
    assert "0:55 " in printed
    assert "█" in printed
    assert not on_sqlite.settings.data_dir.exists()


def test_the_same_seed_prints_the_same_and_another_one_something_else(on_sqlite: CommandLine) -> None:
    words = ("simulate", *CHANCE, "--agents", "14", *SHORT)
    assert on_sqlite.done(*words) == on_sqlite.done(*words)
    assert on_sqlite.done(*words) != on_sqlite.done(*words, "--seed", "2")


def test_programs_get_the_same_with_times_in_seconds_and_shares_from_0_to_1(on_sqlite: CommandLine) -> None:
    found = answer(on_sqlite, *CHANCE, "--agents", "14", *SHORT)
    assert (found["length"], found["warm_up"], found["within"], found["runs"]) == (3600, 600, 20, 5)
    assert found["erlang_c"]["service_level"] == pytest.approx(0.888350, abs=1e-6)
    level = queues(found)["all"]["service_level"]
    assert 0 <= level["low"] <= level["value"] <= level["high"] <= 1
    assert len(queues(found)["all"]["waits_over_time"]) == 12


def test_the_fewest_agents_for_a_target_and_their_neighbours(on_sqlite: CommandLine) -> None:
    found = answer(on_sqlite, *CHANCE, "--target", "80/20", *SHORT)
    levels = {each["count"]: each["service_level"]["value"] for each in found["target"]["neighbours"]}
    count = found["target"]["count"]
    assert list(levels) == [count - 2, count - 1, count, count + 1, count + 2]
    assert levels[count - 1] < 0.8 <= levels[count]
    # Erlang C: 13 agents answer 81 % in time, 12 only 68 %.
    assert count in (12, 13, 14)
    assert found["agents"] == [{"name": "agents", "count": count, "capacity": 1, "queues": ["all"]}]
    printed = on_sqlite.done("simulate", *CHANCE, "--target", "80/20", *SHORT)
    assert f"{count} agents are enough" in printed
    # Five short runs cannot tell exactly, and say so.
    unsure = [
        each
        for each in found["target"]["neighbours"]
        if each["service_level"]["low"] < 0.8 <= each["service_level"]["high"]
    ]
    assert f"lies within the interval of {' and '.join(str(each['count']) for each in unsure)}: more --runs" in printed


def test_a_plan_has_queues_and_groups(on_sqlite: CommandLine, plan: Path) -> None:
    found = answer(on_sqlite, "--plan", plan, *SHORT)
    cards, loans, together = (queues(found)[name] for name in ("cards", "loans", "together"))
    assert cards["given_up"]["value"] > 0
    assert loans["given_up"]["value"] == 0
    assert together["offered"]["value"] == cards["offered"]["value"] + loans["offered"]["value"]
    assert found["erlang_c"] is None
    groups = [(each["name"], each["count"], each["capacity"], each["queues"]) for each in found["agents"]]
    assert groups == [("only cards", 2, 1, ["cards"]), ("both", 1, 2, ["cards", "loans"])]


def test_a_plan_in_json_says_the_same(on_sqlite: CommandLine, plan: Path, tmp_path: Path) -> None:
    queue = {"name": "cards", "arrivals": "60/h", "handle": "3m"}
    same = written(tmp_path / "plan.json", json.dumps({"queues": [queue], "agents": [{"count": 4}]}))
    toml = '[[queues]]\nname = "cards"\narrivals = "60/h"\nhandle = "3m"\n[[agents]]\ncount = 4\n'
    plan.write_text(toml)
    assert answer(on_sqlite, "--plan", same, *SHORT) == answer(on_sqlite, "--plan", plan, *SHORT)


def test_the_group_that_is_looked_for_in_a_plan(on_sqlite: CommandLine, plan: Path) -> None:
    assert "--group whose number is looked for: only cards, both" in on_sqlite.refused(
        "simulate", "--plan", str(plan), "--target", "80/20"
    )
    found = answer(on_sqlite, "--plan", plan, "--target", "80/20", "--group", "both", *SHORT)
    assert found["target"]["group"] == "both"
    reached = [queues(found)[name]["service_level"]["value"] for name in ("cards", "loans")]
    assert min(reached) >= 0.8


def test_a_day_that_was_comes_again(on_sqlite: CommandLine, tmp_path: Path) -> None:
    history = written(tmp_path / "day.csv", HISTORY)
    found = answer(on_sqlite, "--history", history, "--agents", "1")
    assert {name: each["offered"]["value"] for name, each in queues(found).items()} == {
        "cards": 3,
        "all": 1,
        "together": 4,
    }
    # From 9:00:00 to just after 9:10:00.
    assert found["length"] == 601
    assert found["warm_up"] == 0
    assert "09:00 " in on_sqlite.done("simulate", "--history", str(history), "--agents", "1")


def test_a_history_takes_groups_and_patience_from_a_plan(on_sqlite: CommandLine, tmp_path: Path) -> None:
    history = written(tmp_path / "day.csv", HISTORY)
    plan = written(
        tmp_path / "plan.toml",
        '[[queues]]\nname = "cards"\npatience = "1s"\n[[queues]]\nname = "all"\n[[agents]]\ncount = 1\n',
    )
    found = queues(answer(on_sqlite, "--history", history, "--plan", plan))
    assert found["cards"]["given_up"]["value"] > 0
    assert found["all"]["given_up"]["value"] == 0


def test_skills_of_a_plan_and_of_a_history(on_sqlite: CommandLine, tmp_path: Path) -> None:
    rows = "arrived,handle_seconds,skill\n2026-11-20 09:00,60,english\n2026-11-20 09:00,60,\n2026-11-20 09:01,60,\n"
    history = written(tmp_path / "day.csv", rows)
    plan = '[[queues]]\nname = "all"\n[[agents]]\ncount = 1\nskills = {english = 1}\n[[agents]]\ncount = 1\n'
    able = queues(answer(on_sqlite, "--history", history, "--plan", written(tmp_path / "a.toml", plan)))
    assert able["all"]["answered"]["value"] == 3
    unable = written(tmp_path / "b.toml", plan.replace("skills = {english = 1}", ""))
    assert queues(answer(on_sqlite, "--history", history, "--plan", unable))["all"]["still_waiting"]["value"] == 1
    said = on_sqlite.done("simulate", "--history", str(history), "--plan", str(unable))
    assert "all: nobody works there who has the skill english at level 1." in said


def test_the_centre_of_the_docs(on_sqlite: CommandLine) -> None:
    centre = Path(__file__).parents[2] / "docs" / "howto" / "centre.toml"
    found = answer(on_sqlite, "--plan", centre, *SHORT)
    told = queues(found)
    assert list(told) == ["卡服务", "贷款", "English", "邮件", "together"]
    assert told["卡服务"]["lapsed_offers"]["value"] > 0
    assert told["贷款"]["got_whom_they_know"]["value"] > 0.5
    assert told["English"]["got_whom_they_know"] is None
    assert [each["trigger"] for each in told["together"]["overflow"]] == ["waiting", "level", "waited"]
    assert [each["queue"] for each in told["English"]["overflow"]] == ["English"]
    printed = on_sqlite.done("simulate", "--plan", str(centre), *SHORT)
    assert re.search(r"^贷款 +█\S* +\S+ % +█\S* +\S+ s +█\S* +\S+ % *$", printed, re.MULTILINE)
    assert re.search(r"^卡服务 +More than 8 wait +others help: 贷款 +\S+ \(", printed, re.MULTILINE)
    assert "Erlang C" not in printed


def test_queues_in_which_nobody_waits_are_drawn_too(on_sqlite: CommandLine, plan: Path) -> None:
    plan.write_text(PLAN.replace("count = 1", "count = 50"))
    assert re.search(
        r"^loans +\S+ +100 % +0\.0 s", on_sqlite.done("simulate", "--plan", str(plan), *SHORT), re.MULTILINE
    )


def test_helpers_count_as_those_who_work_there(on_sqlite: CommandLine, plan: Path) -> None:
    alone = PLAN.replace('name = "both"', 'name = "both"\nqueues = ["loans"]').replace("count = 2", "count = 40")
    plan.write_text(alone.replace('arrivals = "12/h"', 'arrivals = "120/h"'))
    assert "are too many for 2 places" in on_sqlite.done("simulate", "--plan", str(plan), *SHORT)
    plan.write_text(plan.read_text() + '[[merged]]\nqueues = ["cards", "loans"]\n')
    assert "are too many" not in on_sqlite.done("simulate", "--plan", str(plan), *SHORT)


def test_no_number_of_agents_is_enough_where_all_lack_the_skill(on_sqlite: CommandLine, plan: Path) -> None:
    plan.write_text(PLAN.replace('name = "loans"', 'name = "loans"\nskill = "english"\nskill_level = 2'))
    words = ("simulate", "--plan", str(plan), "--target", "80/20", "--group", "both")
    assert "both: they lack a skill, so no number is enough: english at level 2 in loans." in on_sqlite.refused(*words)
    plan.write_text(plan.read_text() + "skills = {english = 2}")
    assert on_sqlite(*words, *SHORT).exit_code == 0


def test_no_number_of_agents_is_enough_where_nobody_comes(on_sqlite: CommandLine, tmp_path: Path) -> None:
    history = written(tmp_path / "day.csv", "arrived,handle_seconds,queue\n2026-11-20 09:00,60,cards\n")
    plan = written(
        tmp_path / "plan.toml",
        '[[queues]]\nname = "cards"\n[[queues]]\nname = "loans"\n'
        '[[agents]]\nname = "few"\ncount = 1\nqueues = ["loans"]\n[[agents]]\ncount = 1\n',
    )
    words = ("simulate", "--history", str(history), "--plan", str(plan), "--target", "80/20", "--group", "few")
    assert "few: nobody comes to their queues." in on_sqlite.refused(*words)


def test_too_few_agents_are_called_so(on_sqlite: CommandLine) -> None:
    printed = on_sqlite.done("simulate", *CHANCE, "--agents", "10", *SHORT)
    assert "10.0 conversations at a time are too many for 10 places" in printed
    assert "Erlang C" not in printed


def test_so_many_agents_that_nobody_waits(on_sqlite: CommandLine) -> None:
    found = answer(on_sqlite, *CHANCE, "--agents", "60", *SHORT)
    assert queues(found)["all"]["longest_wait"] == {"value": 0, "low": 0, "high": 0}
    assert on_sqlite("simulate", *CHANCE, "--agents", "60", *SHORT).exit_code == 0


@pytest.mark.parametrize(
    ("words", "advice"),
    [
        ((), "Say who comes: --arrivals 100/30m --handle 180s"),
        (("--arrivals", "9/h"), "Say who comes"),
        (CHANCE, "Say who works: --agents 14"),
        (("--arrivals", "many"), "such as 100/30m or 200/h"),
        (("--arrivals", "0/h"), "such as 100/30m or 200/h"),
        (("--handle", "180"), "such as 180s, 3m or 1.5h"),
        (("--handle", "0s"), "Write more than 0"),
        (("--target", "100/20"), "100 % cannot be promised"),
        (("--runs", "4"), "x>=5"),
        ((*CHANCE, "--target", "80/20", "--agents", "3"), "what is looked for"),
        ((*CHANCE, "--target", "80/20", "--within", "0s"), "the time belongs to the target"),
        ((*CHANCE, "--agents", "3", "--group", "x"), "--group belongs to --target"),
    ],
)
def test_what_makes_no_sense_is_refused_with_what_to_do(
    on_sqlite: CommandLine, words: tuple[str, ...], advice: str
) -> None:
    assert advice in on_sqlite.refused("simulate", *words)


def test_files_and_rates_do_not_mix(on_sqlite: CommandLine, plan: Path, tmp_path: Path) -> None:
    history = str(written(tmp_path / "day.csv", HISTORY))
    both = on_sqlite.refused("simulate", "--plan", str(plan), "--agents", "3", "--capacity", "2")
    assert "--plan does not go with --agents and --capacity: write that into the plan" in both
    assert "come from the history" in on_sqlite.refused("simulate", "--history", history, *CHANCE)
    assert "begins and ends when it did" in on_sqlite.refused("simulate", "--history", history, "--warm-up", "0s")
    assert "take arrivals and handle of cards, loans out" in on_sqlite.refused(
        "simulate",
        "--history",
        history,
        "--plan",
        str(written(tmp_path / "two.toml", f"{PLAN}[[queues]]\nname = 'all'")),
    )
    assert "queues that the plan does not: all" in on_sqlite.refused(
        "simulate", "--history", history, "--plan", str(plan)
    )


def test_every_wrong_line_of_a_history_is_named(on_sqlite: CommandLine, tmp_path: Path) -> None:
    rows = ["arrived,handle_seconds", "2026-11-20 09:00,60", "nine,60", "2026-11-20 09:00,-1", *["x,y"] * 9]
    said = on_sqlite.refused(
        "simulate", "--agents", "1", "--history", str(written(tmp_path / "a.csv", "\n".join(rows)))
    )
    assert "line 3: arrived: 'nine' is not a time. Write it as 2026-11-20 09:00:12." in said
    assert "line 4: handle_seconds: '-1' is not a number of seconds above 0." in said
    assert "… and 10 more" in said


def test_weights_of_a_history(on_sqlite: CommandLine, tmp_path: Path) -> None:
    row = "2026-11-20 09:00,60,"
    history = written(tmp_path / "a.csv", f"arrived,handle_seconds,weight\n{row}0.25\n{row}0.25\n{row}0.5\n{row}\n")
    found = queues(answer(on_sqlite, "--agents", "1", "--capacity", "2", "--history", history))["all"]
    # Together they are two ordinary conversations.
    assert (found["offered"]["value"], found["longest_wait"]["value"]) == (4, 0)
    written(history, f"arrived,handle_seconds,weight\n{row}heavy\n")
    said = on_sqlite.refused("simulate", "--agents", "1", "--history", str(history))
    assert "line 2: weight: 'heavy' is not a weight. Write 1 for an ordinary conversation, or 0.25, 0.5, 2." in said


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("when,what\n", "line 1: there is no column arrived and no column handle_seconds"),
        ("arrived,handle_seconds\n", "has no rows"),
        ("arrived,handle_seconds\n2026-11-20T09:00,6\n2026-11-20T09:00Z,6\n", "write all in one way"),
    ],
)
def test_a_history_that_is_none(on_sqlite: CommandLine, tmp_path: Path, text: str, advice: str) -> None:
    path = written(tmp_path / "a.csv", text)
    assert advice in on_sqlite.refused("simulate", "--agents", "1", "--history", str(path))


def test_a_history_from_an_office_program_in_another_encoding(on_sqlite: CommandLine, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("arrived,handle_seconds,queue\n2026-11-20 09:00,6,卡服务\n".encode("gbk"))
    assert "Save it anew as CSV UTF-8" in on_sqlite.refused("simulate", "--agents", "1", "--history", str(path))


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("queues = 3", "queues: there must be at least one, written as [[queues]]"),
        ("nonsense", "is not TOML"),
        (PLAN.replace("[[agents]]", "[[people]]"), "people: a plan has only queues, agents, merged"),
        (PLAN.replace('"60/h"', '"often"'), "queues 1: arrivals: 'often' is not a rate"),
        (PLAN.replace('"3m"', "3"), "queues 1: handle: '3' is not a time. Write a number and s, m, h or d"),
        (PLAN.replace("patience", "patients"), "queues 1: patients is not known; there are name, arrivals"),
        (PLAN.replace('name = "loans"', ""), "queues 2: name is missing"),
        (PLAN.replace('"loans"', '"cards"'), "there are two queues called cards"),
        (PLAN.replace('"both"', '"only cards"'), "there are two groups of agents called only cards"),
        (PLAN.replace('["cards"]', '["card"]'), "agents 1: there is no queue called card"),
        (PLAN.replace('["cards"]', "[]"), "agents 1: queues: [] is not a list of names"),
        (PLAN.replace("count = 2", "count = 0"), "agents 1: count: 0 is not a whole number from 1 on"),
        (PLAN.replace("capacity = 2", "skills = 3"), "agents 2: skills: 3 does not name skills with their levels"),
        (PLAN.replace("constant = true", "constant = 1"), "queues 2: constant: 1 is neither true nor false"),
        (PLAN.replace('handle = "5m"', ""), "does not say who comes to loans"),
        (PLAN.replace("priority = 1", "weight = 0.3"), "queues 2: weight: 0.3 is not a weight; write 1"),
        (
            PLAN.replace("priority = 1", "manager = 30"),
            "queues 2: manager: '30' is not a share. Write 30% for 30 of 100.",
        ),
        (PLAN.replace("priority = 1", 'manager = "130%"'), "queues 2: manager: '130%' is not a share. Write 30%"),
        (PLAN.replace("priority = 1", 'strategy = "best"'), "queues 2: strategy: 'best' is not known; there are bal"),
        (PLAN + 'lapse = "5%"', "agents 2: answer, lapse and back are about offers, but no queue has a time to accept"),
        (f"{PLAN}[[merged]]\nqueues = ['cards', 'card']", "merged 1: there is no queue called card"),
        (f"{PLAN}[[merged]]\nqueues = ['cards', 'cards']", "merged: cards is there twice"),
        (overflowing(""), "queues 2: overflow 1: trigger is missing"),
        (overflowing("", remedy="widen"), "queues 2: overflow 1: trigger is missing"),
        (overflowing("waiting"), "queues 2: overflow 1: limit is missing, which waiting and alert ask for"),
        (overflowing("waiting", limit=3, remedy="widen"), "queues 2: overflow 1: helpers is missing"),
        (overflowing("waiting", limit=3, release=3), "queues 2: overflow 1: release: 3 does not go with the limit 3"),
        (overflowing("level", limit=80), "queues 2: overflow 1: within is missing, which level and alert ask for"),
        (overflowing("often", limit=80), "queues 2: overflow 1: trigger: 'often' is not known; there are waited"),
        (
            overflowing("waiting", limit=3, remedy="widen", helpers=["a"]),
            "overflow 1: there is no queue called a",
        ),
        (PLAN.replace("priority = 1", "overflow = 3"), "there must be at least one, written as [[queues.overflow]]"),
    ],
)
def test_a_plan_that_is_wrong_is_refused_with_what_is_wrong(
    on_sqlite: CommandLine, plan: Path, text: str, advice: str
) -> None:
    plan.write_text(text)
    assert advice in on_sqlite.refused("simulate", "--plan", str(plan))


def test_a_history_takes_weights_and_managers_from_a_plan(on_sqlite: CommandLine, tmp_path: Path) -> None:
    history = written(tmp_path / "day.csv", HISTORY.replace(",,", ",cards,"))
    text = '[[queues]]\nname = "cards"\nweight = 0.5\nmanager = "100%"\n[[agents]]\ncount = 1\ncapacity = 2\n'
    found = queues(answer(on_sqlite, "--history", history, "--plan", written(tmp_path / "plan.toml", text)))
    # Four of them are no more than one agent can have at a time.
    assert found["cards"]["longest_wait"]["value"] == 0
    assert found["cards"]["got_whom_they_know"]["value"] == 1


def test_how_people_write_times_rates_and_goals() -> None:
    assert [duration(text) for text in ("180s", "3m", "1.5h", "1d", " 2 m ")] == [180, 180, 5400, 86_400, 120]
    assert [rate(text) for text in ("100/30m", "200/h", "0.5/s")] == [Rate(100, 1800), Rate(200, 3600), Rate(0.5, 1)]
    assert [share(text) for text in ("30%", "0.5 %", "100%")] == [0.3, 0.005, 1]
    assert [goal(text) for text in ("80/20", "95%/1m", "99.5/0")] == [Goal(0.8, 20), Goal(0.95, 60), Goal(0.995, 0)]


def test_a_queue_of_a_plan_to_which_nobody_comes_and_where_nobody_works(on_sqlite: CommandLine, tmp_path: Path) -> None:
    history = written(tmp_path / "day.csv", HISTORY.replace(",,", ",cards,"))
    empty = '[[queues]]\nname = "loans"\n[[queues.overflow]]\ntrigger = "nobody"\nremedy = "alert"\n'
    text = f'{empty}[[queues]]\nname = "cards"\n[[agents]]\ncount = 1\nqueues = ["cards"]\n'
    found = queues(answer(on_sqlite, "--history", history, "--plan", written(tmp_path / "plan.toml", text)))
    assert list(found) == ["cards"]
