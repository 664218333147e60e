"""What happens to a conversation moves its deadlines."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.conversation import Conversation
from conversations.deadlines import BY_POLICY, Deadline, DeadlineKind, Outcome
from conversations.ids import PolicyId, QueueId
from routing.clocks.calendars import Calendar
from routing.clocks.deadlines import fired, promised
from routing.clocks.happenings import Book, Happening, PolicyChoice, enter
from routing.clocks.hours import read_spans
from routing.clocks.policies import Policies, Policy
from tests.support.builders import a_contact, a_conversation, an_account

OPENED = datetime(2026, 11, 20, 9, 50, tzinfo=UTC)  # Friday, 17:50 in China
BRANCH = Calendar(
    name="网点",
    zone=ZoneInfo("Asia/Shanghai"),
    week=(*(read_spans("09:00-18:00"),) * 5, (), ()),
    country="CN",
)
FIRST, NEXT, RESOLUTION = DeadlineKind.FIRST_REPLY, DeadlineKind.NEXT_REPLY, DeadlineKind.RESOLUTION


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


def a_policy(**changes: Any) -> Policy:
    """Ten minutes to the first reply, an hour to the next, a day to the end."""
    fields: dict[str, Any] = {
        "id": PolicyId("policy"),
        "name": "everybody",
        "conditions": {},
        "calendar": None,
        "limits": {FIRST: minutes(10), NEXT: minutes(60), RESOLUTION: minutes(1440)},
        "from_assignment": False,
        "pauses": True,
        "created_at": OPENED - minutes(1),
    }
    return Policy(**(fields | changes))


def a_matter(**changes: Any) -> Conversation:
    fields: dict[str, Any] = {"opened_at": OPENED, "unanswered_since": None, "queue_id": QueueId("care")}
    return a_conversation(an_account().id, a_contact().id, **fields | changes)


Told = tuple[Happening, float]


def after(*told: Told, policy: Policy | None = None) -> dict[DeadlineKind, Deadline]:
    """The last deadline of each kind, when these happened so many minutes after the opening."""
    book, chosen = Book.of(()), policy or a_policy()
    for happening, at in told:
        enter(book, happening, OPENED + minutes(at), a_matter(), PolicyChoice(chosen, {chosen.id: chosen}))
    return {each.kind: each for each in book.deadlines.values()}


PLACED, ASSIGNED = (Happening.PLACED, 0.0), (Happening.ASSIGNED, 3.0)


def test_a_first_reply_is_warned_of_at_four_fifths_and_then_due() -> None:
    found = after(PLACED)[FIRST]
    assert (found.warn_at, found.due_at) == (OPENED + minutes(8), OPENED + minutes(10))
    warned = fired(found, OPENED + minutes(8))
    assert (warned.warned_at, warned.breached_at, warned.next_at) == (OPENED + minutes(8), None, OPENED + minutes(10))
    breached = fired(warned, OPENED + minutes(10))
    assert (breached.breached_at, breached.next_at) == (OPENED + minutes(10), None)
    assert fired(breached, OPENED + minutes(99)) == breached


def test_it_is_met_by_an_agents_word_and_not_by_the_customers() -> None:
    found = after(PLACED, (Happening.CUSTOMER_SAID, 1), (Happening.AGENT_SAID, 9))
    assert (found[FIRST].outcome, found[FIRST].breached_at, NEXT in found) == (Outcome.MET, None, False)


def test_an_answer_that_is_late_was_missed_even_if_nobody_looked() -> None:
    found = after(PLACED, (Happening.AGENT_SAID, 11))[FIRST]
    assert (found.outcome, found.breached_at) == (Outcome.MET, OPENED + minutes(10))


def test_a_first_reply_can_be_reckoned_from_the_assignment() -> None:
    policy = a_policy(from_assignment=True)
    assert FIRST not in after(PLACED, (Happening.CUSTOMER_SAID, 1), policy=policy)
    assert after(PLACED, ASSIGNED, policy=policy)[FIRST].due_at == OPENED + minutes(13)


def test_the_next_reply_runs_from_the_oldest_word_that_waits() -> None:
    said = [(Happening.CUSTOMER_SAID, 20.0), (Happening.CUSTOMER_SAID, 25.0)]
    found = after(PLACED, (Happening.AGENT_SAID, 5), *said)[NEXT]
    assert (found.started_at, found.due_at) == (OPENED + minutes(20), OPENED + minutes(80))


def test_a_resolution_waits_while_the_customer_is_waited_for_if_the_policy_says_so() -> None:
    told: list[Told] = [PLACED, (Happening.AGENT_SAID, 5), (Happening.CUSTOMER_SAID, 65)]
    assert after(*told[:2])[RESOLUTION].next_at is None
    assert after(*told)[RESOLUTION].due_at == OPENED + minutes(1440 + 60)
    assert after(*told, policy=a_policy(pauses=False))[RESOLUTION].due_at == OPENED + minutes(1440)


def test_working_time_stands_still_over_the_weekend() -> None:
    found = after(PLACED, policy=a_policy(calendar=BRANCH, limits={FIRST: minutes(30)}))[FIRST]
    monday = datetime(2026, 11, 23, 1, tzinfo=UTC)
    assert (found.warn_at, found.due_at) == (monday + minutes(14), monday + minutes(20))


def test_nothing_is_promised_to_those_who_wrote_before() -> None:
    found = after(PLACED, (Happening.CUSTOMER_SAID, 5), policy=a_policy(created_at=OPENED + minutes(1)))
    assert FIRST not in found
    assert found[NEXT].started_at == OPENED + minutes(5)


def test_what_is_resolved_is_met_and_no_reply_is_due() -> None:
    found = after(PLACED, (Happening.RESOLVED, 5))
    assert (found[FIRST].outcome, found[RESOLUTION].outcome) == (Outcome.DROPPED, Outcome.MET)


def test_a_reopened_matter_has_its_time_anew() -> None:
    found = after(PLACED, (Happening.RESOLVED, 5), (Happening.PLACED, 100))[RESOLUTION]
    assert (found.started_at, found.outcome) == (OPENED + minutes(100), None)


def test_in_another_queue_another_policy_holds_and_what_has_passed_has_passed() -> None:
    before, then = a_policy(), a_policy(id=PolicyId("vip"), limits={RESOLUTION: minutes(100)})
    book, known = Book.of(()), {each.id: each for each in (before, then)}
    enter(book, Happening.PLACED, OPENED, a_matter(), PolicyChoice(before, known))
    enter(book, Happening.PLACED, OPENED + minutes(40), a_matter(), PolicyChoice(then, known))
    found = {each.kind: each for each in book.deadlines.values()}
    assert (found[RESOLUTION].due_at, found[RESOLUTION].policy_id) == (OPENED + minutes(100), then.id)
    assert found[FIRST].outcome is Outcome.DROPPED


def test_deadlines_of_a_policy_that_is_gone_end() -> None:
    policy = a_policy()
    book = Book.of(after(PLACED).values())
    enter(book, Happening.CUSTOMER_SAID, OPENED + minutes(1), a_matter(), PolicyChoice(None, {}))
    assert {each.outcome for each in book.deadlines.values()} == {Outcome.DROPPED}
    assert policy.id in {each.policy_id for each in book.deadlines.values()}


@pytest.mark.parametrize(
    ("happening", "at", "outcome"),
    [
        (Happening.AGENT_SAID, -1, None),
        (Happening.CUSTOMER_SAID, 1, None),
        (Happening.ASSIGNED, 1, None),
        (Happening.AGENT_SAID, 1, Outcome.MET),
        (Happening.RESOLVED, 1, Outcome.MET),
        (Happening.CLOSED, 1, Outcome.DROPPED),
    ],
)
def test_a_promise_without_a_policy_is_kept_by_who_writes_back(
    happening: Happening, at: float, outcome: Outcome | None
) -> None:
    matter = a_matter()
    promise = promised(DeadlineKind.CALLBACK, matter.id, OPENED, OPENED + minutes(30))
    book = Book.of([promise])
    enter(book, happening, OPENED + minutes(at), matter, PolicyChoice(a_policy(), {}))
    kept = book.deadlines[promise.id]
    assert (kept.outcome, kept.due_at, kept.warn_at) == (outcome, OPENED + minutes(30), OPENED + minutes(24))


def test_the_first_policy_that_matches_holds_once_somebody_is_to_answer() -> None:
    row, vip = a_matter(category="complaint"), a_policy(conditions={"category": "complaint", "segment": "VIP"})
    policies = Policies((vip, a_policy(id=PolicyId("others"))), {row.account_id: "sms_aliyun"})
    customer = a_contact(segment="VIP")
    assert policies.of(row, customer) == vip
    assert policies.of(row, a_contact()) == policies.listed[1]
    assert policies.of(replace(row, category=""), customer) == policies.listed[1]
    assert policies.of(replace(row, queue_id=None), customer) is None


HAPPENINGS = st.lists(st.tuples(st.sampled_from(Happening), st.integers(0, 600)), max_size=12)
POLICIES = st.builds(
    a_policy, calendar=st.sampled_from([None, BRANCH]), pauses=st.booleans(), from_assignment=st.booleans()
)


@given(HAPPENINGS, POLICIES)
def test_whatever_happens_one_of_a_kind_runs_and_what_was_fired_stays(told: list[Told], policy: Policy) -> None:
    book, choice = Book.of(()), PolicyChoice(policy, {policy.id: policy})
    for happening, at in sorted(told, key=lambda each: each[1]):
        before = dict(book.deadlines)
        enter(book, happening, OPENED + minutes(at), a_matter(), choice)
        running = [each.kind for each in book.deadlines.values() if each.ended_at is None]
        assert len(running) == len(set(running))
        for known in before.values():
            now = book.deadlines[known.id]
            assert known.ended_at is None or now == known
            assert known.breached_at in (None, now.breached_at)
            assert timedelta() <= now.used


LIMITS = st.dictionaries(st.sampled_from(BY_POLICY), st.integers(1, 300).map(minutes), min_size=1)
CHANGING = st.lists(
    st.tuples(st.sampled_from(Happening), st.integers(0, 600), st.sampled_from(["one", "two", "none"])), max_size=12
)


@given(CHANGING, LIMITS, LIMITS, st.integers(1, 500))
def test_no_clock_goes_back_whatever_policy_holds_and_whatever_was_agreed(
    told: list[tuple[Happening, int, str]],
    limits: dict[DeadlineKind, timedelta],
    others: dict[DeadlineKind, timedelta],
    agreed_for: int,
) -> None:
    one = a_policy(id=PolicyId("one"), limits=limits)
    two = a_policy(id=PolicyId("two"), limits=others, calendar=BRANCH, from_assignment=True)
    known, matter = {one.id: one, two.id: two}, a_matter()
    agreed = [each for each in DeadlineKind if each not in BY_POLICY]
    book = Book.of(promised(kind, matter.id, OPENED, OPENED + minutes(agreed_for)) for kind in agreed)
    for happening, at, name in sorted(told, key=lambda each: each[1]):
        before, now = dict(book.deadlines), OPENED + minutes(at)
        enter(book, happening, now, matter, PolicyChoice(known.get(PolicyId(name)), known))
        for each in book.running():
            book.put(fired(each, now))
        for was in before.values():
            became = book.deadlines[was.id]
            assert was.ended_at is None or became == was, "what is over is over"
            assert was.used <= became.used, "time that passed has passed"
            assert was.warned_at in (None, became.warned_at)
            assert was.breached_at in (None, became.breached_at), "breached at most once"
            assert was.policy_id or became.due_at == was.due_at, "what was agreed stays"


@given(HAPPENINGS, POLICIES)
def test_replaying_gives_the_same_deadlines(told: list[Told], policy: Policy) -> None:
    matter = a_matter()

    def replayed() -> list[dict[str, object]]:
        book = Book.of(())
        for happening, at in told:
            enter(book, happening, OPENED + minutes(at), matter, PolicyChoice(policy, {policy.id: policy}))
        return [{**vars(each), "id": ""} for each in book.deadlines.values()]

    assert replayed() == replayed()


def test_the_norm_of_handling_begins_with_each_agent_anew_and_prompts_without_a_warning() -> None:
    handling, norm = DeadlineKind.HANDLING, a_policy(limits={DeadlineKind.HANDLING: minutes(3)})
    first = after(PLACED, (Happening.ASSIGNED, 1), policy=norm)[handling]
    second = after(PLACED, (Happening.ASSIGNED, 1), (Happening.ASSIGNED, 2), (Happening.AGENT_SAID, 4), policy=norm)
    prompted = fired(second[handling], OPENED + minutes(5))
    assert (first.warn_at, first.due_at) == (OPENED + minutes(4), OPENED + minutes(4))
    assert (prompted.breached_at, prompted.ended_at) == (OPENED + minutes(5), None)


def test_who_is_back_in_the_queue_is_handled_by_nobody() -> None:
    norm = a_policy(limits={DeadlineKind.HANDLING: minutes(3)})
    found = after(PLACED, (Happening.ASSIGNED, 1), (Happening.QUEUED, 2), policy=norm)[DeadlineKind.HANDLING]
    assert (found.outcome, found.breached_at) == (Outcome.DROPPED, None)
