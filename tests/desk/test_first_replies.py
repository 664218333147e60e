"""The report of first replies against a story that is counted by hand."""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from conversations.conversation import Conversation, ConversationState
from conversations.events import Event, EventKind
from conversations.first_replies import FirstReplies
from conversations.ids import MessageId, PolicyId, QueueId, new_id
from conversations.message import AuthorKind, Direction, Message
from conversations.parts import Text
from conversations.people import Role, User, scope_of
from desk.first_replies import Report, report
from routing.clocks.keeping import Known, keep
from routing.writing import LEASE
from storage import conversations, leases, messages, policies, queues
from storage.database import Database, Transaction
from storage.policies import PolicyRow
from tests.support.builders import NOW, a_contact, a_conversation, a_user, an_account, open_database, store

SHANGHAI = ZoneInfo("Asia/Shanghai")
TODAY = NOW.astimezone(SHANGHAI).date()
DAY = timedelta(days=1)
MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)

SMS, MAIL = an_account(), an_account(kind="email", name="mail")
CONTACT, AGENT, BOSS = a_contact(), a_user(login="ann"), a_user(login="boss", role=Role.SUPERVISOR)

END = NOW + 60 * MINUTE
"""When the report is asked for."""


@dataclass(frozen=True)
class Case:
    """Somebody wrote on a channel into a queue, and so long after that this happened."""

    became: str
    kind: str = "sms_aliyun"
    queue: str = "loans"
    opened_at: datetime = NOW
    replied: timedelta | None = None
    resolved: timedelta | None = None


STORY = (
    # SMS are answered within five minutes: a reply at the end of the fifth comes too late.
    Case("kept", replied=5 * MINUTE - SECOND),
    Case("kept", replied=SECOND, resolved=6 * MINUTE),
    Case("missed", replied=5 * MINUTE),
    Case("missed", replied=5 * MINUTE + SECOND),
    Case("missed"),
    Case("missed", resolved=6 * MINUTE),
    Case("dropped", resolved=4 * MINUTE),
    Case("open", opened_at=END - 5 * MINUTE + SECOND),
    # Nobody has looked since its time was over.
    Case("missed", opened_at=END - 5 * MINUTE),
    Case("kept", queue="cards", replied=MINUTE),
    # E-mail within thirty.
    Case("kept", kind="email", replied=30 * MINUTE - SECOND),
    Case("missed", kind="email", queue="cards", replied=30 * MINUTE + SECOND),
    Case("open", kind="email", queue="cards", opened_at=END - 29 * MINUTE),
    # The day in Shanghai began at 16:00 UTC; a second before that it was yesterday.
    Case("kept", opened_at=datetime.combine(TODAY, datetime.min.time(), SHANGHAI), replied=MINUTE),
    Case("yesterday", opened_at=datetime.combine(TODAY, datetime.min.time(), SHANGHAI) - SECOND, replied=MINUTE),
)


def by_hand(**wanted: str) -> Counter[str]:
    """What became of the cases of today on a channel, in a queue, or at all."""
    return Counter(
        case.became
        for case in STORY
        if case.became != "yesterday" and all(getattr(case, name) == value for name, value in wanted.items())
    )


def counts(replies: FirstReplies) -> Counter[str]:
    """The same of the report."""
    return Counter({name: getattr(replies, name) for name in ("kept", "missed", "open", "dropped")})


def a_policy(minutes: int, **conditions: str) -> PolicyRow:
    """So many minutes to the first reply."""
    return PolicyRow(
        id=PolicyId(new_id()),
        position=0,
        name="first",
        conditions=conditions,
        calendar_id=None,
        minutes={"first reply": minutes},
        from_assignment=False,
        pauses=False,
        created_at=NOW - 2 * DAY,
    )


QUICK, SLOW = a_policy(5, kind="sms_aliyun"), a_policy(30)


def set_up(transaction: Transaction) -> dict[str, QueueId]:
    """Two channels, two queues and what is promised."""
    store(transaction, SMS, MAIL, CONTACT, AGENT, BOSS)
    for each in (QUICK, SLOW):
        policies.add(transaction, each, "test")
    return {name: queues.add(transaction, name, NOW, "test") for name in ("loans", "cards")}


def arrive(transaction: Transaction, case: Case, queue_id: QueueId) -> Conversation:
    account = SMS if case.kind == SMS.kind else MAIL
    row = a_conversation(
        account.id, CONTACT.id, state=ConversationState.QUEUED, queue_id=queue_id, opened_at=case.opened_at
    )
    store(transaction, row)
    tell(transaction, row, EventKind.CONVERSATION_QUEUED, case.opened_at)
    return row


def happen(transaction: Transaction, case: Case, row: Conversation) -> None:
    """What was done about it."""
    if case.replied is not None:
        message_id = answer(transaction, row, case.opened_at + case.replied)
        tell(transaction, row, EventKind.MESSAGE_SENT, case.opened_at + case.replied, message_id)
    if case.resolved is not None:
        tell(transaction, row, EventKind.CONVERSATION_RESOLVED, case.opened_at + case.resolved)


