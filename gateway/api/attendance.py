"""Attendance: what became of shifts, and time that people lost through no fault of their own."""

from datetime import datetime

from aiohttp import web

from conversations.attendance import LostTime, Presence, Record
from conversations.ids import LostTimeId, UserId
from conversations.people import Role, User
from gateway.api.codec import Json, json_response, read_json, text_of
from gateway.auth import require, user_of
from gateway.days import day_asked
from gateway.keys import SERVICES

routes = web.RouteTableDef()


@routes.get("/api/v1/attendance")
@require(Role.AGENT)
async def shown(request: web.Request) -> web.Response:
    """The shifts of a `day`, or with `period=week` of its week, with flags, `adherence` and `attendance` (0 to 1)."""
    attendance, viewer, day = request.app[SERVICES].workforce.attendance, user_of(request), day_asked(request)
    is_week = request.query.get("period") == "week"
    report = await (attendance.of_week(viewer, day) if is_week else attendance.of_day(viewer, day))
    people = [_person(user, record) for user, record in report.records]
    return json_response({"people": people, "lost_times": [_lost(each) for each in report.lost]})


@routes.post("/api/v1/lost-times")
@require(Role.SUPERVISOR)
async def enter(request: web.Request) -> web.Response:
    """Enter time that `user_id` lost from `since` until `until`, with the `reason`; it counts once another approves."""
    content = await read_json(request)
    since, until = (_moment(content, name) for name in ("since", "until"))
    user_id, reason = UserId(text_of(content, "user_id")), text_of(content, "reason", "").strip()
    lost = await request.app[SERVICES].workforce.attendance.enter(user_of(request), user_id, since, until, reason)
    return json_response(_lost(lost), status=201)


@routes.post("/api/v1/lost-times/{id}/approve")
@require(Role.SUPERVISOR)
async def approve(request: web.Request) -> web.Response:
    """Approve what another has entered."""
    return await _decide(request, True)


@routes.post("/api/v1/lost-times/{id}/refuse")
@require(Role.SUPERVISOR)
async def refuse(request: web.Request) -> web.Response:
    """Refuse it."""
    return await _decide(request, False)


async def _decide(request: web.Request, approved: bool) -> web.Response:
    lost_id = LostTimeId(request.match_info["id"])
    await request.app[SERVICES].workforce.attendance.decide(user_of(request), lost_id, approved)
    return json_response({})


def _person(user: User, record: Record) -> Json:
    return {
        "id": user.id,
        "name": user.name,
        "adherence": record.adherence,
        "attendance": record.attendance,
        "shifts": [_presence(each) for each in record.shifts],
    }


def _presence(presence: Presence) -> Json:
    return {
        "shift_id": presence.shift.id,
        "since": presence.shift.since,
        "until": presence.shift.until,
        "signed_in_at": presence.signed_in_at,
        "signed_out_at": presence.signed_out_at,
        "flags": [{"kind": each.kind, "seconds": each.by.total_seconds()} for each in presence.flags],
        "planned_seconds": presence.planned.total_seconds(),
        "worked_seconds": presence.worked.total_seconds(),
    }


def _lost(lost: LostTime) -> Json:
    return dict(vars(lost))


def _moment(content: Json, name: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text_of(content, name))
    except ValueError as error:
        raise _unreadable(name) from error
    if moment.tzinfo is None:
        raise _unreadable(name)
    return moment


def _unreadable(name: str) -> web.HTTPBadRequest:
    return web.HTTPBadRequest(reason=f"{name} must be a time with its offset, like 2026-01-31T09:00:00Z.")
