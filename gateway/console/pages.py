"""Pages that the server renders: one look, plain forms, the person's language and time zone."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

import jinja2
from aiohttp import web
from babel.dates import format_datetime

from conversations.people import Role, User
from desk.errors import Refused
from gateway.auth import has_role, session_of
from gateway.console import assets
from gateway.console.places import BAR, open_to
from gateway.keys import SERVICES, SESSION
from gateway.words import LANGUAGES, preferred, translate
from storage.people import Session

_environment = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def page(
    request: web.Request, name: str, context: Mapping[str, Any] | None = None, *, status: int = 200
) -> web.Response:
    """A page for the person who asks, or for somebody who is not signed in yet."""
    session = request.get(SESSION)
    language = _language(request, session)
    words = partial(translate, language)
    user = session.user if session else None
    html = _environment.get_template(name).render(
        _=words,
        me=user,
        bar=open_to(user, BAR),
        csrf=session.csrf if session else "",
        is_supervisor=session is not None and has_role(session.user, Role.SUPERVISOR),
        is_admin=session is not None and has_role(session.user, Role.ADMIN),
        language=language,
        languages=LANGUAGES,
        root=assets.ROOT,
        path=request.path,
        clock=partial(_clock, language, _zone(request, session)),
        when=partial(_when, language, _zone(request, session)),
        **(context or {}),
    )
    return web.Response(text=html, content_type="text/html", status=status)


async def error_page(request: web.Request, status: int, sentence: str, **values: str) -> web.Response:
    """What went wrong, with the way back."""
    context = {"title": HTTPStatus(status).phrase, "sentence": sentence, "values": values, "status": status}
    return page(request, "error.html", context, status=status)


def sign_in_redirect(request: web.Request) -> web.Response:
    """To the sign-in page, and back here afterwards."""
    back = quote(request.path_qs) if request.method == "GET" and request.path != "/" else ""
    return web.Response(status=303, headers={"Location": f"/sign-in?next={back}" if back else "/sign-in"})


async def form_of(request: web.Request) -> dict[str, str]:
    """The fields of a plain form; of a field that occurs twice the last."""
    return {name: value for name, value in (await request.post()).items() if isinstance(value, str)}


def number_within(text: str, most: int) -> int:
    """A number from 0 on. Raises `Refused`."""
    if not (text.isascii() and text.isdecimal()) or len(text) > len(str(most)) or int(text) > most:
        raise Refused("This number is too large, or is none.")
    return int(text)


def back_to(address: str) -> web.Response:
    """After a form was done: a page that can be loaded again."""
    return web.Response(status=303, headers={"Location": address})


async def current_user(request: web.Request) -> User | None:
    """Who is signed in, on pages that do not require it."""
    session = await session_of(request)
    return session.user if session else None


def _language(request: web.Request, session: Session | None) -> str:
    if session is not None:
        return session.user.language
    return preferred(request.headers.get("Accept-Language", ""), request.app[SERVICES].settings.language)


def _zone(request: web.Request, session: Session | None) -> ZoneInfo:
    return ZoneInfo(session.user.time_zone if session else request.app[SERVICES].settings.time_zone)


def _clock(language: str, zone: ZoneInfo, moment: datetime) -> str:
    return format_datetime(moment, "HH:mm:ss", tzinfo=zone, locale=language.replace("-", "_"))


def _when(language: str, zone: ZoneInfo, moment: datetime | None) -> str:
    if moment is None:
        return "—"
    return format_datetime(moment, "yyyy-MM-dd HH:mm:ss", tzinfo=zone, locale=language.replace("-", "_"))
