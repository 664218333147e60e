"""A fault that a customer tells of goes to the unit that answers for the machine, with the table's clock."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from conversations.conversation import ConversationState
from conversations.faults import Urgency
from conversations.ids import ConversationId
from conversations.people import Role, User
from storage import conversations, events, machines
from tests.support.builders import SetClock
from tests.support.gateway import Browser, Gateway, open_gateway
from tests.support.machines import FRIDAY, branch_calendar

CLOCK = SetClock()


@pytest.fixture
async def gateway(tmp_path: Path, redis_url: str) -> AsyncIterator[Gateway]:
    """A gateway whose clock stands on a Friday at noon; it has one machine at a branch and one that is off-site."""
    CLOCK.now = FRIDAY
    async with open_gateway(tmp_path, redis_url, clock=CLOCK) as gateway:
        await gateway.add_account()
        yield gateway


async def set_up(gateway: Gateway, root: Browser) -> dict[str, str]:
    """Both machines, by the site at which they stand; the unit of the off-site one has a queue."""
    calendar, unit = await branch_calendar(root), await gateway.add_queue("设备组")
    for site, queue in (("branch", ""), ("off-site", unit)):
        added = await root.submit("/setup/machines", name=f"ATM {site}", site=site, queue=queue, calendar=calendar)
        assert added.status == 303
    return {each.site: each.id for each in await gateway.services.database.read(machines.listed)} | {"unit": unit}


async def taken(gateway: Gateway, user: User) -> str:
    """The address of a conversation that this agent has."""
    conversation_id: ConversationId = await gateway.hear("卡被吞了")
    values = {"assignee_id": user.id, "state": ConversationState.ASSIGNED}
    await gateway.services.database.write(conversations.change, conversation_id, values)
    return f"/api/v1/conversations/{conversation_id}"


async def promised(browser: Browser, address: str) -> list[str]:
    """Until when the fault is settled."""
    row = (await browser.json(address))["conversation"]
    return [each["due_at"] for each in row["promises"] if each["kind"] == "fault"]


async def report(browser: Browser, address: str, machine_id: str, fault: str, **more: str) -> Any:
    """The row of the conversation after the report."""
    answer = await browser.post(f"{address}/faults", {"machine_id": machine_id, "fault": fault, **more})
    assert answer.status == 200, await answer.text()
    return (await answer.json())["conversation"]


async def reported(browser: Browser, address: str) -> list[dict[str, Any]]:
    """The faults of the conversation, the oldest first."""
    return list((await browser.json(address))["faults"])


async def act(browser: Browser, address: str, deed: str, **content: object) -> int:
    """Do something about the first fault; the status of the answer."""
    (fault, *_) = await reported(browser, address)
    return (await browser.post(f"{address}/faults/{fault['id']}/{deed}", content)).status


async def test_an_off_site_machine_goes_to_its_designated_unit_within_three_working_days(gateway: Gateway) -> None:
    ann = await gateway.add_user("ann")
    async with (
        gateway.signed_in(await gateway.add_user("root", Role.ADMIN)) as root,
        gateway.signed_in(ann) as browser,
    ):
        atms = await set_up(gateway, root)
        address = await taken(gateway, ann)
        row = await report(browser, address, atms["off-site"], "swallowed card")
        same = {"machine_id": atms["off-site"], "fault": "swallowed card"}
        again = await browser.post(f"{address}/faults", same)
        (fault,) = await reported(browser, address)
        mine = (await browser.json("/api/v1/conversations?view=mine"))["conversations"]
    assert (row["queue_id"], row["owner_id"], row["state"]) == (atms["unit"], ann.id, "queued")
    assert [each["due_at"] for each in row["promises"]] == ["2026-11-25T10:00:00Z"]
    assert (again.status, fault["machine"], len(mine)) == (409, "ATM off-site", 1)


async def test_a_difference_of_cash_runs_from_its_clearing(gateway: Gateway) -> None:
    ann = await gateway.add_user("ann")
    async with (
        gateway.signed_in(await gateway.add_user("root", Role.ADMIN)) as root,
        gateway.signed_in(ann) as browser,
    ):
        atms = await set_up(gateway, root)
        address = await taken(gateway, ann)
        await report(browser, address, atms["branch"], "cash difference")
        before = await promised(browser, address)
        future = await act(browser, address, "clearing", at="2026-11-21T10:00")
        await act(browser, address, "clearing", at="2026-11-20T11:00")
        after = await promised(browser, address)
    assert (before, future, after) == ([], 409, ["2026-11-25T10:00:00Z"])


async def test_an_emergency_is_approved_by_somebody_else_who_is_above(gateway: Gateway) -> None:
    boss, lead = [await gateway.add_user(login, Role.SUPERVISOR) for login in ("boss", "lead")]
    async with (
        gateway.signed_in(await gateway.add_user("root", Role.ADMIN)) as root,
        gateway.signed_in(boss) as asker,
        gateway.signed_in(lead) as above,
    ):
        atms = await set_up(gateway, root)
        address = await taken(gateway, boss)
        await report(asker, address, atms["branch"], "swallowed card", urgent="客户要赶飞机")
        ordinary = await promised(asker, address)
        own = await act(asker, address, "decision", approved=True)
        told = [each["sentence"] for each in (await above.json("/api/v1/alerts"))["alerts"]]
        approved = await act(above, address, "decision", approved=True)
        urgent = await promised(asker, address)
        twice = await act(above, address, "decision", approved=False)
        (fault,) = await reported(asker, address)
    assert (own, approved, twice) == (409, 200, 409)
    assert told == ["Fault of a machine: swallowed card"]
    assert (ordinary, urgent) == (["2026-11-23T10:00:00Z"], ["2026-11-20T10:00:00Z"])
    assert (fault["urgency"], fault["decided_by"]) == (Urgency.APPROVED, lead.id)


async def test_an_agent_approves_nothing_and_what_is_not_approved_stays_ordinary(gateway: Gateway) -> None:
    ann, lead = await gateway.add_user("ann"), await gateway.add_user("lead", Role.SUPERVISOR)
    async with (
        gateway.signed_in(await gateway.add_user("root", Role.ADMIN)) as root,
        gateway.signed_in(ann) as browser,
        gateway.signed_in(lead) as above,
    ):
        atms = await set_up(gateway, root)
        address = await taken(gateway, ann)
        await report(browser, address, atms["branch"], "out of service", urgent="排长队")
        before = await promised(browser, address)
        assert await act(browser, address, "decision", approved=True) == 403
        assert await act(above, address, "decision", approved=False) == 200
        after = await promised(browser, address)
        (fault,) = await reported(browser, address)
    assert before == after == ["2026-11-20T04:30:00Z"]
    assert fault["urgency"] == Urgency.DECLINED


async def test_two_faults_have_their_own_times_and_are_settled_one_by_one(gateway: Gateway) -> None:
    """A machine that is out of service for 30 minutes of work, and a card in it."""
    ann = await gateway.add_user("ann")
    async with (
        gateway.signed_in(await gateway.add_user("root", Role.ADMIN)) as root,
        gateway.signed_in(ann) as browser,
    ):
        atms = await set_up(gateway, root)
        address = await taken(gateway, ann)
        await report(browser, address, atms["branch"], "out of service")
        await report(browser, address, atms["branch"], "swallowed card")
        both = await promised(browser, address)
        strange = await browser.post(f"{address}/faults/none/settlement")
        assert await act(browser, address, "settlement") == 200
        left = await promised(browser, address)
        assert await act(browser, address, "settlement") == 409
        settled = [each["settled_by"] for each in await reported(browser, address)]
        told = [each["kind"] for each in (await browser.json(address))["events"] if each["kind"].startswith("fault")]
        await browser.post(f"{address}/resolve", {"reason": "the card is back"})
        resolved = [each["settled_by"] for each in await reported(root, address)]
    assert (both, left) == (["2026-11-20T04:30:00Z", "2026-11-23T10:00:00Z"], ["2026-11-23T10:00:00Z"])
    assert (strange.status, settled, resolved) == (404, [ann.id, None], [ann.id, ann.id])
    assert told == ["fault.changed", "fault.changed", "fault.settled"]


async def test_the_unit_of_the_next_fault_gets_it_when_the_first_one_is_settled(gateway: Gateway) -> None:
    boss = await gateway.add_user("boss", Role.SUPERVISOR)
    async with (
        gateway.signed_in(await gateway.add_user("root", Role.ADMIN)) as root,
        gateway.signed_in(boss) as browser,
    ):
        atms = await set_up(gateway, root)
        (calendar,) = {each.calendar_id for each in await gateway.services.database.read(machines.listed)}
        other = await gateway.add_queue("另一设备组")
        await root.submit("/setup/machines", name="CRS", site="off-site", queue=other, calendar=calendar)
        crs = next(each.id for each in await gateway.services.database.read(machines.listed) if each.name == "CRS")
        address = await taken(gateway, boss)
        one_by_one = [await report(browser, address, each, "swallowed card") for each in (crs, atms["off-site"])]
        assert await act(browser, address, "settlement") == 200
        after = (await browser.json(address))["conversation"]["queue_id"]
    assert ([each["queue_id"] for each in one_by_one], after) == ([other, other], atms["unit"])


async def test_a_machine_goes_out_of_use_with_a_reason_and_its_history_stays(gateway: Gateway) -> None:
    ann = await gateway.add_user("ann")
    async with (
        gateway.signed_in(await gateway.add_user("root", Role.ADMIN)) as root,
        gateway.signed_in(ann) as browser,
    ):
        atms = await set_up(gateway, root)
        address = await taken(gateway, ann)
        await report(browser, address, atms["branch"], "swallowed card")
        path = f"/setup/machines/{atms['branch']}"
        statuses = [
            (await root.submit(f"{path}/retire", reason="")).status,
            (await root.submit(f"{path}/retire", reason="sold")).status,
            (await root.submit(f"{path}/retire", reason="again")).status,
            (await browser.post(f"/api/v1/machines/{atms['branch']}/restore", {"reason": "I want it"})).status,
            (await root.post("/api/v1/machines/none/retire", {"reason": "sold"})).status,
        ]
        shown = await (await root.get("/setup/machines")).text()
        in_use = [each["name"] for each in (await browser.json("/api/v1/machines"))["machines"]]
        refused = await browser.post(f"{address}/faults", {"machine_id": atms["branch"], "fault": "out of service"})
        kept = await reported(browser, address)
        back = await root.post(f"/api/v1/machines/{atms['branch']}/restore", {"reason": "bought back"})
        again = [each["name"] for each in (await back.json())["machines"]]
    story = await gateway.services.database.read(events.after, 0, 1_000)
    told = [(each.reason, each.data["retired_at"] is None) for each in story if "retired_at" in each.data]
    assert statuses == [409, 303, 409, 403, 404]
    assert ("out of use since" in shown, in_use, refused.status) == (True, ["ATM off-site"], 409)
    assert ([each["machine"] for each in kept], again) == (["ATM branch"], ["ATM branch", "ATM off-site"])
    assert told == [("sold", False), ("bought back", True)]


async def test_a_machine_is_changed_and_its_calendar_stays(gateway: Gateway) -> None:
    async with gateway.signed_in(await gateway.add_user("root", Role.ADMIN)) as root:
        atms = await set_up(gateway, root)
        (_, off_site) = await gateway.services.database.read(machines.listed)
        form = {"name": "ATM 7", "site": "branch", "calendar": off_site.calendar_id}
        changed = await root.submit(f"/setup/machines/{atms['off-site']}", **form)
        wrong = [
            (await root.submit("/setup/machines", **form | {name: value})).status
            for name, value in (("name", "ATM 7"), ("name", ""), ("site", "moon"), ("calendar", "none"), ("queue", "x"))
        ]
        page = await (await root.get("/setup/machines")).text()
        kept_calendar = await root.submit(f"/setup/calendars/{off_site.calendar_id}/remove")
    names = [each.name for each in await gateway.services.database.read(machines.listed)]
    assert (changed.status, wrong, kept_calendar.status) == (303, [409] * 5, 409)
    assert (names, "ATM 7" in page) == (["ATM 7", "ATM branch"], True)
