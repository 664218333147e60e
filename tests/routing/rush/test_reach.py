"""Whose members work where: the union while queues are merged, and exactly what was before afterwards."""

from hypothesis import given
from hypothesis import strategies as st

from conversations.ids import QueueId, UserId
from routing.rush.reach import Members, effective_members, reach_of, works_in

IDS = [QueueId(f"q{number}") for number in range(5)]
PEOPLE = [UserId(f"a{number}") for number in range(4)]
MEMBERS = st.frozensets(st.sampled_from(PEOPLE))
OWN = st.fixed_dictionaries(dict.fromkeys(IDS, MEMBERS))


@given(OWN)
def test_merged_queues_have_the_members_of_all_of_them_and_the_others_their_own(own: Members) -> None:
    first, second, third, *others = IDS
    members = effective_members(own, reach_of([frozenset((first, second)), frozenset((third, others[0]))]))
    assert members[first] == members[second] == own[first] | own[second]
    assert members[third] == members[others[0]] == own[third] | own[others[0]]
    assert members[others[1]] == own[others[1]]


@given(OWN)
def test_without_a_merge_everybody_works_where_they_belong(own: Members) -> None:
    assert effective_members(own, reach_of([])) == own


def test_whoever_belongs_to_one_works_in_the_other() -> None:
    reach = reach_of([frozenset(IDS[:2])])
    assert works_in(reach, IDS[0], {IDS[1]})
    assert works_in(reach, IDS[2], {IDS[2]})
    assert not works_in(reach, IDS[2], {IDS[0]})
    assert not works_in(reach, IDS[0], frozenset())
