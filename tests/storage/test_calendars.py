"""Calendars are kept as they were written, and every change is told."""

from dataclasses import replace

from conversations.events import EventKind
from conversations.ids import CalendarId, new_id
from storage import calendars, events
from storage.calendars import CalendarRow
from tests.support.builders import NOW, open_database


async def test_a_calendar_is_added_changed_and_removed(database_url: str) -> None:
    row = CalendarRow(
        id=CalendarId(new_id()),
        name="网点",
        time_zone="Asia/Shanghai",
        country="CN",
        week=["09:00-17:00"] * 5 + ["", ""],
        exceptions={"2026-12-24": "09:00-12:00"},
    )
    changed = replace(row, exceptions={}, country="")
    async with open_database(database_url) as database:
        await database.write(calendars.add, row, NOW, "ada")
        assert await database.read(calendars.listed) == [row]
        await database.write(calendars.change, changed, NOW, "ada")
        assert await database.read(calendars.get, row.id) == changed
        await database.write(calendars.remove, changed, NOW, "ada")
        assert await database.read(calendars.get, row.id) is None
        story = await database.read(events.after, 0)
    assert [(event.kind, event.actor) for event in story] == [(EventKind.SETUP_CHANGED, "ada")] * 3
