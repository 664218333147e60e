"""Who should have a conversation before anybody else: whom the customer knows."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from conversations.ids import UserId
from conversations.reasons import Reason
from routing.lines import Ticket
from routing.state import State
from routing.team import Desk, load_of


class Tie(StrEnum):
    """What somebody is to a customer."""

    MANAGER = "manager"
    DEPUTY = "deputy"
    LAST_AGENT = "last-agent"
    OWNER = "owner"


WAITED_FOR = frozenset((Tie.MANAGER, Tie.DEPUTY, Tie.LAST_AGENT))
"""For these a customer waits a grace time when they are at work and have no room."""


class Claim(NamedTuple):
    """Somebody who should have a conversation, and why."""

    agent_id: UserId
    tie: Tie


def claims(state: State, ticket: Ticket, now: datetime) -> Iterator[Claim]:
    """Who should have this conversation before anybody else, the dearest first."""
    manager_id, last_agent_id, last_at = ticket.manager_id, ticket.last_agent_id, ticket.last_served_at
    if manager_id is not None:
        yield Claim(manager_id, Tie.MANAGER)
        deputy_id = state.deputy_of(manager_id)
        if deputy_id is not None and not state.is_at_work(manager_id, ticket, now):
            yield Claim(deputy_id, Tie.DEPUTY)
    if last_agent_id is not None and last_at and ticket.since - last_at <= state.manner(ticket.queue_id).remembers:
        yield Claim(last_agent_id, Tie.LAST_AGENT)
    if ticket.owner_id is not None:
        yield Claim(ticket.owner_id, Tie.OWNER)


def holder(state: State, ticket: Ticket, now: datetime) -> UserId | None:
    """For whom this conversation is reserved now: the first at work of those for whom a customer waits."""
    if now >= state.grace_ends(ticket):
        return None
    waited_for = (claim.agent_id for claim in claims(state, ticket, now) if claim.tie in WAITED_FOR)
    return next((each for each in waited_for if state.is_at_work(each, ticket, now)), None)


def chosen(tie: Tie, desk: Desk) -> Reason:
    """Why somebody gets a conversation."""
    return _CHOSEN[tie](load_of(desk))


def passed(state: State, claim: Claim, ticket: Ticket, now: datetime) -> Reason:
    """Why they do not get it."""
    if claim.agent_id in ticket.declined:
        return _DECLINED[claim.tie]
    return (_BUSY if state.is_at_work(claim.agent_id, ticket, now) else _AWAY)[claim.tie]


_CHOSEN: Mapping[Tie, Callable[[Mapping[str, object]], Reason]] = {
    Tie.MANAGER: lambda load: Reason("named manager, load {load} of {capacity}", **load),
    Tie.DEPUTY: lambda load: Reason("deputy of the named manager, load {load} of {capacity}", **load),
    Tie.LAST_AGENT: lambda load: Reason("last agent, load {load} of {capacity}", **load),
    Tie.OWNER: lambda load: Reason("first-responsible agent, load {load} of {capacity}", **load),
}

_AWAY: Mapping[Tie, Reason] = {
    Tie.MANAGER: Reason("named manager away"),
    Tie.DEPUTY: Reason("deputy away"),
    Tie.LAST_AGENT: Reason("last agent away"),
    Tie.OWNER: Reason("first-responsible agent away"),
}

_BUSY: Mapping[Tie, Reason] = {
    Tie.MANAGER: Reason("named manager busy"),
    Tie.DEPUTY: Reason("deputy busy"),
    Tie.LAST_AGENT: Reason("last agent busy"),
    Tie.OWNER: Reason("first-responsible agent busy"),
}

_DECLINED: Mapping[Tie, Reason] = {
    Tie.MANAGER: Reason("named manager declined"),
    Tie.DEPUTY: Reason("deputy declined"),
    Tie.LAST_AGENT: Reason("last agent declined"),
    Tie.OWNER: Reason("first-responsible agent declined"),
}
