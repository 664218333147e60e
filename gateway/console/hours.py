"""The account of time: what became of each second of a day, and of the shifts; one's own, or everybody's."""

from datetime import date, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from aiohttp import web

from conversations.attendance import FlagKind, Presence
from conversations.ids import LostTimeId, UserId
from conversations.people import Role, User
from conversations.states import BREAK_NAMES
from desk.attendance import Report
from desk.errors import Refused
from gateway.auth import require, user_of
from gateway.console.pages import back_to, form_of, page
from gateway.console.sheets import sheet
from gateway.days import day_asked
from gateway.keys import SERVICES

HOME = "/hours"

COLUMNS = ("login", "name", "shift", "until", "signed in", "signed out", "flags", "planned minutes", "worked minutes")

FLAGS = {
    FlagKind.ABSENT: "Absent: {minutes} min",
    FlagKind.LATE: "Late: {minutes} min",
    FlagKind.JUST_IN_TIME: "Not early enough: {minutes} min missing",
    FlagKind.LEFT_EARLY: "Left early: {minutes} min",
    FlagKind.LEFT_AT_ONCE: "Left too soon after: {minutes} min missing",
}

routes = web.RouteTableDef()


@routes.get(HOME)
@require(Role.AGENT)
async def show(request: web.Request) -> web.StreamResponse:
    """One day, or the shifts of a week."""
    day, viewer, services = day_asked(request), user_of(request), request.app[SERVICES]
    is_week = _is_week(request)
    context = {
        "day": day,
        "is_week": is_week,
        "report": await _report(request),
        "flags": FLAGS,
        "hours": [] if is_week else await services.presence.hours(viewer, day),
        "breaks": BREAK_NAMES,
        "lasted": _lasted,
        "minutes": lambda duration: round(duration.total_seconds() / 60),
        "at": partial(_at, ZoneInfo(viewer.time_zone)),
    }
    return page(request, "hours.html", context)


@routes.get(HOME + ".csv")
@require(Role.AGENT)
async def export_csv(request: web.Request) -> web.StreamResponse:
    """The shifts of a day or a week, and what became of them."""
    report, zone = await _report(request), ZoneInfo(user_of(request).time_zone)
    lines = [_cells(user, each, zone) for user, record in report.records for each in record.shifts]
    return sheet(f"hours-{day_asked(request)}", [COLUMNS, *lines])


@routes.post(HOME + "/lost")
@require(Role.SUPERVISOR)
async def enter(request: web.Request) -> web.StreamResponse:
    """Enter time that somebody lost."""
    form, by = await form_of(request), user_of(request)
    zone = ZoneInfo(by.time_zone)
    since, until = (_moment(form.get(name, ""), zone) for name in ("since", "until"))
    attendance = request.app[SERVICES].workforce.attendance
    await attendance.enter(by, UserId(form.get("person", "")), since, until, form.get("reason", "").strip())
    return back_to(f"{HOME}?day={since.astimezone(zone).date()}")


@routes.post(HOME + "/lost/{id}")
@require(Role.SUPERVISOR)
async def decide(request: web.Request) -> web.StreamResponse:
    """Approve it, or refuse it."""
    form, lost_id = await form_of(request), LostTimeId(request.match_info["id"])
    await request.app[SERVICES].workforce.attendance.decide(user_of(request), lost_id, form.get("answer") == "approve")
    return back_to(f"{HOME}?day={_day(form.get('day', ''))}")


async def _report(request: web.Request) -> Report:
    attendance, viewer, day = request.app[SERVICES].workforce.attendance, user_of(request), day_asked(request)
    return await (attendance.of_week(viewer, day) if _is_week(request) else attendance.of_day(viewer, day))


def _is_week(request: web.Request) -> bool:
    return request.query.get("period") == "week"


def _cells(user: User, presence: Presence, zone: ZoneInfo) -> list[object]:
    moments = (presence.shift.since, presence.shift.until, presence.signed_in_at, presence.signed_out_at)
    return [
        user.login,
        user.name,
        *(each.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S") if each else "" for each in moments),
        ", ".join(f"{each.kind} {each.by.total_seconds() / 60:.0f}" for each in presence.flags),
        *(f"{each.total_seconds() / 60:.1f}" for each in (presence.planned, presence.worked)),
    ]


def _lasted(duration: timedelta) -> str:
    """Hours, minutes and seconds; a sum of them adds up to the second."""
    minutes, seconds = divmod(round(duration.total_seconds()), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"


def _at(zone: ZoneInfo, moment: datetime | None) -> str:
    return f"{moment.astimezone(zone):%m-%d %H:%M}" if moment else "—"


def _moment(text: str, zone: ZoneInfo) -> datetime:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=zone)
    except ValueError:
        raise Refused("Say from when until when.") from None


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise web.HTTPBadRequest(reason="A day is written like 2026-01-31.") from error
