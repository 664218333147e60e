"""Alive, ready, and figures."""

from datetime import timedelta
from pathlib import Path

from conversations.conversation import ConversationState
from routing.writing import LEASE
from storage import conversations, leases
from tests.support.gateway import SMS, Gateway, open_gateway
from tests.support.outage import away


async def test_without_a_router_it_takes_what_comes_in_and_names_what_is_missing(gateway: Gateway) -> None:
    """A load balancer must not turn customers away while a new router is being elected."""
    async with gateway.browser() as browser:
        ready = await browser.get("/readyz")
        checks = (await ready.json())["checks"]
    assert ready.status == 200
    assert checks["router"] == "No router decides now; nobody is assigned work."


async def test_with_everything_in_place_all_is_well(gateway: Gateway) -> None:
    services = gateway.services
    now = services.clock()
    await services.database.write(leases.acquire, LEASE, "somebody", now, now + timedelta(minutes=1))
    async with gateway.browser() as browser:
        ready = await browser.json("/readyz")
    assert ready == {"ready": True, "checks": {"database": "ok", "redis": "ok", "router": "ok"}}


async def test_without_redis_it_says_so_and_goes_on(tmp_path: Path) -> None:
    async with open_gateway(tmp_path, f"unix://{tmp_path}/nobody.sock") as gateway, gateway.browser() as browser:
        ready = await browser.get("/readyz")
        assert ready.status == 200
        assert (await ready.json())["checks"]["redis"].startswith("Redis cannot be reached")


async def test_without_its_database_a_process_is_alive_but_not_ready(
    tmp_path: Path, redis_url: str, postgresql_url: str
) -> None:
    async with (
        open_gateway(tmp_path, redis_url, database_url=postgresql_url) as gateway,
        away(postgresql_url),
        gateway.browser() as browser,
    ):
        alive, ready = await browser.get("/healthz"), await browser.get("/readyz")
        assert (alive.status, ready.status) == (200, 503)
        assert (await ready.json())["checks"]["database"] == "The database cannot be reached."


async def test_figures_name_routes_and_never_addresses(gateway: Gateway) -> None:
    """An address may hold a token."""
    await gateway.hear("hello")
    async with gateway.browser() as browser:
        await browser.get("/sign-in/link/a-secret-token")
        page = await (await browser.get("/metrics")).text()
    assert 'route="/webhooks/{account_id}",status="200"' in page
    assert "a-secret-token" not in page
    assert f"/webhooks/{SMS}" not in page


async def test_figures_tell_who_waits_and_what_is_not_sent(gateway: Gateway) -> None:
    """A conversation with nobody to take it waits in its queue."""
    services = gateway.services
    queue = await gateway.add_queue("Support")
    await gateway.hear("hello")
    (conversation,) = await services.database.read(conversations.in_progress)
    queued = {"state": ConversationState.QUEUED, "queue_id": queue}
    await services.database.write(conversations.change, conversation.id, queued)
    async with gateway.browser() as browser:
        page = await (await browser.get("/metrics")).text()
    assert 'huiliu_conversations_waiting{queue="Support"} 1.0' in page
    assert 'huiliu_outbox_parts{state="pending"} 0.0' in page
