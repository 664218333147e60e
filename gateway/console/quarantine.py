"""Quarantine: genuine requests that could not be stored, until a person replays or discards them."""

from aiohttp import web

from conversations.ids import QuarantineId
from conversations.people import Role
from desk.errors import NotFound, Refused
from exchange.intake import ReplayRefused
from gateway.auth import require
from gateway.console.pages import back_to, page
from gateway.keys import SERVICES
from storage import quarantine
from storage.quarantine import Quarantined

HOME = "/setup/quarantine"

SHOWN = 64 * 1024
"""Bytes of a request that a page shows; the rest is in the download."""

routes = web.RouteTableDef()


@routes.get(HOME)
@require(Role.ADMIN)
async def listed(request: web.Request) -> web.StreamResponse:
    """The newest, those that wait first."""
    services = request.app[SERVICES]
    names = {each.account.id: each.account.name for each in services.accounts.listed()}
    held = await services.database.read(quarantine.listed)
    return page(request, "quarantine.html", {"held": held, "names": names, "waiting": quarantine.WAITING})


@routes.get(HOME + "/{id}")
@require(Role.ADMIN)
async def show(request: web.Request) -> web.StreamResponse:
    """One request as it came."""
    return _page(request, await _held(request))


@routes.get(HOME + "/{id}/body")
@require(Role.ADMIN)
async def download(request: web.Request) -> web.StreamResponse:
    """The bytes, to be looked at elsewhere."""
    held = await _held(request)
    return web.Response(
        body=held.body,
        content_type="application/octet-stream",
        headers={"Content-Disposition": f'attachment; filename="{held.id}.bin"'},
    )


@routes.post(HOME + "/{id}/replay")
@require(Role.ADMIN)
async def replay(request: web.Request) -> web.StreamResponse:
    """Read it again and store it."""
    held = await _held(request)
    try:
        await request.app[SERVICES].intake.replay(held.id)
    except ReplayRefused as error:
        return _page(request, held, error=str(error))
    return back_to(HOME)


@routes.post(HOME + "/{id}/discard")
@require(Role.ADMIN)
async def discard(request: web.Request) -> web.StreamResponse:
    """Say that nobody needs it. It is kept, but waits no more."""
    services = request.app[SERVICES]
    held = await _held(request)
    if held.state != quarantine.WAITING:
        raise Refused("This request is settled already.")
    await services.database.write(quarantine.settle, held.id, quarantine.DISCARDED, services.clock())
    return back_to(HOME)


def _page(request: web.Request, held: Quarantined, *, error: str = "") -> web.Response:
    context = {
        "held": held,
        "body": held.body[:SHOWN].decode(errors="backslashreplace"),
        "is_cut": len(held.body) > SHOWN,
        "waits": held.state == quarantine.WAITING,
        "error": error,
    }
    return page(request, "quarantined.html", context, status=409 if error else 200)


async def _held(request: web.Request) -> Quarantined:
    found = await request.app[SERVICES].database.read(quarantine.get, QuarantineId(request.match_info["id"]))
    if found is None:
        raise NotFound
    return found
