"""What `huiliu simulate` shows to people: tables and charts."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import chain

from rich.bar import Bar
from rich.markup import escape
from rich.table import Table

from gateway.steps import then, when
from huiliu.screen import screen
from huiliu.simulation.options import Options, Question
from huiliu.simulation.search import Attempt, Search
from routing.forecasts.demand import ENDLESS, Poisson
from routing.forecasts.erlang import ErlangC, theory
from routing.forecasts.estimates import Estimate
from routing.forecasts.figures import SLOTS, Tally, Turns
from routing.forecasts.scenario import Scenario

CHART = 40
"""Columns of the longest bar."""

SHORT_CHART = 12
"""The same beside other columns."""

SIDE_BY_SIDE = 3
"""Queues in one table."""


@dataclass(frozen=True)
class Shown:
    """What a figure is called on the screen, and in which unit it stands there."""

    title: str
    unit: str = ""
    scale: float = 1

    def text(self, value: float) -> str:
        """The value with its unit."""
        return f"{self.number(value)}{self.unit}"

    def number(self, value: float) -> str:
        """The value without it, with one decimal where there is room."""
        scaled = value * self.scale
        return f"{scaled:.1f}" if scaled < 99.95 else f"{scaled:,.0f}"


def _share(title: str) -> Shown:
    return Shown(title, " %", 100)


def _time(title: str) -> Shown:
    return Shown(title, " s")


FIGURES: Mapping[str, Shown] = {
    "offered": Shown("came"),
    "answered": Shown("answered"),
    "given_up": Shown("gave up"),
    "still_waiting": Shown("still waiting"),
    "helped": Shown("by helpers"),
    "lapsed_offers": Shown("offers lapsed"),
    "service_level": _share("service level"),
    "had_to_wait": _share("had to wait"),
    "mean_wait": _time("mean wait"),
    "median_wait": _time("median wait"),
    "p95_wait": _time("95 % wait ≤"),
    "longest_wait": _time("longest wait"),
    "got_whom_they_know": _share("got whom they know"),
    "occupancy": _share("occupancy"),
}

IF_ANY = frozenset(("helped", "lapsed_offers", "got_whom_they_know"))
"""Figures that are left out where there is nothing of them."""

COMPARED = ("service_level", "p95_wait", "occupancy")
"""Figures that are drawn where there are several queues."""

COUNT, SHARE = Shown(""), _share("")

ENGLISH = "en"


def show_result(options: Options, asked: Question, tallies: Sequence[Tally]) -> None:
    """Print the figures of every queue, and how waits went over time."""
    screen().print(escape(_heading(options, asked.scenario)) + "\n")
    erlang = theory(asked.scenario, options.promised)
    for first in range(0, len(tallies), SIDE_BY_SIDE):
        screen().print(_table(tallies[first : first + SIDE_BY_SIDE], erlang), soft_wrap=False)
        screen().print()
    if len(tallies) > 1:
        screen().print(_comparison(tallies), soft_wrap=False)
        screen().print()
    if turns := tallies[-1].turns():
        screen().print(_overflow(turns), soft_wrap=False)
        screen().print()
    for warning in _warnings(asked.scenario):
        screen().print(f"[yellow]{escape(warning)}[/yellow]\n")
    screen().print("Mean wait, by when they came:")
    screen().print(_waits_chart(asked, tallies[-1].waits_over_time()), soft_wrap=False)


def show_search(found: Search) -> None:
    """Print how many agents are enough, and what a few more or less would reach."""
    goal, answer = found.goal, found.answer.agents
    screen().print(
        f"{answer} agents are enough for {FIGURES['service_level'].text(goal.share)} within {goal.within:g} s:\n"
    )
    screen().print(_search_chart(found), soft_wrap=False)
    screen().print()
    if undecided := " and ".join(f"{attempt.agents}" for attempt in found.undecided()):
        share = FIGURES["service_level"].text(goal.share)
        screen().print(f"[yellow]{share} lies within the interval of {undecided}: more --runs would tell.[/yellow]\n")


def _heading(options: Options, scenario: Scenario) -> str:
    agents = sum(group.agents for group in scenario.groups)
    length, warm_up = timedelta(seconds=round(scenario.length)), timedelta(seconds=round(scenario.warm_up))
    after = f" after {warm_up} of warm-up" if warm_up else ""
    return (
        f"{agents} agents; {options.runs} runs of {length}{after}, seed {options.seed}.\n"
        f"Service level: answered within {options.promised:g} s."
        " In brackets: what holds the truth 19 times of 20."
    )


def _table(tallies: Sequence[Tally], erlang: ErlangC | None) -> Table:
    titles = ["", *(escape(tally.line.name) for tally in tallies), *(["Erlang C says"] if erlang else [])]
    table = Table(*titles, box=None, pad_edge=False, header_style="bold")
    estimates = [tally.estimates() for tally in tallies]
    for name, shown in FIGURES.items():
        if name in IF_ANY and not any(_is_anything(each[name]) for each in estimates):
            continue
        said = [_said(shown, getattr(erlang, name, None))] if erlang else []
        table.add_row(shown.title, *(_estimate(shown, each[name]) for each in estimates), *said)
    return table


def _comparison(tallies: Sequence[Tally]) -> Table:
    table = Table("", box=None, pad_edge=False, header_style="bold")
    columns = []
    for name in COMPARED:
        table.add_column(FIGURES[name].title)
        table.add_column()
        columns.append(_bars(FIGURES[name], [tally.estimate(name) for tally in tallies]))
    for tally, *cells in zip(tallies, *columns, strict=True):
        table.add_row(escape(tally.line.name), *chain.from_iterable(cells))
    return table


def _bars(shown: Shown, estimates: Sequence[Estimate | None]) -> list[tuple[Bar, str]]:
    """Shares are drawn as parts of 100 %, times as parts of the longest."""
    values = [None if each is None else each.value for each in estimates]
    whole = 1 if shown.scale == 100 else max(filter(None, values), default=0)
    return [(Bar(whole, 0, value or 0, width=SHORT_CHART), _text(shown, value)) for value in values]


def _text(shown: Shown, value: float | None) -> str:
    return "–" if value is None else shown.text(value)


def _is_anything(estimate: Estimate | None) -> bool:
    return estimate is not None and estimate.high > 0


def _overflow(turns: Sequence[Turns]) -> Table:
    names = {each: each for turn in turns for each in turn.step.helpers}
    table = Table("overflow of", "when", "then", "began", "was on", box=None, pad_edge=False, header_style="bold")
    for turn in turns:
        step = turn.step
        about = (step.queue_id, when(step, ENGLISH), then(step, names, ENGLISH))
        table.add_row(*map(escape, about), _estimate(COUNT, turn.began), _estimate(SHARE, turn.on))
    return table


def _estimate(shown: Shown, estimate: Estimate | None) -> str:
    if estimate is None:
        return "–"
    return f"{shown.text(estimate.value)} [dim]({shown.number(estimate.low)}–{shown.number(estimate.high)})[/dim]"


def _said(shown: Shown, value: float | None) -> str:
    return "" if value is None else shown.text(value)


def _warnings(scenario: Scenario) -> Iterator[str]:
    """Customers whom nobody can serve; and where nobody gives up, more work than agents can do has no end."""
    for demand in scenario.demands:
        capacity = sum(group.agents * group.capacity for group in scenario.servers(demand))
        endless = isinstance(demand.arrivals, Poisson) and demand.patience == ENDLESS
        if capacity == 0:
            who = f" who has the skill {demand.skill} at level {demand.skill_level}" if demand.skill else ""
            yield f"{demand.queue_id}: nobody works there{who}."
        elif endless and demand.load >= capacity:
            yield (
                f"{demand.queue_id}: {demand.load:.1f} conversations at a time are too many for {capacity} places."
                " The queue only grows, and the longer the runs, the worse the figures."
            )


def _waits_chart(asked: Question, waits: Sequence[float | None]) -> Table:
    most = max((wait for wait in waits if wait is not None), default=0)
    chart = Table.grid(padding=(0, 1))
    for slot, wait in enumerate(waits):
        bar = Bar(most, 0, wait or 0, width=CHART)
        chart.add_row(_clock(asked, slot), bar, _text(FIGURES["mean_wait"], wait))
    return chart


def _clock(asked: Question, slot: int) -> str:
    """When a slot begins: on the clock of a history, or since the warm-up."""
    after = timedelta(seconds=round(asked.scenario.length * slot / SLOTS))
    if asked.begin is None:
        return f"{after}".removesuffix(":00")
    days = asked.scenario.length > timedelta(days=1).total_seconds()
    return f"{asked.begin + after:{'%m-%d %H:%M' if days else '%H:%M'}}"


def _search_chart(found: Search) -> Table:
    titles = ("agents", "service level", "", "Erlang C", "mean wait", "queue")
    chart = Table(*titles, box=None, pad_edge=False, header_style="bold")
    for attempt in found.neighbours:
        chart.add_row(*_reached(attempt, found.goal.within), style="bold" if attempt == found.answer else "")
    return chart


def _reached(attempt: Attempt, within: float) -> tuple[str | Bar, ...]:
    level, wait = FIGURES["service_level"], FIGURES["mean_wait"]
    said = theory(attempt.scenario, within)
    return (
        f"{attempt.agents}",
        _estimate(level, attempt.worst.estimate("service_level")),
        Bar(1, 0, attempt.level, width=SHORT_CHART),
        _said(level, getattr(said, "service_level", None)),
        _estimate(wait, attempt.worst.estimate("mean_wait")),
        escape(attempt.worst.line.name),
    )
