"""Staffing by the time of day: how many come when, on average, and how many agents that takes (按时段咨询量排班)."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from math import ceil
from statistics import fmean

from routing.forecasts.erlang import erlang_c
from routing.forecasts.staffing import smallest

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Interval:
    """A part of a day and who comes in it: so many customers, who take `handle` seconds each, on average."""

    begins: time
    length: timedelta
    customers: float
    handle: float

    @property
    def load(self) -> float:
        """Conversations at the same time, on average (erlangs)."""
        return self.customers * self.handle / self.length.total_seconds()


@dataclass(frozen=True)
class Staff:
    """How many have to be ready in an interval, how many for that have to be on the roster, and what that reaches."""

    interval: Interval
    agents: int
    rostered: int
    service_level: float


def forecast(customers: Iterable[tuple[datetime, float]], length: timedelta) -> list[Interval]:
    """What an average day of these is like: when each came, and how many seconds they took.

    Days on which nobody came at all are left out; intervals in which nobody came on any day have no customers.
    """
    days = set()
    handles: defaultdict[int, list[float]] = defaultdict(list)
    for arrived, handle in customers:
        days.add(arrived.date())
        handles[_seconds(arrived) // _whole(length)].append(handle)
    return [
        Interval(_time(number, length), length, len(handles[number]) / len(days), fmean(handles[number] or [0]))
        for number in range(min(handles), max(handles) + 1)
    ]


def staff(interval: Interval, share: float, within: float, away: float = 0) -> Staff:
    """The fewest agents by Erlang C who answer this share within so many seconds; `away` is the share of agents on the
    roster who are not there: on breaks, in trainings, ill."""
    if not interval.load:
        return Staff(interval, 0, 0, 1.0)

    def level(agents: int) -> float:
        found = erlang_c(interval.load, interval.handle, agents, within)
        return found.service_level if found else 0

    agents = smallest(lambda number: level(number) >= share, ceil(interval.load))
    return Staff(interval, agents, ceil(agents / (1 - away)), level(agents))


def _seconds(moment: datetime) -> int:
    return moment.hour * 3600 + moment.minute * 60 + moment.second


def _whole(length: timedelta) -> int:
    return round(length.total_seconds())


def _time(number: int, length: timedelta) -> time:
    return (datetime.min + number * length).time()  # noqa: DTZ901  # a time of day is in no zone
