"""Queues are merged and parted by supervisors, never without a reason."""

from datetime import timedelta

from conversations.clock import utc_now
from conversations.events import EventKind
from conversations.people import Role
from storage import events
from tests.support.gateway import Gateway

PEAK = "too many are waiting"


async def test_merged_queues_show_the_members_of_both_until_they_are_parted(gateway: Gateway) -> None:
    boss = await gateway.add_user("boss", Role.SUPERVISOR)
    loans = await gateway.add_queue("loans", await gateway.add_user("ann"))
    cards = await gateway.add_queue("cards", await gateway.add_user("bob"))
    async with gateway.signed_in(boss) as browser:
        made = await browser.post("/api/v1/merges", {"queue_ids": [loans, cards], "reason": PEAK})
        merge_id = (await made.json())["id"]
        merged = await browser.json("/api/v1/floor")
        again = await browser.post("/api/v1/merges", {"queue_ids": [cards, loans], "reason": PEAK})
        parted = await browser.post(f"/api/v1/merges/{merge_id}/end", {"reason": "quiet again"})
        twice = await browser.post(f"/api/v1/merges/{merge_id}/end", {"reason": "quiet again"})
        after = await browser.json("/api/v1/floor")
    assert [made.status, again.status, parted.status, twice.status] == [201, 409, 200, 404]
    assert [queue["members"] for queue in merged["queues"]] == [2, 2]
    assert merged["merges"][0]["queue_ids"] == sorted([loans, cards])
    assert [queue["members"] for queue in after["queues"]] == [1, 1]
    assert after["merges"] == []
    log = await gateway.services.database.read(events.after, 0, 10_000)
    assert [(each.kind, each.actor, each.reason) for each in log if each.subject_id == merge_id] == [
        (EventKind.QUEUES_MERGED, boss.id, PEAK),
        (EventKind.QUEUES_PARTED, boss.id, "quiet again"),
    ]


async def test_what_makes_no_sense_is_refused(gateway: Gateway) -> None:
    boss = await gateway.add_user("boss", Role.SUPERVISOR)
    loans, cards = await gateway.add_queue("loans"), await gateway.add_queue("cards")
    both, ago = [loans, cards], (utc_now() - timedelta(minutes=1)).isoformat()
    async with gateway.signed_in(boss) as browser:
        answers = [
            (await browser.post("/api/v1/merges", content)).status
            for content in (
                {"queue_ids": both, "reason": " "},
                {"queue_ids": [loans, loans], "reason": PEAK},
                {"queue_ids": [loans, "nowhere"], "reason": PEAK},
                {"queue_ids": both, "reason": PEAK, "ends_at": ago},
                {"queue_ids": both, "reason": PEAK, "ends_at": "soon"},
                {"queue_ids": both, "reason": PEAK, "ends_at": "2030-01-01T00:00:00"},
            )
        ]
        assert (await browser.json("/api/v1/floor"))["merges"] == []
    assert answers == [409, 409, 404, 409, 400, 400]


async def test_agents_merge_nothing(gateway: Gateway) -> None:
    async with gateway.signed_in(await gateway.add_user("ann")) as browser:
        assert (await browser.post("/api/v1/merges", {"queue_ids": [], "reason": PEAK})).status == 403
