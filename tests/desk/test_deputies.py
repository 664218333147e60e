"""A deputy is named by whom it concerns or by who looks after them, and whoever stands in is told."""

import pytest

from conversations.events import EventKind
from conversations.ids import QueueId, UserId
from conversations.people import Role, User
from desk.deputies import Deputies, may_name
from desk.errors import NotFound, Refused
from storage import alerts, people
from tests.support.builders import a_user, store
from tests.support.core import Core


async def told(core: Core, user: User) -> list[str]:
    return [each.reason for each in await core.database.read(alerts.listed, user.id, 10)]


async def deputy_of(core: Core, user: User) -> UserId | None:
    found = await core.database.read(people.get, user.id)
    assert found is not None
    return found.deputy_id


def test_people_name_their_own_supervisors_those_of_their_queues_administrators_all() -> None:
    loans, cards = frozenset((QueueId("loans"),)), frozenset((QueueId("cards"),))
    mei, tao = a_user(queue_ids=loans), a_user(queue_ids=loans)
    near, far = (a_user(role=Role.SUPERVISOR, queue_ids=each) for each in (loans, cards))
    root = a_user(role=Role.ADMIN, queue_ids=cards)
    assert [may_name(each, mei) for each in (mei, tao, near, far, root)] == [True, False, True, False, True]


async def test_who_stands_in_and_who_stood_in_before_are_told_why(core: Core) -> None:
    mei, tao, kim = (a_user(name=name) for name in ("Mei", "Tao", "Kim"))
    boss = a_user(name="Boss", role=Role.SUPERVISOR)
    await core.database.write(store, mei, tao, kim, boss)
    deputies = Deputies(core.database, core.clock)
    await deputies.name(mei, mei.id, tao.id, "on leave")
    await deputies.name(mei, mei.id, tao.id, "on leave, still")
    await deputies.name(boss, mei.id, kim.id, "Tao is ill")
    assert await deputy_of(core, mei) == kim.id
    await deputies.name(mei, mei.id, None, "back again")
    assert await deputy_of(core, mei) is None
    assert await told(core, tao) == ["Kim stands in for Mei: Tao is ill", "Tao stands in for Mei: on leave"]
    assert await told(core, mei) == ["Kim stands in for Mei: Tao is ill"]
    assert await told(core, kim) == [
        "Nobody stands in for Mei any more: back again",
        "Kim stands in for Mei: Tao is ill",
    ]
    story = await core.story(EventKind.DEPUTY_NAMED)
    assert [(each.actor, each.subject_id) for each in story] == [(mei.id, mei.id), (boss.id, mei.id), (mei.id, mei.id)]


async def test_what_cannot_be_is_refused(core: Core) -> None:
    mei, tao, gone = a_user(), a_user(), a_user(enabled=False)
    await core.database.write(store, mei, tao, gone)
    deputies = Deputies(core.database, core.clock)
    with pytest.raises(Refused, match="Say why"):
        await deputies.name(mei, mei.id, tao.id, "")
    with pytest.raises(Refused, match="for themselves"):
        await deputies.name(mei, mei.id, mei.id, "why not")
    with pytest.raises(Refused, match="looks after"):
        await deputies.name(mei, tao.id, mei.id, "I like to")
    for person in (gone.id, UserId("unknown")):
        with pytest.raises(NotFound):
            await deputies.name(mei, mei.id, person, "on leave")
    assert await deputy_of(core, mei) is None
