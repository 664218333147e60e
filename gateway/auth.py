"""Who is asking, and whether they may: sessions, roles, and proof that a write came from our own pages."""

import functools
import hmac
from collections.abc import Awaitable, Callable

from aiohttp import web

from conversations.people import Role, Scope, User, scope_of
from gateway.keys import SERVICES, SESSION
from runtime.settings import Settings
from storage.people import Session

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_RANK = {Role.AGENT: 0, Role.SUPERVISOR: 1, Role.ADMIN: 2}

_SAFE_METHODS = frozenset(("GET", "HEAD"))

_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


class NotSignedIn(Exception):
    """Nobody is signed in, or their session is over."""


def require(role: Role) -> Callable[[Handler], Handler]:
    """Let a handler run for people of at least this role only; a write must carry the session's CSRF token."""

    def decorate(handler: Handler) -> Handler:
        @functools.wraps(handler)
        async def guarded(request: web.Request) -> web.StreamResponse:
            session = await session_of(request)
            if session is None:
                raise NotSignedIn
            if not has_role(session.user, role):
                raise web.HTTPForbidden(reason="Your role does not allow this.")
            if request.method not in _SAFE_METHODS:
                await _check_csrf(request, session)
            request[SESSION] = session
            return await handler(request)

        return guarded

    return decorate


def has_role(user: User, role: Role) -> bool:
    """Whether a person may do what this role may do."""
    return _RANK[user.role] >= _RANK[role]


def user_of(request: web.Request) -> User:
    """The person who asks, in a handler that requires one."""
    return request[SESSION].user


def scope_of_request(request: web.Request) -> Scope:
    """What the person who asks may see."""
    return scope_of(user_of(request))


async def session_of(request: web.Request) -> Session | None:
    """The session behind the request's cookie, or None."""
    services = request.app[SERVICES]
    token = session_token(request)
    return await services.people.session(token) if token else None


def session_token(request: web.Request) -> str:
    """What the session cookie holds, or nothing."""
    return request.cookies.get(_cookie_name(request.app[SERVICES].settings), "")


def remember(response: web.StreamResponse, settings: Settings, token: str) -> None:
    """Give the browser its session."""
    response.set_cookie(
        _cookie_name(settings),
        token,
        max_age=int(settings.session_lifetime.total_seconds()),
        httponly=True,
        secure=_is_https(settings),
        samesite="Lax",
        path="/",
    )


def forget(response: web.StreamResponse, settings: Settings) -> None:
    """Take the session away from the browser."""
    response.del_cookie(_cookie_name(settings), path="/", secure=_is_https(settings), httponly=True, samesite="Lax")


def same_origin(request: web.Request) -> bool:
    """Whether a browser sends this from one of our own pages; a request without `Origin` is not."""
    public = request.app[SERVICES].settings.public_url.rstrip("/")
    return request.headers.get("Origin", "") in (public, f"{request.scheme}://{request.host}")


async def _check_csrf(request: web.Request, session: Session) -> None:
    given = request.headers.get("X-CSRF", "")
    if not given and request.content_type in _FORMS:
        given = str((await request.post()).get("csrf", ""))
    if not hmac.compare_digest(given.encode(), session.csrf.encode()):
        raise web.HTTPForbidden(reason="This form is from an older session. Load the page again.")


def _is_https(settings: Settings) -> bool:
    return settings.public_url.startswith("https:")


def _cookie_name(settings: Settings) -> str:
    """Browsers hold `__Host-` cookies to this host and to TLS, and take them over TLS only."""
    return "__Host-huiliu" if _is_https(settings) else "huiliu"
