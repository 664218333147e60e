"""Blocked customers: who is asked to be blocked and who is, and what a second person decides."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from aiohttp import web

from conversations.address import address_value
from conversations.blocks import Block
from conversations.ids import BlockId
from conversations.people import Role
from gateway.auth import require, user_of
from gateway.console.pages import back_to, form_of, page
from gateway.keys import SERVICES
from storage import blocks, contacts, conversations, people
from storage.database import Connection

HOME = "/blocks"

routes = web.RouteTableDef()


@routes.get(HOME)
@require(Role.SUPERVISOR)
async def show(request: web.Request) -> web.StreamResponse:
    """All that are asked for or in force."""
    services = request.app[SERVICES]
    found, names, latest = await services.database.read(_listed, services.clock())
    return page(request, "blocks.html", {"blocks": found, "names": names, "latest": latest})


@routes.post(HOME + "/{id}/approve")
@require(Role.SUPERVISOR)
async def approve(request: web.Request) -> web.StreamResponse:
    """Agree, as a second person."""
    await request.app[SERVICES].blocking.approve(user_of(request), _block_id(request))
    return back_to(HOME)


@routes.post(HOME + "/{id}/refuse")
@require(Role.SUPERVISOR)
async def refuse(request: web.Request) -> web.StreamResponse:
    """Disagree, with the reason."""
    reason = (await form_of(request)).get("reason", "").strip()
    await request.app[SERVICES].blocking.refuse(user_of(request), _block_id(request), reason)
    return back_to(HOME)


@routes.post(HOME + "/{id}/lift")
@require(Role.SUPERVISOR)
async def lift(request: web.Request) -> web.StreamResponse:
    """End it before its time, with the reason."""
    reason = (await form_of(request)).get("reason", "").strip()
    await request.app[SERVICES].blocking.lift(user_of(request), _block_id(request), reason)
    return back_to(HOME)


def _listed(connection: Connection, now: datetime) -> tuple[Sequence[Block], Mapping[str, str], Mapping[str, str]]:
    """Blocks, what people and customers are called, and the latest conversation of each customer."""
    found = blocks.listed(connection, now)
    latest: dict[str, str] = {}
    names: dict[str, str] = {user.id: user.name for user in people.listed(connection)}
    for contact_id, contact in contacts.many(connection, [each.contact_id for each in found]).items():
        last = conversations.of_contact(connection, contact_id)[0]
        latest[contact_id] = last.id
        names[contact_id] = contact.name or address_value(last.address)
    return found, names, latest


def _block_id(request: web.Request) -> BlockId:
    return BlockId(request.match_info["id"])
