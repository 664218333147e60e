"""The notice board: what is to be known, who has read it, and the form to publish more."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from aiohttp import web

from conversations.ids import NoticeId, QueueId, UserId
from conversations.notices import Notice
from conversations.people import Role, User
from desk.errors import Refused
from desk.presence import day_in
from gateway.auth import has_role, require, user_of
from gateway.console.pages import back_to, form_of, page
from gateway.keys import SERVICES
from storage import notices, people, queues
from storage.database import Connection
from storage.queues import Queue

HOME = "/notices"

routes = web.RouteTableDef()


@dataclass(frozen=True)
class Shown:
    """A notice on the board: by whom, for which queues, whether I have read it, and who has not."""

    notice: Notice
    author: str
    queues: Sequence[str]
    is_read: bool
    readers: int
    missing: Sequence[str]


@routes.get(HOME)
@require(Role.AGENT)
async def show(request: web.Request) -> web.StreamResponse:
    """Everything in force that concerns one; supervisors see all of it."""
    services = request.app[SERVICES]
    board, listed = await services.database.read(_board, user_of(request), services.clock())
    return page(request, "notices.html", {"board": board, "queues": listed})


@routes.post(HOME)
@require(Role.SUPERVISOR)
async def publish(request: web.Request) -> web.StreamResponse:
    """Put one on the board, until the end of a day if one is named."""
    form, me = await form_of(request), user_of(request)
    chosen = [QueueId(str(each)) for each in (await request.post()).getall("queue", [])]
    await request.app[SERVICES].notices.publish(
        me,
        form.get("title", "").strip(),
        form.get("text", "").strip(),
        must_read="must_read" in form,
        until=_end_of(form.get("until", ""), me),
        queue_ids=chosen,
    )
    return back_to(HOME)


@routes.post(HOME + "/{id}/read")
@require(Role.AGENT)
async def read(request: web.Request) -> web.StreamResponse:
    """Say that one has read it."""
    await request.app[SERVICES].notices.read(user_of(request), NoticeId(request.match_info["id"]))
    return back_to(HOME)


@routes.post(HOME + "/{id}/withdraw")
@require(Role.SUPERVISOR)
async def withdraw(request: web.Request) -> web.StreamResponse:
    """Take it off the board."""
    await request.app[SERVICES].notices.withdraw(user_of(request), NoticeId(request.match_info["id"]))
    return back_to(HOME)


def _board(connection: Connection, viewer: User, now: datetime) -> tuple[list[Shown], list[Queue]]:
    listed = queues.listed(connection)
    found = notices.in_force(connection, now)
    if not has_role(viewer, Role.SUPERVISOR):
        found = [each for each in found if each.concerns(viewer)]
    readers = notices.readers(connection, [each.id for each in found])
    everybody = [user for user in people.listed(connection) if user.enabled]
    return [_shown(each, viewer, readers.get(each.id, set()), everybody, listed) for each in found], listed


def _shown(
    notice: Notice, viewer: User, readers: set[UserId], everybody: Sequence[User], listed: Sequence[Queue]
) -> Shown:
    return Shown(
        notice=notice,
        author=next((user.name for user in everybody if user.id == notice.author_id), ""),
        queues=[queue.name for queue in listed if queue.id in notice.queue_ids],
        is_read=viewer.id in readers,
        readers=len(readers),
        missing=[user.name for user in everybody if notice.concerns(user) and user.id not in readers],
    )


def _end_of(day: str, me: User) -> datetime | None:
    if not day:
        return None
    try:
        return day_in(ZoneInfo(me.time_zone), date.fromisoformat(day))[1]
    except ValueError as error:
        raise Refused("A day is written like 2026-01-31.") from error
