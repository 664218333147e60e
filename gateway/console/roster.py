"""The roster: a week of shifts, for supervisors to plan and for agents to look at their own."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial

from aiohttp import web
from babel.dates import format_skeleton
from multidict import MultiDictProxy

from conversations.people import Role, User
from conversations.shifts import Shift, Week, by_person, weeks_of
from conversations.states import BREAKS
from desk.errors import Refused
from desk.roster import WEEK, Roster, RosterWeek
from gateway.auth import require, user_of
from gateway.console.calendars import WEEKDAYS
from gateway.console.pages import back_to, page
from gateway.days import day_asked
from gateway.keys import SERVICES
from routing.roster import OverLimits, RosterWrong, Row, hours_of, read_csv, repeated, write_csv
from routing.rulebook.problems import Problem

HOME = "/roster"

MOST_REPEATED = timedelta(days=92)

routes = web.RouteTableDef()

Form = MultiDictProxy[str | bytes | bytearray | web.FileField]


@dataclass(frozen=True)
class Line:
    """A person's week: shifts by day, and what they come to."""

    user: User
    days: Sequence[Sequence[Shift]]
    week: Week | None


@routes.get(HOME)
@require(Role.AGENT)
async def show(request: web.Request) -> web.StreamResponse:
    """The week of a day."""
    return await _show(request, day_asked(request))


@routes.post(HOME)
@require(Role.SUPERVISOR)
async def plan(request: web.Request) -> web.StreamResponse:
    """Plan the same hours for several people on several days."""
    form = await request.post()
    first, last = _date(form, "first"), _date(form, "last")
    if last < first or last - first > MOST_REPEATED:
        raise Refused("The last day is not before the first one, and at most three months later.")
    row = Row("", "", _text(form, "hours"), _text(form, "breaks"))
    weekdays = {int(str(each)) for each in form.getall("weekday", []) if str(each).isdecimal()}
    rows = repeated(map(str, form.getall("login", [])), first, last, weekdays, row)
    if not rows:
        raise Refused("Choose who is to work, and on which days.")
    return await _done(request, first, lambda roster, by: roster.plan(by, rows, _text(form, "reason")), form)


@routes.post(HOME + "/copy")
@require(Role.SUPERVISOR)
async def copy(request: web.Request) -> web.StreamResponse:
    """Plan the week before once more."""
    form = await request.post()
    day = _date(form, "day")
    return await _done(request, day, lambda roster, by: roster.copy_week(by, day, _text(form, "reason")), form)


@routes.post(HOME + "/import")
@require(Role.SUPERVISOR)
async def import_csv(request: web.Request) -> web.StreamResponse:
    """Plan what a file says."""
    form = await request.post()
    file = form.get("file")
    if not isinstance(file, web.FileField):
        raise Refused("Choose a file.")
    content = file.file.read()

    async def take(roster: Roster, by: User) -> Sequence[Shift]:
        return await roster.plan(by, read_csv(content), _text(form, "reason"))

    return await _done(request, _date(form, "day"), take, form, counts_lines=True)


@routes.get(HOME + "/week.csv")
@require(Role.SUPERVISOR)
async def export_csv(request: web.Request) -> web.StreamResponse:
    """A week as a file that can be read in again."""
    roster = request.app[SERVICES].workforce.roster
    week = await roster.week(user_of(request), day_asked(request))
    text = write_csv(week.shifts, {user.id: user.login for user in week.people}, roster.zone)
    headers = {"Content-Disposition": f'attachment; filename="roster-{week.monday}.csv"'}
    # Excel takes a file without this mark for one in the encoding of the machine.
    return web.Response(body=text.encode("utf-8-sig"), content_type="text/csv", charset="utf-8", headers=headers)


async def _done(
    request: web.Request,
    day: date,
    act: Callable[[Roster, User], Awaitable[object]],
    form: Form,
    *,
    counts_lines: bool = False,
) -> web.Response:
    """The week where something was planned; or what is wrong, with everything that was typed."""
    try:
        await act(request.app[SERVICES].workforce.roster, user_of(request))
    except (RosterWrong, OverLimits) as wrong:
        return await _show(request, day, problems=wrong.problems, typed=form, counts_lines=counts_lines)
    return back_to(f"{HOME}?day={day}")


async def _show(
    request: web.Request,
    day: date,
    *,
    problems: Sequence[Problem] = (),
    typed: Form | None = None,
    counts_lines: bool = False,
) -> web.Response:
    roster, me = request.app[SERVICES].workforce.roster, user_of(request)
    week = await roster.week(me, day)
    context = {
        "week": week,
        "lines": _lines(week, roster),
        "days": [week.monday + timedelta(days=each) for each in range(len(WEEKDAYS))],
        "before": week.monday - WEEK,
        "after": week.monday + WEEK,
        "zone": roster.zone,
        "weekdays": WEEKDAYS,
        "breaks": BREAKS,
        "problems": _once(problems),
        # The first line of a file names the columns.
        "first_line": 2 if counts_lines else None,
        "typed": typed,
        **words_of(roster, me.language),
    }
    return page(request, "roster.html", context, status=409 if problems else 200)


def _lines(week: RosterWeek, roster: Roster) -> list[Line]:
    shifts = by_person(week.shifts)
    sums = {each.user_id: each for each in weeks_of(week.shifts, roster.zone)}
    return [Line(user, _days(week.monday, shifts.get(user.id, ()), roster), sums.get(user.id)) for user in week.people]


def _days(monday: date, shifts: Sequence[Shift], roster: Roster) -> list[list[Shift]]:
    days = [monday + timedelta(days=each) for each in range(len(WEEKDAYS))]
    return [[each for each in shifts if each.day(roster.zone) == day] for day in days]


def words_of(roster: Roster, language: str) -> dict[str, Callable[..., str]]:
    """How shifts and days are written."""
    return {
        "hours_of": partial(hours_of, zone=roster.zone),
        "day_name": lambda day: format_skeleton("MEd", day, locale=language.replace("-", "_")),
    }


def _once(problems: Sequence[Problem]) -> list[Problem]:
    """The same slip in a form is wrong for each person and day."""
    return list({str(each): each for each in reversed(problems)}.values())[::-1]


def _date(form: Form, name: str) -> date:
    try:
        return date.fromisoformat(_text(form, name))
    except ValueError as error:
        raise web.HTTPBadRequest(reason="A day is written like 2026-01-31.") from error


def _text(form: Form, name: str) -> str:
    return str(form.get(name, "")).strip()
