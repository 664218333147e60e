"""Every place in the bar and on the set-up page leads somewhere, for those who may go there and for nobody else."""

from itertools import chain

import pytest

from conversations.people import Role
from gateway.console.places import BAR, SET_UP, Place, open_to
from tests.support.builders import a_user
from tests.support.gateway import Gateway

ALL = (*BAR, *chain.from_iterable(SET_UP.values()))


@pytest.mark.parametrize("role", Role)
async def test_who_may_go_there_gets_the_page(gateway: Gateway, role: Role) -> None:
    user = await gateway.add_user("ann", role)
    open_places = open_to(user, ALL)
    async with gateway.signed_in(user) as browser:
        answers = {place: (await browser.get(place.address)).status for place in ALL}
    assert {place for place, status in answers.items() if status == 200} == set(open_places)


def test_a_page_belongs_to_one_place_in_the_bar() -> None:
    assert [place.name for place in BAR if place.holds("/setup/rules")] == ["Set-up"]
    assert [place.name for place in BAR if place.holds("/")] == ["Inbox"]
    assert not Place("/hours", "Hours").holds("/hours-of-others")


def test_an_agent_sets_nothing_up() -> None:
    assert [place.name for place in open_to(a_user(role=Role.AGENT), BAR)] == [
        "Inbox",
        "Roster",
        "Hours",
        "Notice board",
    ]
