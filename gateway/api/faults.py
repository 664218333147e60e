"""Machines, and their faults, reported from a conversation."""

from aiohttp import web

from conversations.faults import Fault
from conversations.ids import FaultId, MachineId
from conversations.people import Role
from gateway.api.actions import as_it_is_now, conversation_id_of
from gateway.api.codec import choice_of, json_response, read_json, text_of
from gateway.api.promises import instant_of
from gateway.auth import require, user_of
from gateway.keys import SERVICES
from storage import machines

MOST_REASON = 500

routes = web.RouteTableDef()


@routes.get("/api/v1/machines")
@require(Role.AGENT)
async def listed(request: web.Request) -> web.Response:
    """Every machine that is in use, where it stands, and the queue of the unit that answers for it."""
    return await _in_use(request)


@routes.post("/api/v1/machines/{id}/retire")
@require(Role.ADMIN)
async def retire(request: web.Request) -> web.Response:
    """Take it out of use, for a `reason`: no fault of it is reported any more, what history says of it stays."""
    reason = text_of(await read_json(request), "reason", "").strip()[:MOST_REASON]
    await request.app[SERVICES].machines.retire(user_of(request), MachineId(request.match_info["id"]), reason)
    return await _in_use(request)


@routes.post("/api/v1/machines/{id}/restore")
@require(Role.ADMIN)
async def restore(request: web.Request) -> web.Response:
    """Take it back into use, for a `reason`."""
    reason = text_of(await read_json(request), "reason", "").strip()[:MOST_REASON]
    await request.app[SERVICES].machines.restore(user_of(request), MachineId(request.match_info["id"]), reason)
    return await _in_use(request)


@routes.post("/api/v1/conversations/{id}/faults")
@require(Role.AGENT)
async def report(request: web.Request) -> web.Response:
    """Report a `fault` of `machine_id`; `urgent` says why it is an emergency, which somebody above has to approve."""
    content, user = await read_json(request), user_of(request)
    fault, machine_id = choice_of(content, "fault", Fault), MachineId(text_of(content, "machine_id"))
    urgent = text_of(content, "urgent", "").strip()[:MOST_REASON]
    deed = request.app[SERVICES].faults.report
    await deed(user, conversation_id_of(request), machine_id, fault, urgent)
    return await as_it_is_now(request)


@routes.post("/api/v1/conversations/{id}/faults/{fault}/clearing")
@require(Role.AGENT)
async def clear(request: web.Request) -> web.Response:
    """Say `at` which time a difference of cash was cleared: its time runs from there."""
    user = user_of(request)
    at = instant_of(text_of(await read_json(request), "at"), user.time_zone)
    await request.app[SERVICES].faults.clear(user, conversation_id_of(request), _fault_id_of(request), at)
    return await as_it_is_now(request)


@routes.post("/api/v1/conversations/{id}/faults/{fault}/decision")
@require(Role.SUPERVISOR)
async def decide(request: web.Request) -> web.Response:
    """Approve emergency handling (`approved`: true), or not; never one's own wish."""
    approved = (await read_json(request)).get("approved")
    if not isinstance(approved, bool):
        raise web.HTTPBadRequest(reason="approved must be true or false.")
    deed = request.app[SERVICES].faults.decide
    await deed(user_of(request), conversation_id_of(request), _fault_id_of(request), approved)
    return await as_it_is_now(request)


@routes.post("/api/v1/conversations/{id}/faults/{fault}/settlement")
@require(Role.AGENT)
async def settle(request: web.Request) -> web.Response:
    """Say that it is settled: its time ends, and the unit of the next fault gets the conversation."""
    await request.app[SERVICES].faults.settle(user_of(request), conversation_id_of(request), _fault_id_of(request))
    return await as_it_is_now(request)


async def _in_use(request: web.Request) -> web.Response:
    found = await request.app[SERVICES].database.read(machines.in_use)
    return json_response({"machines": [vars(each) for each in found], "faults": list(Fault)})


def _fault_id_of(request: web.Request) -> FaultId:
    return FaultId(request.match_info["fault"])
