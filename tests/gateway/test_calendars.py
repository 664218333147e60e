"""The page of a calendar: what is written there is what counts, and the next days show it."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from conversations.people import Role
from storage import calendars
from tests.support.builders import SetClock
from tests.support.gateway import Gateway, open_gateway

FORM = {"name": "网点", "time_zone": "Asia/Shanghai", "country": "CN", "exceptions": "2026-02-15 10:00-12:00"} | {
    f"day-{each}": "09:00-12:00，13:30-18:00" for each in range(5)
}


@pytest.fixture
async def gateway(tmp_path: Path, redis_url: str) -> AsyncIterator[Gateway]:
    """It is the Friday before the Spring Festival of 2026."""
    clock = SetClock(datetime(2026, 2, 13, 4, tzinfo=UTC))
    async with open_gateway(tmp_path, redis_url, clock=clock) as gateway:
        yield gateway


async def test_the_next_days_of_a_calendar_are_shown(gateway: Gateway) -> None:
    async with gateway.signed_in(await gateway.add_user("root", Role.ADMIN)) as browser:
        saved = await browser.submit("/setup/calendars/new", **FORM)
        page = await (await browser.get(saved.headers["Location"])).text()
        listed = await (await browser.get("/setup/deadlines")).text()
    rows = {row.split("<")[0]: row for row in page.split('<tr><td class="number">')[1:]}
    assert "make-up working day" in rows["2026-02-14"]
    assert "10:00-12:00" in rows["2026-02-15"]
    assert "public holiday" in rows["2026-02-16"]
    assert "09:00-12:00, 13:30-18:00" in rows["2026-02-24"]
    assert "网点" in listed


async def test_every_problem_of_a_calendar_is_said_at_once(gateway: Gateway) -> None:
    async with gateway.signed_in(await gateway.add_user("root", Role.ADMIN)) as browser:
        wrong = {"name": "", "time_zone": "Beijing", "country": "XX", "day-0": "mornings"}
        refused = await browser.submit("/setup/calendars/new", **FORM | wrong)
        page = await refused.text()
    assert refused.status == 409
    assert all(
        said in page
        for said in ("needs a name", "written like Asia/Shanghai", "country of the list", "Hours are written like")
    )
    assert await gateway.services.database.read(calendars.listed) == []


async def test_a_calendar_is_changed_and_removed(gateway: Gateway) -> None:
    async with gateway.signed_in(await gateway.add_user("root", Role.ADMIN)) as browser:
        address = (await browser.submit("/setup/calendars/new", **FORM)).headers["Location"]
        taken = await browser.submit("/setup/calendars/new", **FORM)
        await browser.submit(address, **FORM | {"name": "热线", "exceptions": ""})
        (row,) = await gateway.services.database.read(calendars.listed)
        await browser.submit(f"{address}/remove")
        gone = await browser.get(address)
    assert (row.name, row.exceptions, taken.status, gone.status) == ("热线", {}, 409, 404)


async def test_agents_do_not_set_calendars_up(gateway: Gateway) -> None:
    async with gateway.signed_in(await gateway.add_user("ann")) as browser:
        assert (await browser.get("/setup/calendars/new")).status == 403
