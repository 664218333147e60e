"""Anybody can ask until when a fault of a machine is settled."""

from conversations.ids import CalendarId
from storage import calendars
from storage.calendars import CalendarRow
from tests.support.builders import NOW
from tests.support.gateway import Gateway

BRANCH = CalendarRow(
    id=CalendarId("branch"),
    name="网点",
    time_zone="Asia/Shanghai",
    country="CN",
    week=["09:00-18:00"] * 5 + ["", ""],
    exceptions={},
)


async def test_an_agent_asks_until_when(gateway: Gateway) -> None:
    asked = {"fault": "out of service", "site": "branch", "at": "2026-09-30T17:50", "calendar": "branch"}
    async with gateway.signed_in(await gateway.add_user("ann")) as browser:
        without = await (await browser.get("/faults")).text()
        await gateway.services.database.write(calendars.add, BRANCH, NOW, "test")
        answer = await (await browser.get("/faults", params=asked)).text()
        refused = await browser.get("/faults", params=asked | {"at": "yesterday"})
    assert "There is no calendar yet" in without
    assert "2026-10-08 09:20" in answer
    assert refused.status == 409


async def test_a_calendar_that_never_opens_has_no_answer(gateway: Gateway) -> None:
    closed = CalendarRow(**vars(BRANCH) | {"week": [""] * 7})
    await gateway.services.database.write(calendars.add, closed, NOW, "test")
    asked = {"fault": "out of service", "site": "branch", "at": "2026-09-30T17:50"}
    async with gateway.signed_in(await gateway.add_user("ann")) as browser:
        assert (await browser.get("/faults", params=asked)).status == 409
