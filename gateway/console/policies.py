"""Set-up of policies: what is promised to whom, on the page of deadlines."""

from collections.abc import Mapping

from aiohttp import web

from conversations.deadlines import BY_POLICY
from conversations.ids import CalendarId, PolicyId, new_id
from conversations.people import Role
from desk.errors import Refused
from gateway.auth import require, user_of
from gateway.console import deadlines
from gateway.console.pages import back_to, form_of
from gateway.keys import SERVICES
from storage import calendars, policies
from storage.database import Connection
from storage.policies import PolicyRow

CONDITIONS = ("queue", "kind", "category", "language")

LONGEST = 400 * 24 * 60
"""Minutes; a limit that no calendar could reach is a slip of the pen."""

routes = web.RouteTableDef()


@routes.post(deadlines.HOME + "/policies")
@require(Role.ADMIN)
async def add(request: web.Request) -> web.StreamResponse:
    """Promise something from now on, behind the other policies."""
    services = request.app[SERVICES]
    form = await form_of(request)
    row = PolicyRow(
        id=PolicyId(new_id()),
        position=0,
        name=form.get("name", "").strip(),
        conditions={name: wanted for name in CONDITIONS if (wanted := form.get(name, "").strip())},
        calendar_id=CalendarId(form["calendar"]) if form.get("calendar") else None,
        minutes=_minutes(form),
        from_assignment="from_assignment" in form,
        pauses="pauses" in form,
        created_at=services.clock(),
    )
    if problem := await services.database.read(_problem, row):
        raise Refused(problem)
    await services.database.write(policies.add, row, user_of(request).id)
    return back_to(deadlines.HOME)


@routes.post(deadlines.HOME + "/policies/{id}/remove")
@require(Role.ADMIN)
async def remove(request: web.Request) -> web.StreamResponse:
    """Promise it no longer."""
    services = request.app[SERVICES]
    policy_id = PolicyId(request.match_info["id"])
    await services.database.write(policies.remove, policy_id, services.clock(), user_of(request).id)
    return back_to(deadlines.HOME)


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
