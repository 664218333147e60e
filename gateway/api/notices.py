"""Notices: supervisors publish them, everybody reads them; `/api/v1/me/duties` has the unread ones."""

from aiohttp import web

from conversations.ids import NoticeId, QueueId
from conversations.people import Role
from gateway.api.codec import instant_of, json_response, read_json, text_of, texts_of
from gateway.auth import require, user_of
from gateway.keys import SERVICES

routes = web.RouteTableDef()


@routes.post("/api/v1/notices")
@require(Role.SUPERVISOR)
async def publish(request: web.Request) -> web.Response:
    """Publish `title` and `text`; `must_read` before one goes ready, `until` a time, for `queue_ids` or everybody."""
    content = await read_json(request)
    notice = await request.app[SERVICES].notices.publish(
        user_of(request),
        text_of(content, "title").strip(),
        text_of(content, "text").strip(),
        must_read=content.get("must_read") is True,
        until=instant_of(content, "until"),
        queue_ids=map(QueueId, texts_of({"queue_ids": [], **content}, "queue_ids")),
    )
    return json_response({"id": notice.id}, status=201)


@routes.post("/api/v1/notices/{id}/withdraw")
@require(Role.SUPERVISOR)
async def withdraw(request: web.Request) -> web.Response:
    """Take it off the board."""
    await request.app[SERVICES].notices.withdraw(user_of(request), NoticeId(request.match_info["id"]))
    return json_response({})


@routes.post("/api/v1/notices/{id}/read")
@require(Role.AGENT)
async def read(request: web.Request) -> web.Response:
    """Say that one has read it."""
    await request.app[SERVICES].notices.read(user_of(request), NoticeId(request.match_info["id"]))
    return json_response({})
