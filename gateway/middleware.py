"""Around every request: its trace, its time, and one place where errors become answers."""

import logging
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus

from aiohttp import web

from conversations.ids import new_id
from desk.errors import FirstDo, NotFound, Refused
from gateway.api.problems import problem
from gateway.auth import NotSignedIn
from gateway.console.pages import error_page, sign_in_redirect
from gateway.keys import SERVICES
from runtime.logs import tracing
from storage.database import DatabaseUnavailable

log = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_TRACE = re.compile(r"[A-Za-z0-9._-]{8,64}")

_STATUS: Mapping[type[Exception], int] = {NotSignedIn: 401, NotFound: 404, DatabaseUnavailable: 503}

_SENTENCES = {
    401: "Sign in first.",
    404: "There is nothing here.",
    405: "This address does not take that method.",
    413: "This is too large.",
    500: "Something went wrong on our side. It was written to the log.",
    503: "The database cannot be reached now. Nothing was lost; try again in a moment.",
}


@web.middleware
async def trace_request(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Give the request an id that leads through the logs, and measure it."""
    given = request.headers.get("X-Request-Id", "")
    trace = given if _TRACE.fullmatch(given) else new_id()
    started = time.perf_counter()
    with tracing(trace):
        response = await handler(request)
    response.headers["X-Request-Id"] = trace
    _measure(request, response.status, time.perf_counter() - started)
    return response


@web.middleware
async def answer_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn what a handler raised into an answer in the caller's language: a problem, a page or a line."""
    try:
        return await handler(request)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        return await _answer(request, error.status, _sentence(error))
    except FirstDo as error:
        return await _answer(request, 409, str(error), first=error.first)
    except Refused as error:
        return await _refuse(request, error)
    except tuple(_STATUS) as error:
        status = _STATUS[type(error)]
        return await _answer(request, status, _SENTENCES[status] if status in (401, 503) else str(error))
    except Exception:
        log.exception("a request to %s failed", _route(request))
        return await _answer(request, 500, _SENTENCES[500])


async def _answer(request: web.Request, status: int, sentence: str, **more: str) -> web.Response:
    if request.path.startswith("/api/"):
        return problem(status, sentence, **more)
    if request.path.startswith("/webhooks/"):
        log.warning("refused a request to a webhook: %s", sentence)
        return web.Response(status=status, text=sentence)
    if status == 401:
        return sign_in_redirect(request)
    return await error_page(request, status, sentence)


async def _refuse(request: web.Request, refused: Refused) -> web.Response:
    """Screens say the sentence in their own language, with its values."""
    if request.path.startswith("/api/"):
        more = {"sentence": refused.sentence, "values": refused.values} if refused.values else {}
        return problem(409, str(refused), **more)
    return await error_page(request, 409, refused.sentence, **refused.values)


def _sentence(error: web.HTTPException) -> str:
    """What the handler said, or else our own words for the status."""
    said_nothing = error.reason == HTTPStatus(error.status).phrase
    return _SENTENCES.get(error.status, error.reason) if said_nothing else error.reason


def _measure(request: web.Request, status: int, seconds: float) -> None:
    metrics = request.app[SERVICES].metrics
    metrics.http_seconds.labels(request.method, _route(request), str(status)).observe(seconds)


def _route(request: web.Request) -> str:
    """The pattern of the address: addresses themselves may hold tokens."""
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else "unmatched"
