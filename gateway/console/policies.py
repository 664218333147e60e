"""Set-up of policies: what is promised to whom, on the page of deadlines and on a page of each."""

from collections.abc import Mapping
from dataclasses import replace

from aiohttp import web

from conversations.deadlines import BY_POLICY
from conversations.ids import CalendarId, PolicyId, new_id
from conversations.people import Role
from desk.errors import NotFound, Refused
from gateway.auth import require, user_of
from gateway.console import deadlines
from gateway.console.pages import back_to, form_of, page
from gateway.keys import SERVICES
from routing.clocks.policies import CONDITIONS
from storage import calendars, policies
from storage.database import Connection
from storage.policies import PolicyRow

HOME = deadlines.HOME + "/policies"

LONGEST = 400 * 24 * 60
"""Minutes; a limit that no calendar could reach is a slip of the pen."""

STEPS = {"up": -1, "down": 1}

routes = web.RouteTableDef()


@routes.post(HOME)
@require(Role.ADMIN)
async def add(request: web.Request) -> web.StreamResponse:
    """Promise something from now on, behind the other policies."""
    services = request.app[SERVICES]
    empty = PolicyRow(
        id=PolicyId(new_id()),
        position=0,
        name="",
        conditions={},
        calendar_id=None,
        minutes={},
        from_assignment=False,
        pauses=False,
        created_at=services.clock(),
    )
    row = await _filled(request, empty)
    await services.database.write(policies.add, row, user_of(request).id)
    return back_to(deadlines.HOME)


@routes.get(HOME + "/{id}")
@require(Role.ADMIN)
async def show(request: web.Request) -> web.StreamResponse:
    """One policy, to be changed."""
    context = await deadlines.choices(request)
    return page(request, "policy.html", {**context, "policy": await _named(request)})


@routes.post(HOME + "/{id}")
@require(Role.ADMIN)
async def change(request: web.Request) -> web.StreamResponse:
    """Promise something else from now on."""
    services, before = request.app[SERVICES], await _named(request)
    after = await _filled(request, before)
    await services.database.write(policies.change, before, after, services.clock(), user_of(request).id)
    return back_to(deadlines.HOME)


@routes.post(HOME + "/{id}/enabled")
@require(Role.ADMIN)
async def enable(request: web.Request) -> web.StreamResponse:
    """Put it into force, or out of it."""
    services, row = request.app[SERVICES], await _named(request)
    wanted = (await form_of(request)).get("enabled") == "yes"
    await services.database.write(policies.enable, row, wanted, services.clock(), user_of(request).id)
    return back_to(deadlines.HOME)


@routes.post(HOME + "/{id}/place")
@require(Role.ADMIN)
async def move(request: web.Request) -> web.StreamResponse:
    """Look at it one place earlier, or later."""
    services, row = request.app[SERVICES], await _named(request)
    steps = STEPS.get((await form_of(request)).get("to", ""))
    if steps is None:
        raise Refused("A policy moves up or down.")
    await services.database.write(policies.move, row.id, steps, services.clock(), user_of(request).id)
    return back_to(f"{deadlines.HOME}#policy-{row.id}")


@routes.post(HOME + "/{id}/remove")
@require(Role.ADMIN)
async def remove(request: web.Request) -> web.StreamResponse:
    """Promise it no longer."""
    services, row = request.app[SERVICES], await _named(request)
    await services.database.write(policies.remove, row, services.clock(), user_of(request).id)
    return back_to(deadlines.HOME)


async def _named(request: web.Request) -> PolicyRow:
    rows = await request.app[SERVICES].database.read(policies.listed)
    found = next((row for row in rows if row.id == request.match_info["id"]), None)
    if found is None:
        raise NotFound("This policy is gone.")
    return found


async def _filled(request: web.Request, row: PolicyRow) -> PolicyRow:
    """The policy as the form says it. Raises `Refused`."""
    form = await form_of(request)
    filled = replace(
        row,
        name=form.get("name", "").strip(),
        conditions={name: wanted for name in CONDITIONS if (wanted := form.get(name, "").strip())},
        calendar_id=CalendarId(form["calendar"]) if form.get("calendar") else None,
        minutes=_minutes(form),
        from_assignment="from_assignment" in form,
        pauses="pauses" in form,
    )
    if problem := await request.app[SERVICES].database.read(_problem, filled):
        raise Refused(problem)
    return filled


def _problem(connection: Connection, row: PolicyRow) -> str:
    if not row.name:
        return "A policy needs a name."
    if not row.minutes:
        return "A policy promises something within some minutes."
    if row.calendar_id and calendars.get(connection, row.calendar_id) is None:
        return "This calendar is gone; choose another."
    return ""


def _minutes(form: Mapping[str, str]) -> dict[str, int]:
    """What is promised; a field that is left empty promises nothing."""
    typed = {kind.value: form.get(f"minutes-{kind.value}", "").strip() for kind in BY_POLICY}
    if not all(text.isdecimal() and 0 < int(text) <= LONGEST for text in typed.values() if text):
        raise Refused("Minutes are whole numbers from 1 to 576000.")
    return {kind: int(text) for kind, text in typed.items() if text}
