"""Policies: an ordered list that says until when; the first that matches a conversation holds."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from conversations.conversation import Contact, Conversation
from conversations.deadlines import DeadlineKind
from conversations.ids import CalendarId, PolicyId
from routing.clocks.calendars import Calendar, read_calendar
from storage import accounts, calendars, policies
from storage.database import Connection
from storage.policies import PolicyRow

CONDITIONS = ("queue", "kind", "account", "segment", "category", "language")
"""What a policy may ask for: `kind` is that of the channel, `segment` the customer's."""

WARNS_AT = 0.8
"""The share of a limit after which people are warned."""


@dataclass(frozen=True, kw_only=True)
class Policy:
    """What is promised to whom, in the working time of a calendar, or round the clock without one.

    `conditions` name one wanted value each, by the names in `CONDITIONS`.
    """

    id: PolicyId
    name: str
    conditions: Mapping[str, str]
    calendar: Calendar | None
    limits: Mapping[DeadlineKind, timedelta]
    from_assignment: bool
    pauses: bool
    created_at: datetime

    def matches(self, facts: Mapping[str, str]) -> bool:
        """Whether every condition holds."""
        return all(facts.get(name) == wanted for name, wanted in self.conditions.items())

    def reckon(self, start: datetime, time: timedelta) -> datetime:
        """When so much of the policy's time has passed. Raises `NeverOpen`."""
        return self.calendar.add(start, time) if self.calendar else start + time

    def measure(self, begin: datetime, end: datetime) -> timedelta:
        """How much of the policy's time passed between two instants."""
        return self.calendar.between(begin, end) if self.calendar else max(end - begin, timedelta())


@dataclass(frozen=True)
class Policies:
    """The policies in their order, and the kinds of channels by account."""

    listed: tuple[Policy, ...]
    kinds: Mapping[str, str]

    def of(self, conversation: Conversation, customer: Contact) -> Policy | None:
        """The policy that holds for a conversation; none as long as nobody is to answer it."""
        if conversation.queue_id is None and conversation.assignee_id is None:
            return None
        facts = self._facts(conversation, customer)
        return next((each for each in self.listed if each.matches(facts)), None)

    def _facts(self, conversation: Conversation, customer: Contact) -> Mapping[str, str]:
        return {
            "queue": conversation.queue_id or "",
            "kind": self.kinds.get(conversation.account_id, ""),
            "account": conversation.account_id,
            "segment": customer.segment,
            "category": conversation.category,
            "language": conversation.language,
        }


def read_policies(connection: Connection) -> Policies:
    """The policies that are in force now."""
    found = {row.id: read_calendar(row) for row in calendars.listed(connection)}
    return Policies(
        listed=tuple(_policies((row for row in policies.listed(connection) if row.enabled), found)),
        kinds={str(account): kind for account, kind in accounts.kinds(connection).items()},
    )


def _policies(rows: Iterable[PolicyRow], found: Mapping[CalendarId, Calendar]) -> Iterable[Policy]:
    for row in rows:
        yield Policy(
            id=row.id,
            name=row.name,
            conditions=row.conditions,
            calendar=found[row.calendar_id] if row.calendar_id else None,
            limits={DeadlineKind(kind): timedelta(minutes=minutes) for kind, minutes in row.minutes.items()},
            from_assignment=row.from_assignment,
            pauses=row.pauses,
            created_at=row.created_at,
        )
