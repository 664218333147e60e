"""Coming in and going out: password, one-time link, a new password, sign-out."""

import re

from aiohttp import web

from conversations.people import Role
from desk.errors import FirstDo, Refused
from desk.people import SignedIn, SignInRefused, TooManyTries
from gateway.auth import forget, remember, require, same_origin, session_token, user_of
from gateway.console import checklist
from gateway.console.pages import back_to, current_user, form_of, page
from gateway.keys import SERVICES

_INSIDE = re.compile(r"/(?![/\\])[!-~]*")
"""Browsers drop tabs and line ends from addresses, and read a backslash as a slash."""

LEAVING = "/?leaving"
"""The inbox, where it asks what is to be handed over."""

routes = web.RouteTableDef()


@routes.get("/sign-in")
async def show(request: web.Request) -> web.StreamResponse:
    """Ask for login and password."""
    if await current_user(request):
        return back_to("/")
    return _ask(request)


@routes.post("/sign-in")
async def sign_in(request: web.Request) -> web.StreamResponse:
    """Check them."""
    _from_our_page(request)
    form = await form_of(request)
    try:
        signed_in = await request.app[SERVICES].people.sign_in(form.get("login", ""), form.get("password", ""))
    except TooManyTries as error:
        seconds = max(1, int((error.until - request.app[SERVICES].clock()).total_seconds()))
        return _ask(request, login=form.get("login", ""), error=str(error), wait=seconds, status=429)
    except SignInRefused as error:
        return _ask(request, login=form.get("login", ""), error=str(error), status=403)
    return _come_in(request, signed_in, await _first_address(request, signed_in, _inside(form.get("next", ""))))


@routes.get("/sign-in/link/{token}")
async def show_link(request: web.Request) -> web.StreamResponse:
    """A button and nothing else: programs that look at links in messages must not spend this one."""
    return page(request, "link.html", {"error": ""})


@routes.post("/sign-in/link/{token}")
async def use_link(request: web.Request) -> web.StreamResponse:
    """Spend the link, then ask for a password."""
    _from_our_page(request)
    try:
        signed_in = await request.app[SERVICES].people.accept(request.match_info["token"])
    except SignInRefused as error:
        return page(request, "link.html", {"error": str(error)}, status=403)
    return _come_in(request, signed_in, "/password")


@routes.get("/password")
@require(Role.AGENT)
async def show_password(request: web.Request) -> web.StreamResponse:
    """Ask for a new password."""
    return await _ask_password(request)


@routes.post("/password")
@require(Role.AGENT)
async def set_password(request: web.Request) -> web.StreamResponse:
    """Set it; everybody else who was signed in as this person is out."""
    form = await form_of(request)
    try:
        if form.get("new", "") != form.get("again", ""):
            raise Refused("The two new passwords are not the same.")
        signed_in = await request.app[SERVICES].people.change_password(
            user_of(request), form.get("old", ""), form.get("new", "")
        )
    except Refused as error:
        return await _ask_password(request, error=str(error), status=409)
    return _come_in(request, signed_in, "/")


@routes.post("/sign-out")
@require(Role.AGENT)
async def sign_out(request: web.Request) -> web.StreamResponse:
    """End this session; who still has conversations is led to hand them over."""
    services = request.app[SERVICES]
    try:
        await services.people.sign_out(session_token(request))
    except FirstDo:
        return back_to(LEAVING)
    response = back_to("/sign-in")
    forget(response, services.settings)
    return response


@routes.post("/language")
@require(Role.AGENT)
async def set_language(request: web.Request) -> web.StreamResponse:
    """Choose the language of the screens."""
    form = await form_of(request)
    await request.app[SERVICES].people.set_language(user_of(request), form.get("language", ""))
    return back_to(_inside(form.get("next", "")))


def _ask(request: web.Request, *, login: str = "", error: str = "", wait: int = 0, status: int = 200) -> web.Response:
    context = {"login": login, "error": error, "wait": wait, "next": _inside(request.query.get("next", ""))}
    return page(request, "sign_in.html", context, status=status)


async def _ask_password(request: web.Request, *, error: str = "", status: int = 200) -> web.Response:
    has_one = await request.app[SERVICES].people.has_password(user_of(request))
    return page(request, "password.html", {"error": error, "has_one": has_one}, status=status)


async def _first_address(request: web.Request, signed_in: SignedIn, address: str) -> str:
    """Whoever has something to check before their shift is led there instead of to the inbox."""
    checks = await request.app[SERVICES].workforce.checklist.of(signed_in.user_id)
    return checklist.HOME if address == "/" and any(each.at is None for each in checks) else address


def _come_in(request: web.Request, signed_in: SignedIn, address: str) -> web.Response:
    response = back_to(address)
    remember(response, request.app[SERVICES].settings, signed_in.token)
    return response


def _from_our_page(request: web.Request) -> None:
    """Nobody has a CSRF token before signing in: the browser's word for where the form was stands for it."""
    if "Origin" in request.headers and not same_origin(request):
        raise web.HTTPForbidden(reason="This form does not come from our own page.")


def _inside(address: str) -> str:
    """An address of ours; anything that could lead elsewhere becomes the start page."""
    return address if _INSIDE.fullmatch(address) else "/"
