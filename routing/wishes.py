"""Who should have a conversation before anybody else: whom the customer knows."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import NamedTuple

from conversations.ids import UserId
from conversations.reasons import Reason
from routing.team import Desk, load_of


class Tie(StrEnum):
    """What somebody is to a customer."""

    MANAGER = "manager"
    DEPUTY = "deputy"
    LAST_AGENT = "last-agent"
    OWNER = "owner"


WAITED_FOR = frozenset((Tie.MANAGER, Tie.DEPUTY, Tie.LAST_AGENT))
"""For these a customer waits a grace time when they are at work and have no room."""


class Wish(NamedTuple):
    """Somebody who should have a conversation, and why."""

    agent_id: UserId
    tie: Tie


def chosen(tie: Tie, desk: Desk) -> Reason:
    """Why somebody gets a conversation."""
    return _CHOSEN[tie](load_of(desk))


def passed(tie: Tie, is_at_work: bool) -> Reason:
    """Why they do not get it."""
    return (_BUSY if is_at_work else _AWAY)[tie]


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
