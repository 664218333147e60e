"""What must be read is read before anybody goes ready; the rest only waits to be read."""

from datetime import timedelta

import pytest

from conversations.events import EventKind
from conversations.ids import NoticeId, QueueId
from conversations.people import AgentState, Role, User
from desk.errors import FirstDo, NotFound, Refused
from desk.notices import Notices
from desk.presence import Presence
from storage import notices, people, queues, states
from storage.database import Transaction
from tests.support.builders import NOW, a_user, store
from tests.support.core import Core

DAY = timedelta(days=1)


async def a_shift(core: Core) -> tuple[Notices, User, User, QueueId]:
    """Mei is signed in and works in a queue; Boss publishes."""
    mei, boss = a_user(name="Mei"), a_user(name="Boss", role=Role.SUPERVISOR)

    def furnish(transaction: Transaction) -> QueueId:
        store(transaction, mei, boss)
        queue = queues.add(transaction, "loans", NOW, "test")
        queues.set_members(transaction, queue, frozenset((mei.id,)), NOW, "test")
        states.set_state(transaction, mei.id, AgentState.SIGNED_IN, NOW, mei.id, "")
        return queue

    queue = await core.database.write(furnish)
    found = await core.database.read(people.many, [mei.id])
    return Notices(core.database, core.clock), found[mei.id], boss, queue


async def unread(core: Core, user: User) -> list[str]:
    return [each.title for each in await core.database.read(notices.unread, user, core.clock())]


async def test_ready_is_refused_with_unread_must_reads_and_says_which(core: Core) -> None:
    board, mei, boss, queue = await a_shift(core)
    presence = Presence(core.database, core.clock)
    rates = await board.publish(boss, "New rates", "3 %", must_read=True, queue_ids=[queue])
    await board.publish(boss, "Canteen", "closed today")
    with pytest.raises(FirstDo, match="“New rates”") as refused:
        await presence.choose(mei, AgentState.READY)
    assert (refused.value.first, "Canteen" in str(refused.value)) == ("notices", False)
    assert await unread(core, mei) == ["Canteen", "New rates"]
    await board.read(mei, rates.id)
    await board.read(mei, rates.id)
    assert (await presence.choose(mei, AgentState.READY)).state is AgentState.READY
    told = await core.story(EventKind.NOTICE_PUBLISHED, EventKind.NOTICE_READ)
    assert [(each.actor, each.reason) for each in told] == [
        (boss.id, "New rates"),
        (boss.id, "Canteen"),
        (mei.id, "New rates"),
    ]


async def test_a_notice_is_for_its_queues_and_its_time(core: Core) -> None:
    board, mei, boss, queue = await a_shift(core)
    elsewhere = await core.database.write(queues.add, "cards", NOW, "test")
    await board.publish(boss, "For cards", "…", must_read=True, queue_ids=[elsewhere])
    today = await board.publish(boss, "For today", "…", until=core.clock() + DAY)
    await board.publish(boss, "For loans", "…", queue_ids=[queue, elsewhere])
    assert await unread(core, mei) == ["For loans", "For today"]
    await board.withdraw(boss, today.id)
    assert await unread(core, mei) == ["For loans"]
    await board.publish(boss, "For a day", "…", until=core.clock() + DAY)
    core.clock.forward(DAY)
    assert await unread(core, mei) == ["For loans"]


async def test_who_has_read_it_is_known(core: Core) -> None:
    board, mei, boss, _ = await a_shift(core)
    notice = await board.publish(boss, "New rates", "3 %")
    assert await core.database.read(notices.readers, [notice.id]) == {}
    await board.read(mei, notice.id)
    assert await core.database.read(notices.readers, [notice.id]) == {notice.id: {mei.id}}


async def test_what_makes_no_sense_is_refused(core: Core) -> None:
    board, mei, boss, _ = await a_shift(core)
    with pytest.raises(Refused, match="has a title"):
        await board.publish(boss, "", "text")
    with pytest.raises(Refused, match="over already"):
        await board.publish(boss, "Late", "text", until=core.clock())
    with pytest.raises(NotFound):
        await board.publish(boss, "Nowhere", "text", queue_ids=[QueueId("nowhere")])
    with pytest.raises(NotFound):
        await board.read(mei, NoticeId("none"))
