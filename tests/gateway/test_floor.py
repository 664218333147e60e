"""The floor as supervisors see it, and what they do about it: never without a reason, never by somebody else."""

from typing import Any

from conversations.events import EventKind
from conversations.ids import QueueId
from conversations.people import AgentState, Role, User
from storage import events, people, queues, states
from tests.support.gateway import Browser, Gateway
from tests.support.served import serve_three

BUSY = "too many are waiting"


async def shift(gateway: Gateway) -> tuple[User, User, QueueId]:
    """Ann has two customers of loans, Bob none."""
    ann, bob = await gateway.add_user("ann"), await gateway.add_user("bob")
    loans = await gateway.add_queue("loans", ann, bob)
    for number in ("+8613800000001", "+8613800000002"):
        conversation_id = await gateway.hear("hello", number)
        await gateway.services.desk.transfer_to_queue(await root(gateway), conversation_id, loans, "loan")
        await gateway.services.desk.transfer_to_agent(await root(gateway), conversation_id, ann.id, "hers")
    return ann, bob, loans


async def root(gateway: Gateway) -> User:
    found = await gateway.services.database.read(people.by_login, "root")
    return found or await gateway.add_user("root", Role.SUPERVISOR)


async def agent(browser: Browser, user: User) -> dict[str, Any]:
    """One agent's figures."""
    (found,) = [each for each in (await browser.json("/api/v1/floor"))["agents"] if each["id"] == user.id]
    return dict(found)


async def told(gateway: Gateway, kind: EventKind) -> list[tuple[str, str]]:
    """Who did what why, by the log."""
    log = await gateway.services.database.read(events.after, 0, 10_000)
    return [(event.actor, event.reason) for event in log if event.kind is kind]


async def test_the_figures_are_those_of_the_conversations(gateway: Gateway) -> None:
    ann, bob, loans = await shift(gateway)
    third = await gateway.hear("and me?", "+8613800000003")
    supervisor = await root(gateway)
    await gateway.services.desk.transfer_to_queue(supervisor, third, loans, "loan")
    async with gateway.signed_in(supervisor) as browser:
        floor = await browser.json("/api/v1/floor")
        (queue,) = floor["queues"]
        assert (queue["name"], queue["waiting"], queue["in_service"], queue["members"]) == ("loans", 1, 2, 2)
        # The third may still get an agent within 20 seconds.
        assert (queue["level"], floor["within"]) == (100, 20)
        assert queue["since"] <= floor["now"]
        has_two = await agent(browser, ann)
        assert [has_two[each] for each in ("conversations", "load", "unanswered", "queue_ids")] == [2, 2.0, 2, [loans]]
        has_none = await agent(browser, bob)
        assert (has_none["conversations"], has_none["unanswered"], has_none["since"]) == (0, 0, None)


async def test_the_expected_wait_is_shown_once_it_is_known(gateway: Gateway) -> None:
    """For who came now and would be the next: one place."""
    ann, loans, now = await gateway.add_user("ann"), await gateway.add_queue("loans"), gateway.services.clock()
    write = gateway.services.database.write
    await write(queues.set_members, loans, frozenset([ann.id]), now, "test")
    await gateway.services.presence.choose(ann, AgentState.READY)
    await write(states.seen, [ann.id], now)
    await write(serve_three, loans, ann.id, now)
    async with gateway.signed_in(await root(gateway)) as browser:
        (queue,) = (await browser.json("/api/v1/floor"))["queues"]
    assert (queue["waiting"], queue["minutes"]) == (0, 2)


async def test_a_state_is_forced_with_a_reason(gateway: Gateway) -> None:
    ann, _, _ = await shift(gateway)
    supervisor = await root(gateway)
    async with gateway.signed_in(supervisor) as browser:
        path = f"/api/v1/agents/{ann.id}/state"
        assert (await browser.put(path, {"state": "ready", "reason": " "})).status == 409
        assert (await browser.put(path, {"state": "asleep", "reason": BUSY})).status == 400
        assert (await browser.put(path, {"state": "busy", "reason": BUSY})).status == 409
        assert (await browser.put(path, {"state": "ready", "reason": BUSY})).status == 200
        assert (await agent(browser, ann))["state"] == "ready"
    assert (await told(gateway, EventKind.AGENT_STATE_CHANGED))[-1] == (supervisor.id, BUSY)


async def test_a_colleague_is_moved_to_another_queue(gateway: Gateway) -> None:
    ann, _, loans = await shift(gateway)
    cards = await gateway.add_queue("cards")
    supervisor = await root(gateway)
    async with gateway.signed_in(supervisor) as browser:
        path = f"/api/v1/agents/{ann.id}/queues"
        assert (await browser.put(path, {"queue_ids": ["nowhere"], "reason": BUSY})).status == 404
        assert (await agent(browser, ann))["queue_ids"] == [loans]
        assert (await browser.put(path, {"queue_ids": [cards], "reason": BUSY})).status == 200
        assert (await agent(browser, ann))["queue_ids"] == [cards]
    assert (supervisor.id, f"queues changed: {BUSY}") in await told(gateway, EventKind.SETUP_CHANGED)


async def test_everything_is_taken_from_a_colleague(gateway: Gateway) -> None:
    """To somebody else, or back into the queue it came from."""
    ann, bob, _ = await shift(gateway)
    async with gateway.signed_in(await root(gateway)) as browser:
        path = f"/api/v1/agents/{ann.id}/clear"
        assert (await browser.post(path, {"user_id": bob.id})).status == 409
        moved = await browser.post(path, {"user_id": bob.id, "reason": "goes home"})
        assert await moved.json() == {"moved": 2}
        assert (await agent(browser, bob))["conversations"] == 2
        moved = await browser.post(f"/api/v1/agents/{bob.id}/clear", {"reason": "goes home too"})
        assert await moved.json() == {"moved": 2}
        (queue,) = (await browser.json("/api/v1/floor"))["queues"]
        assert (queue["waiting"], queue["in_service"]) == (2, 0)


async def test_agents_do_not_supervise(gateway: Gateway) -> None:
    ann, bob, _ = await shift(gateway)
    async with gateway.signed_in(ann) as browser:
        forced = await browser.put(f"/api/v1/agents/{bob.id}/state", {"state": "ready", "reason": BUSY})
        cleared = await browser.post(f"/api/v1/agents/{bob.id}/clear", {"reason": BUSY})
        seen = [(await browser.get(path)).status for path in ("/floor", "/api/v1/floor")]
    assert [forced.status, cleared.status, *seen] == [403, 403, 403, 403]


async def test_some_conversations_are_taken_from_a_colleague(gateway: Gateway) -> None:
    """Only what is named and still theirs."""
    ann, bob, _ = await shift(gateway)
    async with gateway.signed_in(await root(gateway)) as browser:
        rows = (await browser.json(f"/api/v1/agents/{ann.id}/conversations"))["conversations"]
        named = {"user_id": bob.id, "reason": "too much", "conversation_ids": [rows[0]["id"]]}
        for moved in ({"moved": 1}, {"moved": 0}):
            answer = await browser.post(f"/api/v1/agents/{ann.id}/clear", named)
            assert await answer.json() == moved
        theirs = {
            user.id: [each["id"] for each in found["conversations"]]
            for user in (ann, bob)
            for found in [await browser.json(f"/api/v1/agents/{user.id}/conversations")]
        }
    assert theirs == {ann.id: [rows[1]["id"]], bob.id: [rows[0]["id"]]}
