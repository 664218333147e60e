"""Set-up of machines: where each stands, and which unit answers for it."""

from aiohttp import web

from conversations.faults import Machine, Site
from conversations.ids import CalendarId, MachineId, QueueId, new_id
from conversations.people import Role
from desk.errors import Refused
from gateway.auth import require, user_of
from gateway.console.pages import back_to, form_of, page
from gateway.keys import SERVICES
from storage import calendars, machines, queues
from storage.database import Connection

HOME = "/setup/machines"

routes = web.RouteTableDef()


@routes.get(HOME)
@require(Role.ADMIN)
async def listed(request: web.Request) -> web.StreamResponse:
    """Every machine."""
    read = request.app[SERVICES].database.read
    context = {
        "machines": await read(machines.listed),
        "sites": list(Site),
        "queue_names": {queue.id: queue.name for queue in await read(queues.listed)},
        "calendar_names": {row.id: row.name for row in await read(calendars.listed)},
    }
    return page(request, "machines.html", context)


@routes.post(HOME)
@require(Role.ADMIN)
async def add(request: web.Request) -> web.StreamResponse:
    """Write down a machine."""
    return await _put(request, MachineId(new_id()))


@routes.post(HOME + "/{id}")
@require(Role.ADMIN)
async def change(request: web.Request) -> web.StreamResponse:
    """Say who answers for it from now on."""
    return await _put(request, MachineId(request.match_info["id"]))


@routes.post(HOME + "/{id}/retire")
@require(Role.ADMIN)
async def retire(request: web.Request) -> web.StreamResponse:
    """Take it out of use, with the reason."""
    reason = (await form_of(request)).get("reason", "").strip()
    await request.app[SERVICES].machines.retire(user_of(request), MachineId(request.match_info["id"]), reason)
    return back_to(HOME)


@routes.post(HOME + "/{id}/restore")
@require(Role.ADMIN)
async def restore(request: web.Request) -> web.StreamResponse:
    """Take it back into use, with the reason."""
    reason = (await form_of(request)).get("reason", "").strip()
    await request.app[SERVICES].machines.restore(user_of(request), MachineId(request.match_info["id"]), reason)
    return back_to(HOME)


async def _put(request: web.Request, machine_id: MachineId) -> web.StreamResponse:
    services, form = request.app[SERVICES], await form_of(request)
    if form.get("site") not in set(Site):
        raise Refused("Say where the machine stands.")
    machine = Machine(
        id=machine_id,
        name=form.get("name", "").strip(),
        site=Site(form["site"]),
        queue_id=QueueId(form.get("queue", "")) or None,
        calendar_id=CalendarId(form.get("calendar", "")),
    )
    if problem := await services.database.read(_problem, machine):
        raise Refused(problem)
    await services.database.write(machines.put, machine, services.clock(), user_of(request).id)
    return back_to(HOME)


def _problem(connection: Connection, machine: Machine) -> str:
    if not machine.name or calendars.get(connection, machine.calendar_id) is None:
        return "A machine needs a name and the calendar of its unit."
    if machine.queue_id not in {None, *(queue.id for queue in queues.listed(connection))}:
        return "There is no such queue."
    if any(each.name == machine.name and each.id != machine.id for each in machines.listed(connection)):
        return "There is a machine with this name already."
    return ""
