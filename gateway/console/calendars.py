"""Set-up of calendars: when a business is open, and what that makes of the next days."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import available_timezones

from aiohttp import web
from babel import Locale

from conversations.ids import CalendarId, new_id
from conversations.people import Role
from desk.errors import NotFound, Refused
from gateway.auth import require, user_of
from gateway.console import deadlines
from gateway.console.pages import back_to, form_of, page
from gateway.keys import SERVICES
from routing.clocks.calendars import Calendar, Why, countries, make_up_days, read_calendar
from routing.clocks.hours import InvalidHours, write_spans
from storage import calendars, machines, policies
from storage.calendars import CalendarRow

HOME = "/setup/calendars"

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

USUAL = ("09:00-12:00, 13:30-18:00",) * 5 + ("", "")

SHOWN = timedelta(days=21)

routes = web.RouteTableDef()


@dataclass(frozen=True)
class Day:
    """One day of the preview."""

    date: date
    hours: str
    why: Why


@routes.get(HOME + "/new")
@require(Role.ADMIN)
async def show_new(request: web.Request) -> web.StreamResponse:
    """An empty form."""
    return _form(request, _new_calendar(user_of(request).time_zone), [])


@routes.post(HOME + "/new")
@require(Role.ADMIN)
async def add(request: web.Request) -> web.StreamResponse:
    """Make a calendar."""
    services = request.app[SERVICES]
    row = _filled(_new_calendar(user_of(request).time_zone), await form_of(request))
    if problems := _problems(row, await services.database.read(calendars.listed)):
        return _form(request, row, problems)
    await services.database.write(calendars.add, row, services.clock(), user_of(request).id)
    return back_to(f"{HOME}/{row.id}")


@routes.get(HOME + "/{id}")
@require(Role.ADMIN)
async def show(request: web.Request) -> web.StreamResponse:
    """One calendar and its next days."""
    return _form(request, await _calendar(request), [])


@routes.post(HOME + "/{id}")
@require(Role.ADMIN)
async def save(request: web.Request) -> web.StreamResponse:
    """Write a calendar anew."""
    services = request.app[SERVICES]
    row = _filled(await _calendar(request), await form_of(request))
    if problems := _problems(row, await services.database.read(calendars.listed)):
        return _form(request, row, problems)
    await services.database.write(calendars.change, row, services.clock(), user_of(request).id)
    return back_to(f"{HOME}/{row.id}")


@routes.post(HOME + "/{id}/remove")
@require(Role.ADMIN)
async def remove(request: web.Request) -> web.StreamResponse:
    """Take a calendar away."""
    services = request.app[SERVICES]
    row = await _calendar(request)
    if any(policy.calendar_id == row.id for policy in await services.database.read(policies.listed)):
        raise Refused("A policy reckons in this calendar; remove that first.")
    if await services.database.read(machines.keeps, row.id):
        raise Refused("A machine's unit works by this calendar; change that first.")
    await services.database.write(calendars.remove, row, services.clock(), user_of(request).id)
    return back_to(deadlines.HOME)


def _form(request: web.Request, row: CalendarRow, problems: list[str]) -> web.Response:
    today = request.app[SERVICES].clock()
    context = {
        "calendar": row,
        "is_new": request.path == f"{HOME}/new",
        "problems": problems,
        "weekdays": WEEKDAYS,
        "exceptions": "\n".join(f"{day} {hours or 'closed'}" for day, hours in sorted(row.exceptions.items())),
        "zones": sorted(available_timezones()),
        "countries": _country_names(user_of(request).language),
        "days": [] if problems else _preview(read_calendar(row), today),
        "unknown_years": _years_without_make_up_days(row, today),
    }
    return page(request, "calendar.html", context, status=409 if problems else 200)


def _preview(calendar: Calendar, now: datetime) -> list[Day]:
    first = calendar.day_of(now)
    days = [first + timedelta(days=each) for each in range(SHOWN.days)]
    return [Day(day, write_spans(calendar.hours(day)[0]), calendar.hours(day)[1]) for day in days]


def _years_without_make_up_days(row: CalendarRow, now: datetime) -> list[int]:
    """China's government names them in November; the library then needs a new version."""
    return [year for year in (now.year, now.year + 1) if row.country == "CN" and not make_up_days("CN", year)]


def _country_names(language: str) -> list[tuple[str, str]]:
    names = Locale.parse(language, sep="-").territories
    return sorted(((code, names.get(code, code)) for code in countries()), key=lambda each: each[1])


def _filled(row: CalendarRow, form: Mapping[str, str]) -> CalendarRow:
    lines = [line.strip().partition(" ") for line in form.get("exceptions", "").splitlines() if line.strip()]
    return replace(
        row,
        name=form.get("name", "").strip(),
        time_zone=form.get("time_zone", "").strip(),
        country=form.get("country", ""),
        week=[form.get(f"day-{each}", "").strip() for each in range(len(WEEKDAYS))],
        exceptions={day: hours.strip() for day, _, hours in lines},
    )


def _problems(row: CalendarRow, others: Sequence[CalendarRow]) -> list[str]:
    """What keeps this calendar from being stored, every reason at once."""
    return [
        *([] if row.name else ["A calendar needs a name."]),
        *(["There is a calendar with this name already."] if _is_taken(row, others) else []),
        *([] if row.time_zone in available_timezones() else ["A time zone is written like Asia/Shanghai."]),
        *([] if row.country in ("", *countries()) else ["Choose a country of the list."]),
        *(
            []
            if _is_readable(row)
            else ["Hours are written like 09:00-12:00, 13:30-18:00; days like 2026-12-24 closed."]
        ),
    ]


def _is_taken(row: CalendarRow, others: Sequence[CalendarRow]) -> bool:
    return any(other.name == row.name and other.id != row.id for other in others)


def _is_readable(row: CalendarRow) -> bool:
    try:
        read_calendar(replace(row, time_zone="UTC"))
    except InvalidHours:
        return False
    return True


def _new_calendar(time_zone: str) -> CalendarRow:
    country = "CN" if time_zone == "Asia/Shanghai" else ""
    return CalendarRow(
        id=CalendarId(new_id()), name="", time_zone=time_zone, country=country, week=USUAL, exceptions={}
    )


async def _calendar(request: web.Request) -> CalendarRow:
    found = await request.app[SERVICES].database.read(calendars.get, CalendarId(request.match_info["id"]))
    if found is None:
        raise NotFound
    return found
