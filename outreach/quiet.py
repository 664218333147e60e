"""Quiet hours: nobody is written to first in their rest time (避免在客户休息时打扰)."""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

Spans = Sequence[tuple[time, time]]
"""Spans of the day by the contact's clock; one whose end is earlier runs past midnight."""


def quiet_until(spans: Spans, zone: ZoneInfo, now: datetime) -> datetime | None:
    """When the quiet that holds at `now` ends, or None when one may write."""
    ends = [end for span in spans if (end := _end(span, zone, now)) is not None]
    return max(ends, default=None)


def _end(span: tuple[time, time], zone: ZoneInfo, now: datetime) -> datetime | None:
    begin, end = span
    today = now.astimezone(zone).date()
    # A span that began yesterday may still run.
    for day in (today - timedelta(days=1), today):
        last = day + timedelta(days=1) if end <= begin else day
        starts = datetime.combine(day, begin, zone).astimezone(UTC)
        ends = datetime.combine(last, end, zone).astimezone(UTC)
        if starts <= now < ends:
            return ends
    return None
