"""Delivery states only move forward, and a message is where its least fortunate part is."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from conversations.message import FORWARD, RETRIABLE, DeliveryState, fold, moves_forward

STATES = list(DeliveryState)
ENDS = [state for state in STATES if not FORWARD[state]]

WAY = [
    DeliveryState.PENDING,
    DeliveryState.SUBMITTING,
    DeliveryState.ACCEPTED,
    DeliveryState.DELIVERED,
    DeliveryState.READ,
]


def test_every_state_has_its_row() -> None:
    assert set(FORWARD) == set(DeliveryState)


def test_the_usual_way_is_forward_and_the_way_back_is_not() -> None:
    for earlier, later in pairwise(WAY):
        assert moves_forward(earlier, later)
        assert not moves_forward(later, earlier)


def test_no_state_follows_itself_or_comes_back() -> None:
    """There is no circle: what can be reached from a state does not contain it."""
    for state in STATES:
        assert state not in reachable(state)


def reachable(state: DeliveryState) -> set[DeliveryState]:
    """Everything that may come after a state, sooner or later."""
    found: set[DeliveryState] = set()
    new = set(FORWARD[state])
    while new:
        found |= new
        new = {later for each in new for later in FORWARD[each]} - found
    return found


def test_what_reaches_further_is_never_hidden() -> None:
    """Nothing replaces `delivered` but `read`; nothing replaces an end."""
    assert FORWARD[DeliveryState.DELIVERED] == {DeliveryState.READ}
    assert set(ENDS) == {
        DeliveryState.READ,
        DeliveryState.FAILED,
        DeliveryState.SUPPRESSED,
        DeliveryState.CANCELLED,
    }


def test_a_part_that_was_not_sent_cannot_have_failed_or_arrived() -> None:
    assert reachable(DeliveryState.PENDING) >= {DeliveryState.FAILED, DeliveryState.READ}
    assert not FORWARD[DeliveryState.PENDING] & {DeliveryState.FAILED, DeliveryState.ACCEPTED, DeliveryState.DELIVERED}


@given(st.sampled_from(STATES), st.lists(st.sampled_from(STATES)))
def test_whatever_is_told_in_whatever_order_a_part_never_visits_a_state_twice(
    start: DeliveryState, told: list[DeliveryState]
) -> None:
    visited = [start]
    for state in told:
        if moves_forward(visited[-1], state):
            visited.append(state)
    assert len(set(visited)) == len(visited)


@given(st.permutations([DeliveryState.ACCEPTED, DeliveryState.DELIVERED, DeliveryState.READ] * 2))
def test_receipts_of_success_end_in_read_in_any_order(told: list[DeliveryState]) -> None:
    now = DeliveryState.SUBMITTING
    for state in told:
        now = state if moves_forward(now, state) else now
    assert now is DeliveryState.READ


@given(st.lists(st.sampled_from(STATES), min_size=1))
def test_the_fold_is_one_of_the_parts_whatever_their_order(states: list[DeliveryState]) -> None:
    folded = fold(states)
    assert folded in states
    assert folded is fold(states[::-1]) is fold(sorted(states))


@given(st.lists(st.sampled_from(STATES), min_size=1))
def test_a_message_has_arrived_only_when_all_its_parts_have(states: list[DeliveryState]) -> None:
    arrived = {DeliveryState.DELIVERED, DeliveryState.READ}
    assert (fold(states) in arrived) == (set(states) <= arrived)


def test_the_fold_shows_what_somebody_must_look_at_first() -> None:
    assert fold([DeliveryState.READ, DeliveryState.PENDING, DeliveryState.FAILED]) is DeliveryState.FAILED
    assert fold([DeliveryState.READ, DeliveryState.UNKNOWN]) is DeliveryState.UNKNOWN
    assert fold([DeliveryState.DELIVERED, DeliveryState.ACCEPTED]) is DeliveryState.ACCEPTED


def test_people_may_try_again_what_failed_or_is_in_doubt() -> None:
    assert {DeliveryState.FAILED, DeliveryState.UNKNOWN} == RETRIABLE
