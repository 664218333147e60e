"""Set-up of announcements: written when there is time, for when there is none."""

from aiohttp import web

from conversations.ids import AnnouncementId, new_id
from conversations.language import LANGUAGES
from conversations.people import Role
from desk.emergency import readable
from desk.errors import Refused
from gateway.auth import require, user_of
from gateway.console.pages import back_to, form_of, page
from gateway.keys import SERVICES
from storage import emergency
from storage.emergency import Announcement

HOME = "/setup/announcements"

routes = web.RouteTableDef()


@routes.get(HOME)
@require(Role.SUPERVISOR)
async def listed(request: web.Request) -> web.StreamResponse:
    """Every prepared announcement, and an empty one."""
    found = await request.app[SERVICES].database.read(emergency.prepared)
    empty = Announcement(id=AnnouncementId(new_id()), name="", texts={})
    return page(request, "announcements.html", {"announcements": [*found, empty], "text_languages": LANGUAGES})


@routes.post(HOME + "/{id}")
@require(Role.SUPERVISOR)
async def save(request: web.Request) -> web.StreamResponse:
    """Keep one."""
    services, form = request.app[SERVICES], await form_of(request)
    announcement = Announcement(
        id=AnnouncementId(request.match_info["id"]),
        name=form.get("name", "").strip(),
        texts=readable({language: form.get(f"text-{language}", "") for language in LANGUAGES}),
    )
    if not announcement.name:
        raise Refused("An announcement needs a name.")
    await services.database.write(emergency.prepare, announcement, services.clock(), user_of(request).id)
    return back_to(HOME)


@routes.post(HOME + "/{id}/remove")
@require(Role.SUPERVISOR)
async def remove(request: web.Request) -> web.StreamResponse:
    """Throw one away."""
    services = request.app[SERVICES]
    announcement_id = AnnouncementId(request.match_info["id"])
    await services.database.write(emergency.forget, announcement_id, services.clock(), user_of(request).id)
    return back_to(HOME)
