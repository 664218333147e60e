"""What is promised to one customer: who is told of it, and what ends it."""

from datetime import timedelta

from conversations.deadlines import DeadlineKind, Outcome
from conversations.events import EventKind
from routing.clocks import promises
from routing.clocks.deadlines import promised
from routing.clocks.happenings import Book, Happening, PolicyChoice, enter
from routing.clocks.keeping import Known, keep
from routing.writing import LEASE
from storage import alerts, events, leases
from storage.database import Database, Transaction
from tests.support.builders import NOW, a_contact, a_conversation, a_user, an_account, open_database, store

ACCOUNT, CONTACT, ANN = an_account(), a_contact(), a_user(login="ann")
MATTER = a_conversation(ACCOUNT.id, CONTACT.id, assignee_id=ANN.id, owner_id=ANN.id)
MINUTE = timedelta(minutes=1)
PROMISE = DeadlineKind.PROMISE


def agree(transaction: Transaction, minutes: int) -> None:
    promises.promise(transaction, MATTER, PROMISE, NOW + minutes * MINUTE, NOW, actor=ANN.id, reason="about the card")


async def begun(database: Database) -> int:
    """Somebody has a conversation, and nothing is promised by any policy. Returns the fence."""
    await database.write(store, ACCOUNT, CONTACT, ANN, MATTER)
    fence = await database.write(leases.acquire, LEASE, "leader", NOW, NOW + timedelta(days=1))
    assert fence is not None
    return fence


def test_people_are_warned_when_a_fifth_is_left_and_never_long_before() -> None:
    soon, late = (promised(PROMISE, MATTER.id, NOW, NOW + time) for time in (10 * MINUTE, timedelta(days=3)))
    assert (soon.warn_at, late.warn_at) == (NOW + 8 * MINUTE, NOW + timedelta(days=3) - 15 * MINUTE)


def test_a_word_keeps_a_call_back_and_not_what_is_promised_for_later() -> None:
    book = Book.of(promised(kind, MATTER.id, NOW, NOW + 10 * MINUTE) for kind in (DeadlineKind.CALLBACK, PROMISE))
    enter(book, Happening.AGENT_SAID, NOW + MINUTE, MATTER, PolicyChoice(None, {}))
    assert [each.kind for each in book.running()] == [PROMISE]
    enter(book, Happening.RESOLVED, NOW + 2 * MINUTE, MATTER, PolicyChoice(None, {}))
    assert {each.outcome for each in book.deadlines.values()} == {Outcome.MET}


async def test_the_owner_is_told_before_and_after(database_url: str) -> None:
    async with open_database(database_url) as database:
        fence = await begun(database)
        await database.write(agree, 10)
        for minutes in (0, 8, 10, 11):
            await database.write(keep, Known(), fence, NOW + minutes * MINUTE)
        told = await database.read(alerts.listed, ANN.id, 10)
    assert [each.kind for each in told] == [EventKind.DEADLINE_BREACHED, EventKind.DEADLINE_WARNED]
    assert (told[0].reason, told[0].data["deadline"]) == ("about the card", "promise")


async def test_what_was_kept_is_not_missed_later(database_url: str) -> None:
    async with open_database(database_url) as database:
        fence = await begun(database)
        await database.write(agree, 10)
        for there in (True, False):
            assert there is await database.write(
                promises.end, MATTER, [PROMISE], Outcome.MET, NOW + MINUTE, actor=ANN.id
            )
        await database.write(keep, Known(), fence, NOW + 60 * MINUTE)
        story = [each.kind for each in await database.read(events.after, 0) if each.conversation_id == MATTER.id]
    assert story == [EventKind.DEADLINE_CHANGED] * 2
