"""What screens know of the house is kept for as long as nothing can have changed it, and no longer."""

import pytest

from conversations.events import Event, EventKind
from conversations.ids import UserId
from gateway.house import House
from tests.support.builders import NOW

MEI, BO = UserId("mei"), UserId("bo")


def batch(first: int, *kinds: EventKind) -> list[Event]:
    return [Event(kind=kind, at=NOW, actor="x", position=first + number) for number, kind in enumerate(kinds)]


@pytest.fixture
def house() -> House:
    """Known up to event 10, with one person."""
    return House(10, {MEI: object()}, {MEI: "Mei"}, {"q": "Care"})  # type: ignore[dict-item]  # nobody looks at her


def test_what_customers_and_agents_say_changes_nothing(house: House) -> None:
    after = house.after(batch(11, EventKind.MESSAGE_RECEIVED, EventKind.CONVERSATION_QUEUED), {MEI})
    assert after is not None
    assert (after.position, after.users) == (12, house.users)


@pytest.mark.parametrize(
    "kind", [EventKind.AGENT_STATE_CHANGED, EventKind.SETUP_CHANGED, EventKind.AGENT_WRAPS_LONG, EventKind.DEPUTY_NAMED]
)
def test_it_is_read_again_after_what_may_change_it(house: House, kind: EventKind) -> None:
    assert house.after(batch(11, EventKind.MESSAGE_RECEIVED, kind), {MEI}) is None


def test_it_is_read_again_where_events_are_missing_and_for_somebody_new(house: House) -> None:
    assert house.after(batch(12, EventKind.MESSAGE_RECEIVED), {MEI}) is None
    assert house.after(batch(11, EventKind.MESSAGE_RECEIVED), {MEI, BO}) is None


def test_a_screen_that_is_behind_does_not_make_it_older(house: House) -> None:
    after = house.after(batch(3, EventKind.MESSAGE_RECEIVED), {MEI})
    assert after is not None
    assert after.position == 10
