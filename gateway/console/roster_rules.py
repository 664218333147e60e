"""The rules that rosters and breaks keep to."""

from collections.abc import Mapping
from dataclasses import replace

from aiohttp import web

from conversations.people import Role
from desk.errors import Refused
from gateway.auth import require, user_of
from gateway.console.pages import back_to, form_of, page
from gateway.console.roster import HOME
from gateway.keys import SERVICES
from storage import queues, shifts

RULES: Mapping[str, str] = {
    "week_hours": "Hours that somebody works in a week at most",
    "week_days": "Days that somebody works in a week at most",
    "first_minutes": "Minutes at the beginning of a shift without breaks",
    "last_minutes": "Minutes at the end of a shift without breaks",
    "rest_minutes": "Minutes that a short break lasts at most; 0 for as long as they like",
    "meal_minutes": "Minutes that a meal lasts at most; 0 for as long as they like",
    "early_minutes": "Minutes to be there before a shift",
    "late_minutes": "Minutes to stay after a shift",
    "adherence_percent": "Part of the planned time that is to be worked, in percent",
    "attendance_percent": "Part of the shifts to which one is to come, in percent",
    "cool_off_minutes": "Minutes to cool off after an abusive customer; 0 for as long as they like",
}
"""What the numbers of `RosterRules` are called; beside them a queue may say how many may be on a break."""

routes = web.RouteTableDef()


@routes.get(HOME + "/rules")
@require(Role.SUPERVISOR)
async def show(request: web.Request) -> web.StreamResponse:
    """All of them."""
    read = request.app[SERVICES].database.read
    context = {
        "rules": vars(await read(shifts.rules)),
        "names": RULES,
        "queues": await read(queues.listed),
    }
    return page(request, "roster_rules.html", context)


@routes.post(HOME + "/rules")
@require(Role.SUPERVISOR)
async def save(request: web.Request) -> web.StreamResponse:
    """Set all of them."""
    services, form = request.app[SERVICES], await form_of(request)
    read = services.database.read
    numbers = {name: _number(form[name]) for name in RULES if name in form}
    chosen = replace(await read(shifts.rules), **numbers, meal_protected=int("meal_protected" in form))
    limits = {
        each.id: _number(form[f"queue-{each.id}"]) for each in await read(queues.listed) if f"queue-{each.id}" in form
    }
    await services.workforce.roster.set_rules(user_of(request), chosen, limits)
    return back_to(HOME)


def _number(text: str) -> int:
    if not text.isdecimal() or len(text) > 4:
        raise Refused("Write a whole number.")
    return int(text)
