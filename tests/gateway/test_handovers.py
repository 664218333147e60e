"""A hand-over by the API: who leaves is led to it, who is asked sees it, and the log keeps it."""

from conversations.ids import QueueId
from conversations.people import AgentState, Role, User
from tests.support.gateway import Gateway


async def shift(gateway: Gateway) -> tuple[User, User, User, QueueId]:
    """Ann has a customer of loans, Bob is there too, Root supervises."""
    ann, bob = await gateway.add_user("ann"), await gateway.add_user("bob")
    root = await gateway.add_user("root", Role.SUPERVISOR)
    loans = await gateway.add_queue("loans", ann, bob)
    conversation_id = await gateway.hear("hello")
    await gateway.services.desk.transfer_to_queue(root, conversation_id, loans, "loan")
    await gateway.services.desk.transfer_to_agent(root, conversation_id, ann.id, "hers")
    return await gateway.user(ann), await gateway.user(bob), root, loans


async def test_who_leaves_is_led_to_the_hand_over_and_out_when_it_is_accepted(gateway: Gateway) -> None:
    ann, bob, _, _ = await shift(gateway)
    async with gateway.signed_in(ann) as leaving, gateway.signed_in(bob) as coming:
        refused = await leaving.put("/api/v1/me/state", {"state": "offline"})
        assert (refused.status, (await refused.json())["first"]) == (409, "hand-over")
        out = await leaving.submit("/sign-out")
        assert (out.status, out.headers["Location"]) == (303, "/?leaving")
        matter = await leaving.json("/api/v1/handovers/matter")
        (row,) = matter["conversations"]
        assert [each["name"] for each in matter["receivers"]] == [bob.name, "Root"]
        briefing = {"note": "calm", "cases": "none", "notes": {row["id"]: "call at six"}, "sign_out": True}
        offered = await leaving.post("/api/v1/handovers", {"user_id": bob.id, **briefing})
        assert offered.status == 201
        (mine,) = (await leaving.json("/api/v1/me/duties"))["handovers"]
        (theirs,) = (await coming.json("/api/v1/me/duties"))["handovers"]
        assert (mine["mine"], theirs["mine"], theirs["from"], theirs["fits"]) == (True, False, ann.name, True)
        assert (theirs["note"], theirs["notes"][row["id"]]) == ("calm", "call at six")
        accepted = await coming.post(f"/api/v1/handovers/{theirs['id']}/accept", {"word": "mine now"})
        assert accepted.status == 200, await accepted.text()
        assert (await leaving.get("/api/v1/me")).status == 401
        assert (await gateway.user(ann)).state is AgentState.OFFLINE
        log = await (await coming.get("/handovers")).text()
        assert f"{ann.name} → {bob.name}" in log
        assert "mine now" in log


async def test_the_floor_shows_who_waits_and_lets_them_go(gateway: Gateway) -> None:
    ann, bob, root, _ = await shift(gateway)
    async with gateway.signed_in(ann) as leaving, gateway.signed_in(bob), gateway.signed_in(root) as supervisor:
        assert (await leaving.post("/api/v1/handovers", {"user_id": bob.id, "note": "calm"})).status == 201
        shown = {each["name"]: each["leaving"] for each in (await supervisor.json("/api/v1/floor"))["agents"]}
        assert shown == {ann.name: True, bob.name: False, root.name: False}
        path = f"/api/v1/agents/{ann.id}/release"
        assert (await leaving.post(path, {"reason": "me"})).status == 403
        assert (await supervisor.post(path, {"reason": " "})).status == 409
        assert (await supervisor.post(path, {"reason": "her train"})).status == 200
        (queue,) = (await supervisor.json("/api/v1/floor"))["queues"]
        assert (queue["waiting"], queue["in_service"]) == (1, 0)
