"""What tests about machines need: a Friday at noon, and the calendar of a branch."""

from datetime import UTC, datetime

from tests.support.gateway import Browser

FRIDAY = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
"""Noon in China."""


async def branch_calendar(root: Browser) -> str:
    """From Monday to Friday, nine to six, in China; its id."""
    week = {f"day-{day}": "09:00-18:00" for day in range(5)}
    made = await root.submit("/setup/calendars/new", name="网点", time_zone="Asia/Shanghai", **week)
    return made.headers["Location"].rpartition("/")[2]
