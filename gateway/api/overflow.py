"""The steps of overflow of a queue: what is done there while too many wait."""

from typing import Any

from aiohttp import web

from conversations.ids import QueueId, StepId
from conversations.language import LANGUAGES
from conversations.overflow import Remedy, Step, Trigger
from conversations.people import Role
from desk.errors import NotFound
from gateway.api.codec import Json, choice_of, json_response, object_of, objects_of, read_json, text_of, texts_of
from gateway.auth import require, user_of
from gateway.keys import SERVICES
from routing.rush.pressure import usual_release
from storage import overflow, queues
from storage.database import Connection

routes = web.RouteTableDef()


@routes.get("/api/v1/queues/{id}/overflow")
@require(Role.SUPERVISOR)
async def shown(request: web.Request) -> web.Response:
    """The `steps` of a queue; `on_since` is null while a step is off."""
    return await _steps(request)


@routes.put("/api/v1/queues/{id}/overflow")
@require(Role.SUPERVISOR)
async def replace(request: web.Request) -> web.Response:
    """Do these `steps` about a queue and nothing else.

    Each has a `trigger` (`waited`, `waiting`, `level`, `nobody`) with its `limit`, `release` (or the usual one) and
    `within`, and a `remedy` (`widen`, `alert`, `tell`, `anybody`) with its `helpers` (ids of queues) or `texts` by
    language. One that has the `id` of a step there changes it and leaves it on, one without is new, and those
    that are not named are removed.
    """
    queue_id, content = _queue_id(request), await read_json(request)
    if "steps" not in content:
        raise web.HTTPBadRequest(reason="steps must be there, if only as an empty list.")
    steps = [_step(each, queue_id) for each in objects_of(content, "steps")]
    await request.app[SERVICES].overflow.replace(user_of(request), queue_id, steps)
    return await _steps(request)


async def _steps(request: web.Request) -> web.Response:
    return json_response({"steps": await request.app[SERVICES].database.read(_of_queue, _queue_id(request))})


def _of_queue(connection: Connection, queue_id: QueueId) -> list[Json]:
    if queue_id not in queues.names(connection):
        raise NotFound("There is no such queue.")
    return [_view(step) for step in overflow.listed(connection) if step.queue_id == queue_id]


def _view(step: Step) -> Json:
    fields = {name: value for name, value in vars(step).items() if name != "queue_id"}
    return fields | {"helpers": sorted(step.helpers)}


def _step(content: Json, queue_id: QueueId) -> Step:
    trigger, limit = choice_of(content, "trigger", Trigger), _whole(content, "limit", 0)
    return Step(
        id=StepId(text_of(content, "id", "")),
        queue_id=queue_id,
        trigger=trigger,
        remedy=choice_of(content, "remedy", Remedy),
        limit=limit,
        release=_whole(content, "release", usual_release(trigger, limit)),
        within=_whole(content, "within", 0),
        helpers=frozenset(map(QueueId, texts_of(content, "helpers"))) if "helpers" in content else frozenset(),
        texts=_texts(object_of(content, "texts")) if "texts" in content else {},
    )


def _whole(content: Json, name: str, default: int) -> int:
    value = content.get(name, default)
    if not isinstance(value, int) or isinstance(value, bool):
        raise web.HTTPBadRequest(reason=f"{name} must be a whole number.")
    return value


def _texts(given: dict[str, Any]) -> dict[str, str]:
    if unknown := given.keys() - set(LANGUAGES):
        raise web.HTTPBadRequest(reason=f"texts has no language {min(unknown)}.")
    texts = {language: text_of(given, language).strip() for language in given}
    return {language: text for language, text in texts.items() if text}


def _queue_id(request: web.Request) -> QueueId:
    return QueueId(request.match_info["id"])
