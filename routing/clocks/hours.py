"""Hours of a day as people write them: "09:00-12:00, 13:30-18:00"."""

import re
from collections.abc import Mapping
from datetime import date, time

Span = tuple[time, time]
"""From when until when; an end that is not later than the beginning is on the next day."""

Spans = tuple[Span, ...]

DAYS_OF_A_WEEK = 7

_SPAN = re.compile(r"([01]?\d|2[0-3])[:：]([0-5]\d)\s*[-–~至]\s*([01]?\d|2[0-4])[:：]([0-5]\d)")
_SEPARATORS = re.compile(r"[\s,，、;；]+")
_CLOSED = frozenset(("", "closed", "休"))


class InvalidHours(ValueError):
    """What was written is no hours; the message says which text."""


def read_spans(text: str) -> Spans:
    """The spans of a day, in their order; none when it is closed. Raises `InvalidHours`."""
    if text.strip().lower() in _CLOSED:
        return ()
    if _SEPARATORS.sub("", _SPAN.sub("", text)):
        raise InvalidHours(text.strip())
    return tuple(sorted(_span(*map(int, found.groups())) for found in _SPAN.finditer(text)))


def write_spans(spans: Spans) -> str:
    """The spans as one reads them; nothing when it is closed."""
    return ", ".join(f"{opens:%H:%M}-{_closing(closes)}" for opens, closes in spans)


def read_exceptions(text: str) -> dict[date, Spans]:
    """Days with hours of their own, a line each: "2026-12-24 09:00-12:00" or "… closed". Raises `InvalidHours`."""
    return dict(_exception(line.strip()) for line in text.splitlines() if line.strip())


def write_exceptions(exceptions: Mapping[date, Spans]) -> str:
    """A line for each day."""
    return "\n".join(f"{day} {write_spans(spans) or 'closed'}" for day, spans in sorted(exceptions.items()))


def _span(from_hour: int, from_minute: int, to_hour: int, to_minute: int) -> Span:
    # 24:00 is the midnight that ends the day.
    return time(from_hour, from_minute), time(to_hour % 24, to_minute)


def _closing(closes: time) -> str:
    return "24:00" if closes == time() else f"{closes:%H:%M}"


def _exception(line: str) -> tuple[date, Spans]:
    day, _, hours = line.partition(" ")
    try:
        return date.fromisoformat(day), read_spans(hours)
    except ValueError as error:
        raise InvalidHours(line) from error
