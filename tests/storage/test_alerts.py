"""Alerts: each person is told once, and what one has read the others have not."""

from datetime import timedelta

from conversations.events import Event, EventKind
from storage import alerts, events
from storage.alerts import alert
from storage.database import Database, Transaction
from tests.support.builders import NOW, a_contact, a_conversation, a_user, an_account, open_database, store

ACCOUNT, CONTACT = an_account(), a_contact()
ANN, BOB = a_user(login="ann"), a_user(login="bob")
MATTER = a_conversation(ACCOUNT.id, CONTACT.id)


def breach(transaction: Transaction) -> None:
    event = Event(
        kind=EventKind.DEADLINE_BREACHED,
        at=NOW,
        actor="router",
        conversation_id=MATTER.id,
        contact_id=CONTACT.id,
        data={"deadline": "first reply"},
    )
    alert(transaction, [ANN.id, BOB.id, ANN.id], event)


async def breached(database: Database) -> None:
    await database.write(store, ACCOUNT, CONTACT, ANN, BOB, MATTER)
    await database.write(breach)


async def test_everybody_named_is_told_once_and_the_story_too(database_url: str) -> None:
    async with open_database(database_url) as database:
        await breached(database)
        (told,) = await database.read(alerts.listed, BOB.id, 10)
        story = (await database.read(events.after, 0))[-1]
        assert await database.read(alerts.unread, [ANN.id, BOB.id]) == {ANN.id: 1, BOB.id: 1}
    assert (told.kind, told.conversation_id, told.at, told.read_at) == (
        EventKind.DEADLINE_BREACHED,
        MATTER.id,
        NOW,
        None,
    )
    assert dict(told.data) == {"deadline": "first reply"}
    assert alerts.told(story) == [ANN.id, BOB.id]


async def test_what_one_has_read_others_have_not(database_url: str) -> None:
    async with open_database(database_url) as database:
        await breached(database)
        (told,) = await database.read(alerts.listed, ANN.id, 10)
        await database.write(alerts.read, BOB.id, NOW, [told.id])
        assert await database.read(alerts.unread, [ANN.id, BOB.id]) == {ANN.id: 1, BOB.id: 1}
        await database.write(alerts.read, ANN.id, NOW, [told.id])
        await database.write(alerts.read, ANN.id, NOW + timedelta(hours=1))
        (seen,) = await database.read(alerts.listed, ANN.id, 10)
        assert await database.read(alerts.unread, [ANN.id, BOB.id]) == {BOB.id: 1}
        told_of_reading = [each for each in await database.read(events.after, 0) if each.kind is EventKind.ALERTS_READ]
    assert seen.read_at == NOW
    assert [each.subject_id for each in told_of_reading] == [ANN.id]


async def test_old_alerts_are_forgotten_and_their_events_are_not(database_url: str) -> None:
    async with open_database(database_url) as database:
        await breached(database)
        await database.write(alerts.forget, NOW)
        kept = await database.read(alerts.listed, ANN.id, 10)
        await database.write(alerts.forget, NOW + timedelta(seconds=1))
        assert (len(kept), await database.read(alerts.listed, ANN.id, 10)) == (1, [])
        assert (await database.read(events.after, 0))[-1].kind is EventKind.DEADLINE_BREACHED
