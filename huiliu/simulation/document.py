"""What `huiliu simulate --json` prints: times in seconds, shares from 0 to 1, null where there is nothing to say."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from huiliu.simulation.options import Options
from huiliu.simulation.search import Attempt, Search
from routing.forecasts.erlang import theory
from routing.forecasts.estimates import CONFIDENCE, Estimate
from routing.forecasts.figures import Tally, Turns
from routing.forecasts.scenario import Group, Scenario


def document(options: Options, scenario: Scenario, tallies: Sequence[Tally], found: Search | None) -> dict[str, Any]:
    """Everything that people are shown, for programs."""
    erlang = theory(scenario, options.promised)
    return {
        "seed": options.seed,
        "runs": options.runs,
        "length": scenario.length,
        "warm_up": scenario.warm_up,
        "within": options.promised,
        "confidence": CONFIDENCE,
        "agents": [_group(group) for group in scenario.groups],
        "queues": [_queue(tally) for tally in tallies],
        "erlang_c": None if erlang is None else asdict(erlang),
        "target": None if found is None else _target(found),
    }


def _group(group: Group) -> dict[str, Any]:
    return {
        "name": group.name,
        "count": group.agents,
        "capacity": group.capacity,
        "queues": sorted(group.queues),
    }


def _queue(tally: Tally) -> dict[str, Any]:
    estimates = {name: _estimate(each) for name, each in tally.estimates().items()}
    return {
        "name": tally.line.name,
        **estimates,
        "waits_over_time": tally.waits_over_time(),
        "overflow": [_turns(turns) for turns in tally.turns()],
    }


def _turns(turns: Turns) -> dict[str, Any]:
    step = turns.step
    return {
        "queue": step.queue_id,
        "trigger": step.trigger,
        "limit": step.limit,
        "remedy": step.remedy,
        "began": _estimate(turns.began),
        "on": _estimate(turns.on),
    }


def _target(found: Search) -> dict[str, Any]:
    return {
        "share": found.goal.share,
        "group": found.group.name,
        "count": found.answer.agents,
        "neighbours": [_attempt(attempt) for attempt in found.neighbours],
    }


def _attempt(attempt: Attempt) -> dict[str, Any]:
    level = attempt.worst.estimate("service_level")
    return {"count": attempt.agents, "queue": attempt.worst.line.name, "service_level": _estimate(level)}


def _estimate(estimate: Estimate | None) -> dict[str, float] | None:
    return None if estimate is None else asdict(estimate)
