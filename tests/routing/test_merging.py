"""Merged queues on real databases: everybody works in all of them, with their own skills, and nobody is lost after."""

import asyncio
from datetime import UTC, timedelta

import pytest

from conversations.conversation import Conversation, ConversationState
from conversations.events import EventKind
from conversations.ids import MergeId, QueueId, UserId, new_id
from conversations.people import AgentState
from routing.plan import Plan
from routing.rush.relief import part
from routing.rush.watching import Watch
from routing.term import Term, whole_floor
from routing.writing import LEASE, say_nothing, write_plan
from storage import conversations, events, leases, merges, queues, skills, states
from storage.database import Connection, Database, Transaction
from storage.leases import LeaseLost
from storage.merges import Merge
from tests.support.builders import (
    NOW,
    SetClock,
    a_contact,
    a_conversation,
    a_user,
    an_account,
    open_database,
    store,
)
from tests.support.eventually import eventually

ACCOUNT, CONTACT = an_account(), a_contact()
ANN, BOB = a_user(login="ann", capacity=5), a_user(login="bob", capacity=5)
"""Ann works in loans; Bob works in cards, and speaks Spanish."""

HOUR = timedelta(hours=1)


def set_up(transaction: Transaction) -> tuple[int, QueueId, QueueId]:
    store(transaction, ACCOUNT, CONTACT, ANN, BOB)
    loans, cards = queues.add(transaction, "loans", NOW, "test"), queues.add(transaction, "cards", NOW, "test")
    for agent, queue_id in ((ANN, loans), (BOB, cards)):
        queues.set_members(transaction, queue_id, frozenset((agent.id,)), NOW, "test")
        set_ready(transaction, agent.id, True)
    skills.write(transaction, BOB.id, {"spanish": 1}, NOW, "test")
    fence = leases.acquire(transaction, LEASE, "here", NOW, NOW + 24 * HOUR)
    assert fence is not None
    return fence, loans, cards


def set_ready(transaction: Transaction, user_id: UserId, ready: bool) -> None:
    states.set_state(transaction, user_id, AgentState.READY if ready else AgentState.OFFLINE, NOW, user_id, "")


def arrive(transaction: Transaction, *arrivals: Conversation) -> None:
    store(transaction, *arrivals)


def a_matter(queue_id: QueueId, skill: str = "") -> Conversation:
    asked = {"skill": skill, "skill_level": 1} if skill else {}
    return a_conversation(ACCOUNT.id, CONTACT.id, state=ConversationState.QUEUED, queue_id=queue_id, **asked)


def a_merge(*queue_ids: QueueId) -> Merge:
    return Merge(
        id=MergeId(new_id()),
        queue_ids=frozenset(queue_ids),
        reason="peak",
        begun_at=NOW,
        begun_by=ANN.id,
        ends_at=NOW + HOUR,
    )


async def decide(database: Database, fence: int) -> None:
    """What a leader who begins now decides."""
    _, known = await database.read(whole_floor, UTC)
    await Term(database, SetClock(), fence, known, say_nothing).decide()


def assignees(connection: Connection) -> list[UserId | None]:
    """Who has each conversation, in their order."""
    return [each.assignee_id for each in reversed(conversations.latest(connection, 10))]


async def test_a_merge_is_the_union_with_skills_kept_and_parting_restores(database_url: str) -> None:
    async with open_database(database_url) as database:
        fence, loans, cards = await database.write(set_up)
        await database.write(set_ready, ANN.id, False)
        await database.write(arrive, a_matter(loans), a_matter(loans, "spanish"), a_matter(loans, "french"))
        await decide(database, fence)
        assert await database.read(assignees) == [None, None, None]
        before = await database.read(queues.listed)
        merge = a_merge(loans, cards)
        await database.write(merges.add, merge)
        await decide(database, fence)
        assert await database.read(assignees) == [BOB.id, BOB.id, None]
        await database.write(part, fence, [merge.id], NOW + HOUR)
        await database.write(arrive, a_matter(loans))
        await decide(database, fence)
        assert await database.read(assignees) == [BOB.id, BOB.id, None, None]
        assert await database.read(queues.listed) == before
        assert {each.queue_id for each in await database.read(conversations.latest, 10)} == {loans}
        told = [each for each in await database.read(events.after, 0) if each.kind is EventKind.QUEUES_PARTED]
    assert [(each.actor, each.subject_id, each.reason) for each in told] == [("router", merge.id, "its time is over")]


async def test_a_decision_from_before_the_parting_is_not_carried_out(database_url: str) -> None:
    async with open_database(database_url) as database:
        fence, loans, cards = await database.write(set_up)
        await database.write(set_ready, ANN.id, False)
        merge = a_merge(loans, cards)
        await database.write(merges.add, merge)
        matter = a_matter(loans)
        await database.write(arrive, matter)
        _, known = await database.read(whole_floor, UTC)
        plan: Plan = known.plan({}, NOW)
        await database.write(merges.end, merge.id, NOW, ANN.id, "quiet again")
        refused = await database.write(write_plan, fence, plan, NOW)
        assert refused == {matter.id}
        assert await database.read(assignees) == [None]


async def test_the_leader_parts_in_time(database_url: str) -> None:
    clock = SetClock(NOW + HOUR - timedelta(milliseconds=20))
    async with open_database(database_url) as database:
        fence, loans, cards = await database.write(set_up)
        await database.write(merges.add, a_merge(loans, cards))
        watching = asyncio.create_task(Watch(database, clock, fence, say_nothing).run())
        await asyncio.sleep(0)
        assert await database.read(merges.listed)
        clock.forward(timedelta(seconds=1))

        async def look() -> bool:
            return not await database.read(merges.listed)

        await eventually(look, "the merge is over")
        watching.cancel()


async def test_whoever_lost_the_lease_parts_nothing(database_url: str) -> None:
    async with open_database(database_url) as database:
        fence, loans, cards = await database.write(set_up)
        merge = a_merge(loans, cards)
        await database.write(merges.add, merge)
        with pytest.raises(LeaseLost):
            await database.write(part, fence - 1, [merge.id], NOW + HOUR)
        assert await database.read(merges.listed)
