"""Who was served is read from the story: standing in a line begins and ends with its events."""

from datetime import timedelta

from conversations.events import Event, EventKind
from conversations.ids import QueueId, UserId
from storage import served
from storage.database import Transaction
from storage.served import Service
from tests.support.builders import NOW, open_database

QUEUED, ASSIGNED, REOPENED = (
    EventKind.CONVERSATION_QUEUED,
    EventKind.CONVERSATION_ASSIGNED,
    EventKind.CONVERSATION_REOPENED,
)


def tell(transaction: Transaction, *told: tuple[str, EventKind, int, str]) -> None:
    for conversation_id, kind, seconds, actor in told:
        transaction.emit(
            Event(
                kind=kind,
                at=NOW + timedelta(seconds=seconds),
                actor=actor,
                conversation_id=conversation_id,
                data={"queue_id": "loans", "assignee_id": "ann" if kind is ASSIGNED else None},
            )
        )


def service(since: int, at: int) -> Service:
    since_at, until = (NOW + timedelta(seconds=each) for each in (since, at))
    return Service(QueueId("loans"), UserId("ann"), since_at, until)


async def test_everybody_who_got_out_of_a_line_counts_once(database_url: str) -> None:
    async with open_database(database_url) as database:
        await database.write(
            tell,
            ("served before", QUEUED, -90, "router"),
            ("served before", ASSIGNED, -10, "router"),
            ("ordinary", QUEUED, 0, "router"),
            ("moved to another queue", QUEUED, 1, "router"),
            ("moved to another queue", QUEUED, 9, "ben"),
            ("ordinary", ASSIGNED, 20, "router"),
            ("ordinary", ASSIGNED, 25, "ann"),
            ("moved to another queue", ASSIGNED, 30, "router"),
            ("ordinary", REOPENED, 40, "ben"),
            ("ordinary", ASSIGNED, 50, "router"),
            ("ordinary", REOPENED, 60, "contact"),
            ("ordinary", ASSIGNED, 70, "router"),
        )
        found = await database.read(served.lately, NOW)

    assert sorted(found, key=lambda each: each.at) == [service(0, 20), service(1, 30), service(60, 70)]
