"""Whose members work where: the union while queues are merged, and exactly what was before afterwards."""

from hypothesis import given
from hypothesis import strategies as st

from conversations.ids import MergeId, QueueId, UserId
from routing.rush.reach import effective_members, reach_of, works_in
from storage.merges import Merge
from storage.queues import Queue
from tests.support.builders import NOW

IDS = [QueueId(f"q{number}") for number in range(5)]
PEOPLE = [UserId(f"a{number}") for number in range(4)]
MEMBERS = st.frozensets(st.sampled_from(PEOPLE))
QUEUES = st.tuples(*(st.builds(Queue, st.just(each), st.just(each), MEMBERS) for each in IDS))


def a_merge(*queue_ids: QueueId) -> Merge:
    return Merge(id=MergeId("m"), queue_ids=frozenset(queue_ids), reason="peak", begun_at=NOW, begun_by=UserId("boss"))


@given(QUEUES)
def test_merged_queues_have_the_members_of_all_of_them_and_the_others_their_own(queues: tuple[Queue, ...]) -> None:
    own = {queue.id: queue.members for queue in queues}
    first, second, third, *others = IDS
    members = effective_members(queues, reach_of([a_merge(first, second), a_merge(third, others[0])]))
    assert members[first] == members[second] == own[first] | own[second]
    assert members[third] == members[others[0]] == own[third] | own[others[0]]
    assert members[others[1]] == own[others[1]]


@given(QUEUES)
def test_without_a_merge_everybody_works_where_they_belong(queues: tuple[Queue, ...]) -> None:
    assert effective_members(queues, reach_of([])) == {queue.id: queue.members for queue in queues}


def test_whoever_belongs_to_one_works_in_the_other() -> None:
    reach = reach_of([a_merge(IDS[0], IDS[1])])
    assert works_in(reach, IDS[0], {IDS[1]})
    assert works_in(reach, IDS[2], {IDS[2]})
    assert not works_in(reach, IDS[2], {IDS[0]})
    assert not works_in(reach, IDS[0], frozenset())