def answer(transaction: Transaction, row: Conversation, at: datetime) -> MessageId:
    message = Message(
        id=MessageId(new_id()),
        conversation_id=row.id,
        contact_id=row.contact_id,
        account_id=row.account_id,
        address=row.address,
        direction=Direction.OUTBOUND,
        author=AuthorKind.AGENT,
        author_id=AGENT.id,
        parts=(Text("好的"),),
        key=new_id(),
        occurred_at=at,
        received_at=at,
    )
    messages.add(transaction, [message])
    return message.id


def tell(
    transaction: Transaction, row: Conversation, kind: EventKind, at: datetime, message_id: MessageId | None = None
) -> None:
    event = Event(kind=kind, at=at, actor="test", conversation_id=row.id, contact_id=row.contact_id)
    transaction.emit(replace(event, message_id=message_id))


async def kept(database: Database, now: datetime) -> None:
    """The router's work on deadlines."""
    fence = await database.write(leases.acquire, LEASE, "leader", now, now + DAY)
    assert fence is not None
    await database.write(keep, Known(), fence, now)


async def play(database: Database) -> dict[str, QueueId]:
    """The whole story; the keeper looks last a minute before some of what is open is due."""
    lines = await database.write(set_up)
    for case in STORY:
        row = await database.write(arrive, case, lines[case.queue])
        await database.write(happen, case, row)
    await kept(database, END - MINUTE)
    return lines


async def asked(database: Database, first: date = TODAY, last: date = TODAY, viewer: User = BOSS) -> Report:
    return await database.read(report, scope_of(viewer), SHANGHAI, first, last, END)


async def test_the_figures_are_those_of_a_count_by_hand(database_url: str) -> None:
    async with open_database(database_url) as database:
        lines = await play(database)
        found = await asked(database)
    assert counts(found.total) == by_hand() == Counter(kept=5, missed=6, open=2, dropped=1)
    assert found.total.share == 5 / 11
    assert {kind: counts(each) for kind, each in found.channels.items()} == {
        "sms_aliyun": by_hand(kind="sms_aliyun"),
        "email": by_hand(kind="email"),
    }
    assert {found.names[queue_id]: counts(each) for queue_id, each in found.queues.items()} == {
        "loans": by_hand(queue="loans"),
        "cards": by_hand(queue="cards"),
    }
    assert found.channels["sms_aliyun"].targets == {5 * MINUTE}
    assert found.queues[lines["cards"]].targets == {5 * MINUTE, 30 * MINUTE}


async def test_days_are_those_of_the_zone(database_url: str) -> None:
    async with open_database(database_url) as database:
        await play(database)
        yesterday = await asked(database, TODAY - DAY, TODAY - DAY)
        both = await asked(database, TODAY - DAY, TODAY)
        nothing = await asked(database, TODAY + DAY, TODAY + DAY)
    assert counts(yesterday.total) == Counter(kept=1)
    assert counts(both.total) == by_hand() + Counter(kept=1)
    assert (nothing.total, nothing.channels, nothing.queues, nothing.total.share) == (FirstReplies(), {}, {}, None)


async def test_a_promise_counts_where_it_was_made(database_url: str) -> None:
    """Whoever is transferred, or writes on elsewhere, moves no figure of the past."""
    async with open_database(database_url) as database:
        lines = await database.write(set_up)
        row = await database.write(arrive, Case("missed"), lines["loans"])
        await kept(database, NOW)
        moved = replace(row, queue_id=lines["cards"], account_id=MAIL.id)
        await database.write(conversations.change, row.id, {"queue_id": moved.queue_id, "account_id": moved.account_id})
        await database.write(tell, moved, EventKind.CONVERSATION_QUEUED, NOW + 6 * MINUTE)
        await kept(database, NOW + 6 * MINUTE)
        found = await asked(database)
    assert (list(found.channels), list(found.queues)) == (["sms_aliyun"], [lines["loans"]])


async def test_what_a_policy_does_not_promise_any_more_is_not_missed(database_url: str) -> None:
    async with open_database(database_url) as database:
        lines = await database.write(set_up)
        await database.write(arrive, Case("dropped"), lines["loans"])
        await database.write(arrive, Case("missed", opened_at=NOW - 6 * MINUTE), lines["loans"])
        await kept(database, NOW)
        await database.write(policies.remove, QUICK, NOW + MINUTE, "test")
        await kept(database, NOW + 20 * MINUTE)
        found = await asked(database)
    assert counts(found.total) == Counter(dropped=1, missed=1)


async def test_agents_get_the_figures_of_what_they_see(database_url: str) -> None:
    async with open_database(database_url) as database:
        lines = await play(database)
        found = await asked(database, viewer=replace(AGENT, queue_ids=frozenset((lines["cards"],))))
        stranger = await asked(database, viewer=AGENT)
    assert counts(found.total) == by_hand(queue="cards")
    assert stranger.total == FirstReplies()


@pytest.mark.parametrize(("kept", "missed", "share"), [(0, 0, None), (0, 3, 0.0), (2, 1, 2 / 3), (3, 0, 1.0)])
def test_the_share_is_of_those_that_came_or_should_have(kept: int, missed: int, share: float | None) -> None:
    assert FirstReplies(kept=kept, missed=missed, open=7, dropped=9).share == share
