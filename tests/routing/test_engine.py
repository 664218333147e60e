"""Who gets which conversation, and the reason that is told."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from conversations.ids import ConversationId, QueueId, UserId
from routing.engine import ASKED_AGAIN, GRACE, PRESENCE, Agent, Decision, Manner, State, Strategy, Ticket, assignments
from tests.support.builders import NOW

QUEUE = QueueId("q1")


def agent(name: str, **changes: Any) -> Agent:
    fields: dict[str, Any] = {"ready": True, "capacity": 3, "ready_since": NOW, "seen_at": NOW}
    return Agent(id=UserId(name), **(fields | changes))


def ticket(name: str, *, minute: int = 0, queue: str = QUEUE, owner: str | None = None, **asks: Any) -> Ticket:
    return Ticket(
        is_new=owner is None,
        since=NOW + timedelta(minutes=minute),
        conversation_id=ConversationId(name),
        queue_id=QueueId(queue),
        owner_id=None if owner is None else UserId(owner),
        **asks,
    )


def floor(*agents: Agent) -> State:
    state = State()
    state.set_agents(agents)
    state.set_members({QUEUE: frozenset(each.id for each in agents)})
    return state


def given(decisions: list[Decision]) -> list[tuple[str, str]]:
    return [(each.conversation_id, each.agent_id) for each in decisions]


def test_the_lowest_load_for_the_capacity_comes_first_and_the_reason_says_so() -> None:
    state = floor(agent("small", capacity=2), agent("large", capacity=6))
    state.assigned(ConversationId("a"), UserId("small"))
    state.assigned(ConversationId("b"), UserId("large"))
    state.assigned(ConversationId("c"), UserId("large"))
    state.queued(ticket("d"))
    # 2 of 6 is less than 1 of 2
    assert assignments(state, NOW) == [Decision(ConversationId("d"), QUEUE, UserId("large"), "lowest load 2 of 6")]


def test_of_equal_loads_the_longest_idle_comes_first() -> None:
    state = floor(agent("a", ready_since=NOW), agent("b", ready_since=NOW - timedelta(hours=1)))
    state.queued(ticket("1"))
    assert given(assignments(state, NOW)) == [("1", "b")]
    state.gone(ConversationId("1"))
    state.queued(ticket("2"))
    assert given(assignments(state, NOW + timedelta(seconds=1))) == [("2", "a")]


def test_a_conversation_goes_back_to_its_first_responsible_agent_and_before_new_ones() -> None:
    state = floor(agent("busy"), agent("idle"))
    state.assigned(ConversationId("other"), UserId("busy"))
    state.queued(ticket("new"))
    state.queued(ticket("reopened", minute=5, owner="busy"))
    assert given(assignments(state, NOW)) == [("reopened", "busy"), ("new", "idle")]


def test_somebody_else_takes_over_from_an_owner_who_is_away_or_in_another_queue() -> None:
    state = floor(agent("away", ready=False), agent("here"))
    state.queued(ticket("1", owner="away"))
    state.queued(ticket("2", owner="stranger"))
    assert given(assignments(state, NOW)) == [("1", "here"), ("2", "here")]


def test_who_was_not_seen_gets_nothing_until_seen_again() -> None:
    state = floor(agent("a"))
    state.queued(ticket("1"))
    later = NOW + PRESENCE + timedelta(seconds=1)
    assert assignments(state, later) == []
    state.set_seen({UserId("a"): later})
    assert given(assignments(state, later)) == [("1", "a")]


def test_a_ready_agent_is_lost_after_the_grace_time() -> None:
    state = floor(agent("ready"), agent("break", ready=False), agent("never", seen_at=None))
    assert state.lost(NOW + GRACE) == []
    assert state.lost(NOW + GRACE + timedelta(seconds=1)) == ["ready"]


def test_work_flows_across_queues_to_the_longest_wait() -> None:
    state = floor(agent("a", capacity=1))
    state.set_members({QUEUE: frozenset((UserId("a"),)), QueueId("q2"): frozenset((UserId("a"),))})
    state.queued(ticket("late", minute=2))
    state.queued(ticket("early", minute=1, queue="q2"))
    assert given(assignments(state, NOW)) == [("early", "a")]


def test_priority_counts_as_a_longer_wait_so_that_nobody_starves() -> None:
    """One step of priority is ten minutes: 2 steps pass whoever waits 19 minutes longer, not 21."""
    state = floor(agent("a"))
    state.queued(ticket("urgent", minute=21, priority=2))
    state.queued(ticket("waits 19 longer", minute=2))
    state.queued(ticket("waits 21 longer", minute=0))
    assert [each for each, _ in given(assignments(state, NOW))] == ["waits 21 longer", "urgent", "waits 19 longer"]


def test_who_was_served_before_comes_first_unless_somebody_waits_two_hours_longer() -> None:
    state = floor(agent("a", capacity=9))
    state.queued(ticket("back", minute=121, owner="away"))
    state.queued(ticket("waits 119 longer", minute=2))
    state.queued(ticket("waits 121 longer", minute=0))
    assert [each for each, _ in given(assignments(state, NOW))] == ["waits 121 longer", "back", "waits 119 longer"]


def test_a_round_ends_at_its_limit_and_the_next_goes_on() -> None:
    state = floor(agent("a", capacity=10))
    for number in range(5):
        state.queued(ticket(str(number), minute=number))
    assert [each for each, _ in given(assignments(state, NOW, limit=3))] == ["0", "1", "2"]
    assert [each for each, _ in given(assignments(state, NOW, limit=3))] == ["3", "4"]


def test_no_unskilled_assignment_and_who_asks_for_less_does_not_wait_behind() -> None:
    state = floor(agent("plain", capacity=9), agent("novice", capacity=9, skills={"loans": 2}))
    state.queued(ticket("expert wanted", minute=0, skill="loans", skill_level=3))
    state.queued(ticket("loans", minute=1, skill="loans", skill_level=2))
    state.queued(ticket("anything", minute=2))
    assert given(assignments(state, NOW)) == [("loans", "novice"), ("anything", "plain")]
    state.set_agents([agent("expert", skills={"loans": 3})])
    state.set_members({QUEUE: frozenset((UserId("expert"),))})
    assert given(assignments(state, NOW)) == [("expert wanted", "expert")]


def test_a_conversation_takes_its_weight_of_a_capacity() -> None:
    """Capacity 2 is eight quarters: a complaint takes all, or a chat and four e-mails."""
    state = floor(agent("a", capacity=2))
    state.queued(ticket("chat", minute=0, weight=4))
    for number in range(5):
        state.queued(ticket(f"mail {number}", minute=1 + number, weight=1))
    state.queued(ticket("complaint", minute=9, weight=8))
    first = assignments(state, NOW)
    assert [each for each, _ in given(first)] == ["chat", "mail 0", "mail 1", "mail 2", "mail 3"]
    assert [each.reason for each in first][:3] == ["lowest load 0 of 2", "lowest load 1 of 2", "lowest load 1.25 of 2"]
    for name in ("chat", "mail 0", "mail 1", "mail 2", "mail 3"):
        state.gone(ConversationId(name))
    assert [each for each, _ in given(assignments(state, NOW))] == ["mail 4"]
    state.gone(ConversationId("mail 4"))
    assert [each for each, _ in given(assignments(state, NOW))] == ["complaint"]


def test_a_heavy_conversation_is_not_passed_by_light_ones_behind_it() -> None:
    state = floor(agent("a", capacity=2))
    state.assigned(ConversationId("chat"), UserId("a"))
    state.queued(ticket("complaint", minute=0, weight=8))
    state.queued(ticket("mail", minute=1, weight=1))
    assert assignments(state, NOW) == []
    state.gone(ConversationId("complaint"))
    assert given(assignments(state, NOW)) == [("mail", "a")]


def test_an_empty_desk_takes_what_is_heavier_than_its_capacity() -> None:
    state = floor(agent("a", capacity=1))
    state.queued(ticket("complaint", weight=8))
    state.queued(ticket("mail", minute=1, weight=1))
    assert given(assignments(state, NOW)) == [("complaint", "a")]


@pytest.mark.parametrize(
    ("strategy", "chosen", "reason"),
    [
        (Strategy.BALANCED, "fewest today", "lowest load 0 of 4"),
        (Strategy.SKILL_FIRST, "best", 'skill "loans" at 5, load 1 of 4'),
        (Strategy.ROUND_ROBIN, "longest ago", "next in turn, load 1 of 4"),
        (Strategy.LONGEST_IDLE, "ready longest", "longest idle, load 0 of 4"),
    ],
)
def test_a_queue_chooses_by_its_strategy(strategy: Strategy, chosen: str, reason: str) -> None:
    def hours(ago: int) -> Any:
        return NOW - timedelta(hours=ago)

    skill = {"loans": 1}
    state = floor(
        agent("best", capacity=4, skills={"loans": 5}, served_at=hours(2), served_today=3),
        agent("fewest today", capacity=4, skills=skill, served_at=hours(1), served_today=2),
        agent("longest ago", capacity=4, skills=skill, served_at=hours(4), ready_since=hours(1), served_today=3),
        agent("ready longest", capacity=4, skills=skill, served_at=hours(3), ready_since=hours(9), served_today=3),
    )
    state.set_manners({QUEUE: Manner(strategy)})
    state.assigned(ConversationId("x"), UserId("best"))
    state.assigned(ConversationId("y"), UserId("longest ago"))
    state.queued(ticket("new", skill="loans", skill_level=1))
    (decision,) = assignments(state, NOW)
    assert (decision.agent_id, decision.reason) == (chosen, reason)


def test_of_equal_load_and_count_the_better_skilled_comes_first() -> None:
    state = floor(agent("good", skills={"loans": 2}), agent("better", skills={"loans": 3}))
    state.queued(ticket("new", skill="loans"))
    assert given(assignments(state, NOW)) == [("new", "better")]


def test_counts_begin_anew_at_midnight_where_the_house_is() -> None:
    """16:00 UTC is midnight in Shanghai: whoever had more yesterday is not passed over today."""
    state = State(ZoneInfo("Asia/Shanghai"))
    evening = NOW.replace(hour=15, minute=59)
    state.set_agents(
        agent(name, seen_at=evening, served_at=evening - timedelta(hours=1), served_today=count)
        for name, count in (("a", 7), ("b", 1))
    )
    state.set_members({QUEUE: frozenset((UserId("a"), UserId("b")))})
    state.queued(ticket("today"))
    assert given(assignments(state, evening)) == [("today", "b")]
    state.gone(ConversationId("today"))
    state.queued(ticket("tomorrow"))
    assert given(assignments(state, evening + timedelta(minutes=1))) == [("tomorrow", "a")]


def test_among_equally_skilled_agents_the_spread_of_open_conversations_is_at_most_one() -> None:
    """Service norm 14: 数量均衡、兼顾业务能力."""
    skilled = [agent(f"skilled {number}", capacity=9, skills={"loans": 1}) for number in range(5)]
    state = floor(*skilled, agent("plain", capacity=9))
    for number in range(43):
        state.queued(ticket(f"loan {number}", minute=number, skill="loans", skill_level=1))
        assignments(state, NOW)
        loads = [state.load(each.id) // 4 for each in skilled]
        assert max(loads) - min(loads) <= 1
    assert state.load(UserId("plain")) == 0


def test_after_a_conversation_an_agent_has_a_pause_that_ends_without_any_news() -> None:
    """The longer of what the queue grants and what the agent has; the engine says when there is something to do."""
    state = floor(agent("quick"), agent("slow", capacity=9, pause=timedelta(seconds=30)))
    state.set_manners({QUEUE: Manner(pause=timedelta(seconds=10))})
    for number in range(4):
        state.queued(ticket(str(number), minute=number))
    assert given(assignments(state, NOW)) == [("0", "quick"), ("1", "slow")]
    assert state.next_due() == NOW + timedelta(seconds=10)
    assert assignments(state, NOW + timedelta(seconds=9)) == []
    assert given(assignments(state, NOW + timedelta(seconds=10))) == [("2", "quick")]
    assert given(assignments(state, NOW + timedelta(seconds=30))) == [("3", "slow")]


def test_a_pause_that_began_before_a_restart_ends_when_it_would_have() -> None:
    state = floor(agent("a", paused_until=NOW + timedelta(seconds=5)))
    state.queued(ticket("1"))
    assert assignments(state, NOW) == []
    assert state.next_due() == NOW + timedelta(seconds=5)
    assert given(assignments(state, NOW + timedelta(seconds=5))) == [("1", "a")]
    assert state.next_due() is None


def its_manager_is(name: str, **changes: Any) -> Ticket:
    return ticket("theirs", manager_id=UserId(name), **changes)


GRACE_TIME = timedelta(seconds=60)


def test_a_customer_waits_a_grace_time_for_the_named_manager_and_whoever_is_behind_goes_on() -> None:
    state = floor(agent("manager", capacity=1), agent("other", capacity=1))
    state.set_manners({QUEUE: Manner(grace=GRACE_TIME)})
    state.assigned(ConversationId("x"), UserId("manager"))
    state.queued(its_manager_is("manager"))
    state.queued(ticket("behind", minute=1))
    assert given(assignments(state, NOW)) == [("behind", "other")]
    state.gone(ConversationId("behind"))
    assert assignments(state, NOW) == [], "the other is idle, and the customer waits for the manager"
    assert state.next_due() == NOW + GRACE_TIME
    (decision,) = assignments(state, NOW + GRACE_TIME)
    assert (decision.agent_id, decision.reason) == ("other", "named manager busy; lowest load 0 of 1")
    assert state.next_due() is None


def test_as_soon_as_the_named_manager_has_room_the_customer_comes() -> None:
    state = floor(agent("manager", capacity=1), agent("other"))
    state.set_manners({QUEUE: Manner(grace=GRACE_TIME)})
    state.assigned(ConversationId("x"), UserId("manager"))
    state.queued(its_manager_is("manager"))
    assert assignments(state, NOW) == []
    state.gone(ConversationId("x"))
    (decision,) = assignments(state, NOW + timedelta(seconds=59))
    assert (decision.agent_id, decision.reason) == ("manager", "named manager, load 0 of 1")


def test_manager_off_then_deputy_and_back_then_manager() -> None:
    """Service norm 31: 客户经理 一站式."""

    def comes(manager_is_there: bool, deputy_is_there: bool) -> Decision:
        state.set_agents(
            [
                agent("manager", ready=manager_is_there, deputy_id=UserId("deputy")),
                agent("deputy", ready=deputy_is_there),
                agent("other"),
            ]
        )
        state.queued(its_manager_is("manager"))
        (decision,) = assignments(state, NOW)
        state.gone(ConversationId("theirs"))
        return decision

    state = floor(agent("manager"), agent("deputy"), agent("other"))
    state.set_manners({QUEUE: Manner(grace=GRACE_TIME)})
    assert comes(True, True).agent_id == "manager"
    off = comes(False, True)
    assert (off.agent_id, off.reason) == ("deputy", "named manager away; deputy of the named manager, load 0 of 3")
    both = comes(False, False)
    assert (both.agent_id, both.reason) == ("other", "named manager away; deputy away; lowest load 0 of 3")
    assert comes(True, True).agent_id == "manager"


def test_a_manager_who_leaves_within_the_grace_time_is_not_waited_for_any_longer() -> None:
    state = floor(agent("manager", capacity=1), agent("other"))
    state.set_manners({QUEUE: Manner(grace=GRACE_TIME)})
    state.assigned(ConversationId("x"), UserId("manager"))
    state.queued(its_manager_is("manager"))
    assert assignments(state, NOW) == []
    state.set_agents([agent("manager", ready=False), agent("other")])
    assert given(assignments(state, NOW)) == [("theirs", "other")]


def test_who_does_not_work_in_the_queue_or_lacks_the_skill_is_away_for_this_customer() -> None:
    state = floor(agent("unskilled"), agent("other", skills={"loans": 1}))
    state.set_manners({QUEUE: Manner(grace=GRACE_TIME)})
    state.queued(its_manager_is("unskilled", skill="loans", skill_level=1))
    state.queued(ticket("2", minute=1, manager_id=UserId("stranger")))
    assert given(assignments(state, NOW)) == [("theirs", "other"), ("2", "unskilled")]


@pytest.mark.parametrize(("minutes", "chosen"), [(30, "last"), (29, "idle")])
def test_who_served_a_customer_last_is_remembered_for_some_time(minutes: int, chosen: str) -> None:
    state = floor(agent("last"), agent("idle"))
    state.set_manners({QUEUE: Manner(remembers=timedelta(minutes=minutes))})
    state.assigned(ConversationId("x"), UserId("last"))
    half_an_hour_ago = NOW - timedelta(minutes=30)
    state.queued(ticket("1", last_agent_id=UserId("last"), last_served_at=half_an_hour_ago))
    assert given(assignments(state, NOW)) == [("1", chosen)]


def test_the_customers_of_a_manager_are_served_in_their_order() -> None:
    state = floor(agent("manager", capacity=1), agent("other", capacity=9))
    state.set_manners({QUEUE: Manner(grace=timedelta(hours=1))})
    state.assigned(ConversationId("x"), UserId("manager"))
    for number in (2, 0, 1):
        state.queued(ticket(str(number), minute=number, manager_id=UserId("manager")))
    assert assignments(state, NOW) == []
    state.gone(ConversationId("x"))
    for number in range(3):
        assert given(assignments(state, NOW)) == [(str(number), "manager")]
        state.gone(ConversationId(str(number)))


IN_TIME = timedelta(seconds=15)


def declined_by(*names: str, at: Any = NOW) -> dict[UserId, Any]:
    return {UserId(name): at for name in names}


def test_an_offer_counts_as_load_and_nobody_else_gets_it() -> None:
    state = floor(agent("a", capacity=1), agent("b", capacity=1))
    state.set_manners({QUEUE: Manner(offer=IN_TIME)})
    state.queued(ticket("1"))
    (decision,) = assignments(state, NOW)
    assert decision.terms.offered_until == NOW + IN_TIME
    assert (state.load(decision.agent_id), state.next_due()) == (4, NOW + IN_TIME)
    assert assignments(state, NOW + IN_TIME) == []


def test_an_offer_that_nobody_answers_lapses_once_and_goes_to_the_next_candidate() -> None:
    state = floor(agent("a"), agent("b", capacity=9))
    state.set_manners({QUEUE: Manner(offer=IN_TIME)})
    state.queued(ticket("1"))
    assert given(assignments(state, NOW)) == [("1", "a")]
    assert state.lapsed(NOW + timedelta(seconds=14)) == []
    assert state.lapsed(NOW + IN_TIME) == [("1", "a")]
    assert state.lapsed(NOW + IN_TIME) == []
    state.queued(ticket("1", declined=declined_by("a", at=NOW + IN_TIME)))
    assert given(assignments(state, NOW + IN_TIME)) == [("1", "b")]


def test_all_offers_of_an_agent_who_misses_one_are_over_together() -> None:
    state = floor(agent("a"), agent("b"))
    state.offered(ConversationId("1"), UserId("a"), 4, NOW + IN_TIME)
    state.offered(ConversationId("2"), UserId("b"), 4, NOW + 2 * IN_TIME)
    state.offered(ConversationId("3"), UserId("a"), 4, NOW + 2 * IN_TIME)
    assert state.lapsed(NOW + IN_TIME) == [("1", "a"), ("3", "a")]
    assert state.lapsed(NOW + IN_TIME) == []


def test_what_is_accepted_does_not_lapse() -> None:
    state = floor(agent("a"))
    state.set_manners({QUEUE: Manner(offer=IN_TIME)})
    state.queued(ticket("1"))
    assignments(state, NOW)
    state.assigned(ConversationId("1"), UserId("a"))
    assert state.lapsed(NOW + IN_TIME) == []
    assert state.next_due() is None


def test_an_offer_to_somebody_who_leaves_is_over_at_once() -> None:
    state = floor(agent("a"))
    state.offered(ConversationId("1"), UserId("a"), 4, NOW + IN_TIME)
    state.set_agents([agent("a", ready=False)])
    assert state.lapsed(NOW) == [("1", "a")]


def test_who_declined_is_asked_again_after_all_others_and_a_minute() -> None:
    """No endless loop between two agents, and no customer is lost."""
    state = floor(agent("a"), agent("b", capacity=9))
    state.set_manners({QUEUE: Manner(offer=IN_TIME)})
    state.queued(ticket("1", declined=declined_by("a")))
    assert given(assignments(state, NOW)) == [("1", "b")]
    later = NOW + timedelta(seconds=10)
    state.queued(ticket("1", declined=declined_by("a") | declined_by("b", at=later)))
    assert assignments(state, later) == []
    assert state.next_due() == NOW + ASKED_AGAIN
    (again,) = assignments(state, NOW + ASKED_AGAIN)
    assert (again.agent_id, again.reason) == ("a", "declined before, but nobody else can take it, load 0 of 3")


def test_what_somebody_declined_does_not_stand_in_the_way_of_others() -> None:
    state = floor(agent("a"), agent("busy", capacity=1))
    state.assigned(ConversationId("x"), UserId("busy"))
    state.queued(ticket("1", declined=declined_by("a")))
    state.queued(ticket("2", minute=1))
    assert given(assignments(state, NOW)) == [("2", "a")]
    state.gone(ConversationId("x"))
    assert given(assignments(state, NOW)) == [("1", "busy")]


def test_a_manager_who_declined_is_not_waited_for() -> None:
    state = floor(agent("manager"), agent("other"))
    state.set_manners({QUEUE: Manner(grace=GRACE_TIME, offer=IN_TIME)})
    state.queued(its_manager_is("manager", declined=declined_by("manager")))
    (decision,) = assignments(state, NOW)
    assert (decision.agent_id, decision.reason) == ("other", "named manager declined; lowest load 0 of 3")
