"""JSON in and out of the API. Times are RFC 3339 in UTC."""

from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar

import orjson
from aiohttp import web

from gateway.bodies import read_body

Json = dict[str, Any]

MOST_JSON = 256 * 1024


def dump(content: object) -> bytes:
    """JSON bytes."""
    return orjson.dumps(content, option=orjson.OPT_UTC_Z)


def json_response(content: object, status: int = 200) -> web.Response:
    """An answer."""
    return web.Response(status=status, body=dump(content), content_type="application/json")


async def read_json(request: web.Request) -> Json:
    """The object in a request's body. Raises 400."""
    body = await read_body(request, MOST_JSON)
    try:
        content = orjson.loads(body or b"{}")
    except orjson.JSONDecodeError as error:
        raise web.HTTPBadRequest(reason="The body is not JSON.") from error
    if not isinstance(content, dict):
        raise web.HTTPBadRequest(reason="The body is not a JSON object.")
    return content


def text_of(content: Json, name: str, default: str | None = None) -> str:
    """A text in a request's object; without a default it must be there. Raises 400."""
    value = content.get(name, default)
    if not isinstance(value, str):
        raise web.HTTPBadRequest(reason=f"{name} must be a text.")
    return value


def instant_of(content: Json, name: str) -> datetime | None:
    """A moment in a request's object, with its zone; None when it is not there. Raises 400."""
    text = text_of(content, name, "")
    try:
        moment = datetime.fromisoformat(text) if text else None
    except ValueError as error:
        raise web.HTTPBadRequest(reason=f"{name} must be a time, as RFC 3339 writes it.") from error
    if moment is not None and moment.tzinfo is None:
        raise web.HTTPBadRequest(reason=f"{name} must say its time zone.")
    return moment


Choice = TypeVar("Choice", bound=StrEnum)


def choice_of(content: Json, name: str, kind: type[Choice]) -> Choice:
    """One of the words of an enumeration in a request's object. Raises 400."""
    wanted = text_of(content, name)
    if wanted not in set(kind):
        raise web.HTTPBadRequest(reason=f"{name} must be one of {', '.join(kind)}.")
    return kind(wanted)


def texts_of(content: Json, name: str) -> list[str]:
    """A list of texts in a request's object; it must be there. Raises 400."""
    value = content.get(name)
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise web.HTTPBadRequest(reason=f"{name} must be a list of texts.")
    return value


def object_of(content: Json, name: str) -> Json:
    """An object inside a request's object. Raises 400."""
    value = content.get(name)
    if not isinstance(value, dict):
        raise web.HTTPBadRequest(reason=f"{name} must be an object.")
    return value


def objects_of(content: Json, name: str) -> list[Json]:
    """A list of objects in a request's object; nothing counts as an empty one. Raises 400."""
    value = content.get(name, [])
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise web.HTTPBadRequest(reason=f"{name} must be a list of objects.")
    return value
