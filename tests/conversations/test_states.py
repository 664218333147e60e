"""Which state follows which, why others do not, and what a day adds up to."""

from datetime import timedelta
from itertools import product

import pytest

from conversations.ids import UserId
from conversations.people import AgentState
from conversations.states import BREAKS, Span, follows, totals, why_not
from tests.support.builders import NOW

S = AgentState
HOUR = timedelta(hours=1)
MEI = UserId("mei")

CHOICES = {
    S.OFFLINE: {S.READY},
    S.SIGNED_IN: {S.READY, S.BREAK, S.OFFLINE},
    S.READY: {S.WRAP_UP, S.BREAK, S.OFFLINE},
    S.BUSY: {S.READY, S.WRAP_UP, S.BREAK, S.OFFLINE},
    S.WRAP_UP: {S.READY, S.BREAK, S.OFFLINE},
    S.BREAK: {S.READY, S.BREAK, S.OFFLINE},
    S.COOL_OFF: {S.READY, S.WRAP_UP, S.OFFLINE},
    S.CONNECTION_LOST: {S.READY, S.WRAP_UP, S.BREAK, S.OFFLINE},
}
"""What a person can choose, by where they are; the state itself is no change."""


@pytest.mark.parametrize(("before", "wanted"), [pair for pair in product(S, S) if pair[0] is not pair[1]])
def test_a_person_goes_where_the_table_says_and_is_told_why_not_elsewhere(before: S, wanted: S) -> None:
    said = why_not(before, wanted, "meal")
    assert (said == "") == (wanted in CHOICES[before] - {before})
    assert said == "" or said.endswith(".")


@pytest.mark.parametrize("wanted", [S.SIGNED_IN, S.BUSY, S.CONNECTION_LOST])
def test_what_follows_by_itself_is_chosen_by_nobody(wanted: S) -> None:
    assert any(follows(before, wanted) for before in S)
    assert all("follows" in why_not(before, wanted, "") for before in S)


def test_a_break_is_for_something() -> None:
    assert why_not(S.READY, S.BREAK, "") == why_not(S.READY, S.BREAK, "sleep") == "Say what the break is for."
    assert {why_not(S.READY, S.BREAK, reason) for reason in BREAKS} == {""}


def test_from_one_break_to_another_reason() -> None:
    assert why_not(S.BREAK, S.BREAK, "training") == ""


def test_a_day_adds_up_to_what_lies_inside_of_it() -> None:
    spans = [
        Span(MEI, S.READY, "", NOW - HOUR, NOW + HOUR),
        Span(MEI, S.BREAK, "meal", NOW + HOUR, NOW + 2 * HOUR),
        Span(MEI, S.READY, "", NOW + 2 * HOUR, None),
    ]
    # From NOW to NOW + 8 h, of which 3 h are past: 1 h ready, 1 h meal, 1 h ready.
    assert totals(spans, NOW, NOW + 8 * HOUR, NOW + 3 * HOUR) == {(S.READY, ""): 2 * HOUR, (S.BREAK, "meal"): HOUR}
    # The day was over before now: the open span counts until its end.
    assert totals(spans, NOW, NOW + 4 * HOUR, NOW + 9 * HOUR)[S.READY, ""] == 3 * HOUR
    # A day that has not begun.
    assert totals(spans, NOW + 5 * HOUR, NOW + 9 * HOUR, NOW + 4 * HOUR) == {}
