"""Set-up of people: adding them, letting them in anew, keeping them out."""

from zoneinfo import available_timezones

from aiohttp import web

from conversations.ids import UserId
from conversations.people import Role
from desk.errors import Refused
from desk.people import LINK_LIFETIME, new_user
from gateway.auth import require, user_of
from gateway.console.pages import back_to, form_of, number_within, page
from gateway.keys import SERVICES
from storage import people

HOME = "/setup/people"

LONGEST_PAUSE = 3_600

routes = web.RouteTableDef()


@routes.get(HOME)
@require(Role.ADMIN)
async def listed(request: web.Request) -> web.StreamResponse:
    """Everybody."""
    return await _page(request)


@routes.post(HOME)
@require(Role.ADMIN)
async def add(request: web.Request) -> web.StreamResponse:
    """Add a person and show the link with which they sign in first."""
    services = request.app[SERVICES]
    form = await form_of(request)
    try:
        user = new_user(
            form.get("login", ""),
            form.get("name", ""),
            _role(form.get("role", "")),
            services.settings.language,
            _zone(form.get("time_zone", "")),
            _number(form.get("capacity", "")),
            services.clock(),
        )
        token = await services.people.add(user, user_of(request).id)
    except Refused as error:
        return await _page(request, error=str(error), typed=form)
    return await _page(request, name=user.name, link=_link(request, token))


@routes.post(HOME + "/{id}/link")
@require(Role.ADMIN)
async def invite(request: web.Request) -> web.StreamResponse:
    """Make a new one-time link, as for a forgotten password."""
    services = request.app[SERVICES]
    token = await services.people.invite(UserId(request.match_info["id"]))
    user = await services.database.read(people.get, UserId(request.match_info["id"]))
    return await _page(request, name=user.name if user else "", link=_link(request, token))


@routes.post(HOME + "/{id}/disable")
@require(Role.ADMIN)
async def disable(request: web.Request) -> web.StreamResponse:
    """Keep a person out, at once and everywhere."""
    return await _set_enabled(request, False)


@routes.post(HOME + "/{id}/enable")
@require(Role.ADMIN)
async def enable(request: web.Request) -> web.StreamResponse:
    """Let a person in again."""
    return await _set_enabled(request, True)


@routes.post(HOME + "/{id}/pause")
@require(Role.ADMIN)
async def set_pause(request: web.Request) -> web.StreamResponse:
    """Say how long a person pauses after each conversation."""
    services, form = request.app[SERVICES], await form_of(request)
    user_id = UserId(request.match_info["id"])
    pause = {"pause_seconds": number_within(form.get("pause_seconds", ""), LONGEST_PAUSE)}
    await services.database.write(people.change, user_id, pause, services.clock(), user_of(request).id)
    return back_to(HOME)


async def _set_enabled(request: web.Request, enabled: bool) -> web.Response:
    await request.app[SERVICES].people.set_enabled(UserId(request.match_info["id"]), enabled, user_of(request).id)
    return back_to(HOME)


async def _page(
    request: web.Request, *, error: str = "", typed: dict[str, str] | None = None, name: str = "", link: str = ""
) -> web.Response:
    services = request.app[SERVICES]
    context = {
        "people": await services.database.read(people.listed),
        "roles": list(Role),
        "zone": services.settings.time_zone,
        "days": LINK_LIFETIME.days,
        "error": error,
        "typed": typed or {},
        "name": name,
        "link": link,
    }
    return page(request, "people.html", context, status=409 if error else 200)


def _link(request: web.Request, token: str) -> str:
    return f"{request.app[SERVICES].settings.public_url.rstrip('/')}/sign-in/link/{token}"


def _role(text: str) -> Role:
    if text not in set(Role):
        raise Refused("Choose a role.")
    return Role(text)


def _zone(text: str) -> str:
    if text not in available_timezones():
        raise Refused("A time zone is written like Asia/Shanghai.")
    return text


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 4 else 0
