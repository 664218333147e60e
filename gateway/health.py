"""Is the process alive, is it ready, and how is it doing: for supervisors, load balancers and Prometheus."""

from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web

from gateway.api.codec import json_response
from gateway.keys import SERVICES
from routing.writing import LEASE
from runtime.services import Services
from storage import conversations, deliveries, leases
from storage.database import DatabaseUnavailable
from storage.migrate import current_revision, newest_revision

Check = Callable[[], Awaitable[str]]
"""What is wrong, in a sentence; nothing when all is well."""

CHECKS = web.AppKey("checks", Mapping[str, Check])

BEARABLE = frozenset(("redis", "router"))
"""Named when they are missing, but nothing comes in less surely: a load balancer must not send customers away."""

routes = web.RouteTableDef()


@routes.get("/healthz")
async def alive(request: web.Request) -> web.Response:
    """The process answers."""
    return web.Response(text="ok\n")


@routes.get("/readyz")
async def ready(request: web.Request) -> web.Response:
    """Whether this process can take what comes in; whatever is missing is named."""
    problems = {name: await check() for name, check in request.app[CHECKS].items()}
    is_ready = not any(problem for name, problem in problems.items() if name not in BEARABLE)
    checks = {name: problem or "ok" for name, problem in problems.items()}
    return json_response({"ready": is_ready, "checks": checks}, status=200 if is_ready else 503)


@routes.get("/metrics")
async def metrics(request: web.Request) -> web.Response:
    """Figures for Prometheus."""
    services = request.app[SERVICES]
    await _measure(services)
    return web.Response(body=services.metrics.page(), headers={"Content-Type": "text/plain; version=0.0.4"})


async def _measure(services: Services) -> None:
    """Look up the figures that nobody counts as they change. Without the database they keep their last value."""
    metrics = services.metrics
    try:
        outbox = await services.database.read(deliveries.count_by_state)
        waiting = await services.database.read(conversations.waiting)
        leader = await services.database.read(leases.holder, LEASE, services.clock())
    except DatabaseUnavailable:
        return
    for state in deliveries.COUNTED:
        metrics.outbox.labels(state).set(outbox.get(state, 0))
    for queue, count in waiting.items():
        metrics.waiting.labels(queue).set(count)
    metrics.router_leader.set(leader == services.holder)


def own_checks(services: Services) -> Mapping[str, Check]:
    """What every gateway needs."""

    async def database() -> str:
        try:
            revision = await current_revision(services.database)
        except DatabaseUnavailable:
            return "The database cannot be reached."
        newest = newest_revision()
        return "" if revision == newest else f"The schema is {revision or 'empty'}, this version needs {newest}."

    async def bell() -> str:
        return "" if services.bell.connected else "Redis cannot be reached; news of other processes come late."

    async def router() -> str:
        try:
            holder = await services.database.read(leases.holder, LEASE, services.clock())
        except DatabaseUnavailable:
            return "The database cannot be reached."
        return "" if holder else "No router decides now; nobody is assigned work."

    return {"database": database, "redis": bell, "router": router}
