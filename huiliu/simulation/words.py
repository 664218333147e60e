"""How people write rates, times and goals on the command line and in plans."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import click

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
"""Seconds in a unit."""


@dataclass(frozen=True)
class Rate:
    """Customers that come in a period of seconds."""

    customers: float
    period: float

    @property
    def per_second(self) -> float:
        """The same for one second."""
        return self.customers / self.period


@dataclass(frozen=True)
class Goal:
    """The share of customers that shall be answered within so many seconds."""

    share: float
    within: float


def duration(text: str) -> float:
    """Seconds from words such as 180s, 3m or 1.5h. Raises `ValueError`."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([smhd])", text.strip())
    if found is None:
        raise ValueError(f"{text!r} is not a time. Write a number and s, m, h or d, such as 180s, 3m or 1.5h.")
    return float(found[1]) * UNITS[found[2]]


def positive_duration(text: str) -> float:
    """The same, but not 0. Raises `ValueError`."""
    seconds = duration(text)
    if seconds == 0:
        raise ValueError(f"{text!r} is no time at all. Write more than 0.")
    return seconds


def rate(text: str) -> Rate:
    """Words such as 100/30m or 200/h. Raises `ValueError`."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)/(.+)", text.strip())
    if found is None or float(found[1]) == 0:
        raise ValueError(f"{text!r} is not a rate. Write how many come in which time, such as 100/30m or 200/h.")
    period = found[2] if found[2][0].isdigit() else f"1{found[2]}"
    return Rate(float(found[1]), positive_duration(period))


def goal(text: str) -> Goal:
    """Words such as 80/20: 80 % within 20 seconds. Raises `ValueError`."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)%?/(.+)", text.strip())
    if found is None or not 0 < float(found[1]) < 100:
        raise ValueError(f"{text!r} is not a goal. Write 80/20 for 80 % within 20 seconds; 100 % cannot be promised.")
    within = f"{found[2]}s" if found[2][-1].isdigit() else found[2]
    return Goal(float(found[1]) / 100, duration(within))


def share(text: str) -> float:
    """Words such as 30%: a number from 0 to 1. Raises `ValueError`."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*%", text.strip())
    if found is None or float(found[1]) > 100:
        raise ValueError(f"{text!r} is not a share. Write 30% for 30 of 100.")
    return float(found[1]) / 100


class Words(click.ParamType[Any]):
    """An option that is written in one of these ways."""

    def __init__(self, name: str, read: Callable[[str], Any]) -> None:
        self.name = name
        self._read = read

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """What the words mean; a value that is no text is a default, and means itself."""
        if not isinstance(value, str):
            return value
        try:
            return self._read(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


RATE = Words("rate", rate)
TIME = Words("time", duration)
POSITIVE_TIME = Words("time", positive_duration)
GOAL = Words("goal", goal)
