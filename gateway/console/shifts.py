"""One shift of the roster."""

from collections.abc import Sequence

from aiohttp import web

from conversations.ids import ShiftId
from conversations.people import Role
from conversations.shifts import Shift
from desk.roster import Roster
from gateway.auth import require, user_of
from gateway.console.pages import back_to, form_of, page
from gateway.console.roster import HOME, words_of
from gateway.keys import SERVICES
from routing.roster import OverLimits, RosterWrong, Row, breaks_of, hours_of
from routing.rulebook.problems import Problem

routes = web.RouteTableDef()


@routes.get(HOME + "/shifts/{id}")
@require(Role.SUPERVISOR)
async def show_shift(request: web.Request) -> web.StreamResponse:
    """One shift."""
    roster = request.app[SERVICES].workforce.roster
    shift = await roster.shift(_shift_id(request))
    return await _shift_page(request, shift, _row(shift, roster), [])


@routes.post(HOME + "/shifts/{id}")
@require(Role.SUPERVISOR)
async def change(request: web.Request) -> web.StreamResponse:
    """Plan it anew."""
    roster, form = request.app[SERVICES].workforce.roster, await form_of(request)
    row = Row("", form.get("date", ""), form.get("hours", ""), form.get("breaks", ""))
    try:
        shift = await roster.change(user_of(request), _shift_id(request), row, form.get("reason", "").strip())
    except (RosterWrong, OverLimits) as wrong:
        return await _shift_page(request, await roster.shift(_shift_id(request)), row, wrong.problems)
    return back_to(f"{HOME}?day={shift.day(roster.zone)}")


@routes.post(HOME + "/shifts/{id}/remove")
@require(Role.SUPERVISOR)
async def remove(request: web.Request) -> web.StreamResponse:
    """Take it out of the roster."""
    roster, form = request.app[SERVICES].workforce.roster, await form_of(request)
    shift = await roster.shift(_shift_id(request))
    await roster.remove(user_of(request), shift.id, form.get("reason", "").strip())
    return back_to(f"{HOME}?day={shift.day(roster.zone)}")


async def _shift_page(request: web.Request, shift: Shift, row: Row, problems: Sequence[Problem]) -> web.Response:
    roster, me = request.app[SERVICES].workforce.roster, user_of(request)
    week = await roster.week(me, shift.day(roster.zone))
    name = next(user.name for user in week.people if user.id == shift.user_id)
    context = {"shift": shift, "row": row, "name": name, "problems": problems, **words_of(roster, me.language)}
    return page(request, "shift.html", context, status=409 if problems else 200)


def _row(shift: Shift, roster: Roster) -> Row:
    zone = roster.zone
    return Row("", shift.day(zone).isoformat(), hours_of(shift, zone), breaks_of(shift, zone))


def _shift_id(request: web.Request) -> ShiftId:
    return ShiftId(request.match_info["id"])
