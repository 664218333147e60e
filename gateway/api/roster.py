"""The roster: shifts of a week, planned all together or not at all."""

from collections.abc import Sequence

from aiohttp import web

from conversations.ids import ShiftId
from conversations.people import Role
from conversations.shifts import Shift
from gateway.api.codec import Json, json_response, objects_of, read_json, text_of
from gateway.api.problems import problem
from gateway.auth import require, user_of
from gateway.bodies import read_body
from gateway.days import day_asked
from gateway.keys import SERVICES
from routing.roster import OverLimits, RosterWrong, Row, read_csv
from routing.rulebook.problems import Problem

MOST_CSV = 256 * 1024
"""Bytes of a file."""

routes = web.RouteTableDef()


@routes.get("/api/v1/shifts")
@require(Role.AGENT)
async def listed(request: web.Request) -> web.Response:
    """The shifts of the week of a `day`: one's own; supervisors see everybody's."""
    week = await request.app[SERVICES].workforce.roster.week(user_of(request), day_asked(request))
    return json_response({"monday": week.monday, "shifts": [_shift(each) for each in week.shifts]})


@routes.post("/api/v1/shifts")
@require(Role.SUPERVISOR)
async def plan(request: web.Request) -> web.Response:
    """Plan `shifts`, each with `login`, `date`, `hours` like `22:00-06:00` and maybe `breaks` like `12:00-13:00 meal`.

    422 with all `problems` when one of them cannot be; 409 with `problems` when only a `reason` is missing.
    """
    content = await read_json(request)
    rows = [_row(each) for each in objects_of(content, "shifts")]
    return await _planned(request, rows, text_of(content, "reason", ""))


@routes.post("/api/v1/shifts/import")
@require(Role.SUPERVISOR)
async def import_csv(request: web.Request) -> web.Response:
    """Plan what a file (CSV: login, date, hours, breaks) in the body says; `reason` in the query. Answers as above."""
    content = await read_body(request, MOST_CSV)
    try:
        rows = read_csv(content)
    except RosterWrong as wrong:
        return _refused(422, wrong.problems)
    return await _planned(request, rows, request.query.get("reason", ""))


@routes.put("/api/v1/shifts/{id}")
@require(Role.SUPERVISOR)
async def change(request: web.Request) -> web.Response:
    """Plan a shift anew: `date`, `hours`, `breaks`, `reason`. Answers as above."""
    content = await read_json(request)
    try:
        shift = await request.app[SERVICES].workforce.roster.change(
            user_of(request), _shift_id(request), _row(content), text_of(content, "reason", "").strip()
        )
    except RosterWrong as wrong:
        return _refused(422, wrong.problems)
    except OverLimits as over:
        return _refused(409, over.problems)
    return json_response(_shift(shift))


@routes.delete("/api/v1/shifts/{id}")
@require(Role.SUPERVISOR)
async def remove(request: web.Request) -> web.Response:
    """Take a shift out of the roster; `reason` in the query."""
    reason = request.query.get("reason", "")
    await request.app[SERVICES].workforce.roster.remove(user_of(request), _shift_id(request), reason)
    return json_response({})


async def _planned(request: web.Request, rows: Sequence[Row], reason: str) -> web.Response:
    try:
        planned = await request.app[SERVICES].workforce.roster.plan(user_of(request), rows, reason.strip())
    except RosterWrong as wrong:
        return _refused(422, wrong.problems)
    except OverLimits as over:
        return _refused(409, over.problems)
    return json_response({"shifts": [_shift(each) for each in planned]}, status=201)


def _refused(status: int, problems: Sequence[Problem]) -> web.Response:
    found = [{"row": each.rule, "text": str(each)} for each in problems]
    return problem(status, "Nothing was planned.", problems=found)


def _shift(shift: Shift) -> Json:
    return {**vars(shift), "breaks": [vars(each) for each in shift.breaks]}


def _row(content: Json) -> Row:
    names = ("login", "date", "hours", "breaks")
    return Row(*(text_of(content, name, "").strip() for name in names))


def _shift_id(request: web.Request) -> ShiftId:
    return ShiftId(request.match_info["id"])
