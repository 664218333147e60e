"""Errors of the API: problem details (RFC 9457) with a sentence that a person can read."""

from http import HTTPStatus

from aiohttp import web

from gateway.api.codec import dump


def problem(status: int, detail: str, **more: object) -> web.Response:
    """An error as `application/problem+json`; `more` are further members, for programs."""
    content = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail, **more}
    return web.Response(status=status, body=dump(content), content_type="application/problem+json")
