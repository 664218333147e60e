"""What was asked of `huiliu simulate`, and the scenario that follows from it."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from pathlib import Path

import click

from conversations.ids import QueueId
from huiliu.simulation.history import QUEUE, History, read_history
from huiliu.simulation.plan import Plan, handling_of, patience_of, read_plan
from huiliu.simulation.words import Goal, Rate
from routing.forecasts.demand import Demand, Poisson
from routing.forecasts.scenario import Group, House, Scenario

WITHIN = 20.0
LENGTH = 8 * 3600.0
WARM_UP = 2 * 3600.0

AGENTS = "agents"
"""What a group is called that no plan names."""


@dataclass(frozen=True, kw_only=True)
class Options:
    """The options, None or False where they were not given."""

    arrivals: Rate | None
    handle: float | None
    constant: bool
    patience: float | None
    agents: int | None
    capacity: int | None
    history: Path | None
    plan: Path | None
    within: float | None
    target: Goal | None
    group: str | None
    length: float | None
    warm_up: float | None
    runs: int
    seed: int
    as_json: bool

    @property
    def promised(self) -> float:
        """Seconds within which a customer should be answered."""
        if self.target is not None:
            return self.target.within
        return WITHIN if self.within is None else self.within

    def given(self) -> set[str]:
        """The names of the options that were given."""
        return {
            each.name
            for each in fields(self)
            if not any(getattr(self, each.name) is missing for missing in (None, False))
        }


CONFLICTS: Sequence[tuple[str, Sequence[str], str]] = (
    ("plan", ("arrivals", "handle", "constant", "patience", "agents", "capacity"), "write that into the plan"),
    ("history", ("arrivals", "handle", "constant"), "the customers come from the history"),
    ("history", ("length", "warm_up"), "a history begins and ends when it did"),
    ("target", ("agents",), "the number of agents is what is looked for"),
    ("target", ("within",), "the time belongs to the target, as in 80/20"),
)
"""An option, others that make no sense beside it, and why."""


@dataclass(frozen=True)
class Question:
    """A scenario, and when it begins on the clock if it happened once."""

    scenario: Scenario
    begin: datetime | None = None


def question(options: Options) -> Question:
    """What to simulate. Refuses what does not go together, or is not enough."""
    _refuse_conflicts(options.given())
    plan = read_plan(options.plan) if options.plan else None
    history = read_history(options.history) if options.history else None
    demands = tuple(_demands(options, plan, history))
    groups = plan.groups if plan else (_group(options, demands),)
    house = plan.house if plan else House()
    if history is not None:
        return Question(Scenario(demands=demands, groups=groups, house=house, length=history.length), history.begin)
    length, warm_up = options.length or LENGTH, WARM_UP if options.warm_up is None else options.warm_up
    return Question(Scenario(demands=demands, groups=groups, house=house, length=length, warm_up=warm_up))


def sought(options: Options, scenario: Scenario) -> Group:
    """The group whose number of agents is looked for. Refuses when it is not clear which."""
    names = {group.name: group for group in scenario.groups}
    name = next(iter(names)) if options.group is None and len(names) == 1 else options.group
    if name not in names:
        raise click.UsageError(f"Say with --group whose number is looked for: {', '.join(names)}.")
    # However many they were, these customers would go on waiting.
    theirs = [demand for demand in scenario.demands if demand.queue_id in names[name].queues]
    lacking = [demand for demand in theirs if not names[name].can_serve(demand)]
    if lacking or not theirs:
        raise click.UsageError(f"{name}: {_lack(lacking)}")
    return names[name]


def with_agents(scenario: Scenario, group: Group, agents: int) -> Scenario:
    """The same with so many agents in one group."""
    groups = (replace(each, agents=agents) if each == group else each for each in scenario.groups)
    return replace(scenario, groups=tuple(groups))


def _lack(lacking: Sequence[Demand]) -> str:
    skills = ", ".join(f"{each.skill} at level {each.skill_level} in {each.queue_id}" for each in lacking)
    return f"they lack a skill, so no number is enough: {skills}." if skills else "nobody comes to their queues."


def _refuse_conflicts(given: set[str]) -> None:
    for option, others, why in CONFLICTS:
        clash = [other for other in others if other in given]
        if option in given and clash:
            raise click.UsageError(f"--{option} does not go with {_options(clash)}: {why}.")
    if "group" in given and "target" not in given:
        raise click.UsageError("--group belongs to --target: it says whose number is looked for.")


def _demands(options: Options, plan: Plan | None, history: History | None) -> list[Demand]:
    if history is not None:
        demands = history.demands()
        return plan.applied_to(demands) if plan else [_with_patience(each, options) for each in demands]
    return plan.demands() if plan else [_demand(options)]


def _demand(options: Options) -> Demand:
    if options.arrivals is None or options.handle is None:
        raise click.UsageError(
            "Say who comes: --arrivals 100/30m --handle 180s, or a day that was with --history, or queues with --plan."
        )
    return Demand(
        queue_id=QueueId(QUEUE),
        arrivals=Poisson(options.arrivals.per_second),
        handle=handling_of(options.handle, options.constant),
        patience=patience_of(options.patience),
    )


def _with_patience(demand: Demand, options: Options) -> Demand:
    return replace(demand, patience=patience_of(options.patience))


def _group(options: Options, demands: Sequence[Demand]) -> Group:
    if options.agents is None and options.target is None:
        raise click.UsageError("Say who works: --agents 14, or let --target 80/20 find how many are needed.")
    queues = frozenset(demand.queue_id for demand in demands)
    return Group(name=AGENTS, agents=options.agents or 1, queues=queues, capacity=options.capacity or 1)


def _options(names: Sequence[str]) -> str:
    return " and ".join(f"--{name.replace('_', '-')}" for name in names)
