"""What became of shifts: the page, the file and the API say the same."""

from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from conversations.clock import utc_now
from conversations.ids import ShiftId, new_id
from conversations.people import Role
from conversations.shifts import Shift
from storage import shifts
from tests.support.gateway import open_gateway

HOUR = timedelta(hours=1)
SHANGHAI = ZoneInfo("Asia/Shanghai")


async def test_a_shift_that_nobody_came_to(tmp_path: Path, redis_url: str) -> None:
    async with open_gateway(tmp_path, redis_url) as gateway:
        ann = await gateway.add_user("ann")
        boss = await gateway.add_user("boss", Role.SUPERVISOR)
        chief = await gateway.add_user("chief", Role.SUPERVISOR)
        # Yesterday Ann had no account yet, so that she cannot have been here.
        noon = datetime.combine((utc_now() - 24 * HOUR).astimezone(SHANGHAI).date(), datetime.min.time(), SHANGHAI)
        since, until = noon + 12 * HOUR, noon + 14 * HOUR
        shift = Shift(id=ShiftId(new_id()), user_id=ann.id, since=since, until=until)
        await gateway.services.database.write(shifts.add, [shift], utc_now(), boss.id, "")
        day = noon.date().isoformat()
        lost = {"user_id": ann.id, "since": since.isoformat(), "until": until.isoformat(), "reason": "power cut"}
        async with gateway.signed_in(boss) as browser:
            week = await (await browser.get(f"/hours?day={day}&period=week")).text()
            file = (await (await browser.get(f"/hours.csv?day={day}")).read()).decode("utf-8-sig")
            found = await browser.json(f"/api/v1/attendance?day={day}")
            entered = await (await browser.post("/api/v1/lost-times", lost)).json()
            own = await browser.post(f"/api/v1/lost-times/{entered['id']}/approve")
        async with gateway.signed_in(chief) as browser:
            approved = await browser.submit(f"/hours/lost/{entered['id']}", answer="approve", day=day)
            excused = await browser.json(f"/api/v1/attendance?day={day}")
            page = await (await browser.get(f"/hours?day={day}")).text()
    assert "Absent: 120 min" in week
    assert "Attendance 0.0 %" in week
    assert file.splitlines()[1] == f"ann,Ann,{day} 12:00:00,{day} 14:00:00,,,absent 120,120.0,0.0"
    (person,) = found["people"]
    assert (person["adherence"], person["attendance"]) == (0.0, 0.0)
    assert person["shifts"][0]["flags"] == [{"kind": "absent", "seconds": 7200.0}]
    assert (own.status, approved.status) == (409, 303)
    assert excused["people"][0]["attendance"] is None
    assert "approved by Chief" in page
