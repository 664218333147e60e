"""Users, sessions and one-time links."""

import asyncio
from datetime import timedelta
from typing import Any

import asyncpg
import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from conversations.events import EventKind
from conversations.people import AgentState, Role, Scope, scope_of
from storage import events, people, queues, states, tables
from tests.support.builders import NOW, a_user, open_database, store

HOUR = timedelta(hours=1)


async def test_a_person_can_be_held_while_a_row_that_names_them_is_written(postgresql_url: str) -> None:
    """Else two changes that each hold a conversation or a person, and write a row that names both, wait for ever."""
    user = a_user()
    async with open_database(postgresql_url) as database:
        await database.write(store, user)
        by_hand = await asyncpg.connect(postgresql_url)
        async with by_hand.transaction(), asyncio.timeout(10):
            # What PostgreSQL does for a foreign key.
            await by_hand.execute("SELECT id FROM users WHERE id = $1 FOR KEY SHARE", user.id)
            assert await database.write(people.held, [user.id]) == {user.id: user}
        await by_hand.close()


async def test_a_person_comes_back_as_they_were_with_their_queues(database_url: str) -> None:
    user, other = a_user(name="韩梅梅", role=Role.SUPERVISOR), a_user(name="Ada")
    async with open_database(database_url) as database:
        await database.write(store, user, other)
        sales = await database.write(queues.add, "sales", NOW, "test")
        await database.write(queues.set_members, sales, frozenset((user.id,)), NOW, "test")
        found = await database.read(people.get, user.id)
        by_login = await database.read(people.by_login, user.login)
        listed = await database.read(people.listed)
        nobody = await database.read(people.by_login, "nobody")
    assert found == by_login == listed[1]
    assert found is not None
    assert (found.name, found.role, found.queue_ids) == ("韩梅梅", Role.SUPERVISOR, frozenset((sales,)))
    assert listed[0] == other
    assert nobody is None


async def test_a_login_is_given_once(database_url: str) -> None:
    async with open_database(database_url) as database:
        await database.write(store, a_user(login="ada"))
        with pytest.raises(IntegrityError):
            await database.write(store, a_user(login="ada"))


async def test_being_set_ready_counts_as_being_seen(database_url: str) -> None:
    user, away = a_user(), a_user()
    async with open_database(database_url) as database:
        await database.write(store, user, away)
        assert await database.read(states.last_seen) == {}
        await database.write(states.set_state, user.id, AgentState.READY, NOW, user.id, "back from lunch")
        assert await database.read(states.last_seen) == {user.id: NOW}
        await database.write(states.seen, [user.id, away.id], NOW + HOUR)
        assert await database.read(states.last_seen) == {user.id: NOW + HOUR}
        event = (await database.read(events.after, 0))[-1]
    assert (event.kind, event.subject_id, event.reason) == (EventKind.AGENT_STATE_CHANGED, user.id, "back from lunch")
    assert event.data == {"state": "ready"}


async def test_a_session_lasts_until_its_end_or_sign_out(database_url: str) -> None:
    user = a_user()
    async with open_database(database_url) as database:
        await database.write(store, user)
        await database.write(people.open_session, user.id, "token", "csrf", NOW, NOW + HOUR)
        session = await database.read(people.session, "token", NOW)
        assert session is not None
        assert (session.user, session.csrf) == (user, "csrf")
        assert await database.read(people.session, "token", NOW + HOUR) is None
        assert await database.read(people.session, "another token", NOW) is None
        await database.write(people.close_session, "token")
        assert await database.read(people.session, "token", NOW) is None


async def test_the_disabled_have_no_session_and_no_credentials(database_url: str) -> None:
    user = a_user()
    async with open_database(database_url) as database:
        await database.write(store, user)
        await database.write(people.open_session, user.id, "token", "csrf", NOW, NOW + HOUR)
        await database.write(people.change, user.id, {"enabled": False}, NOW, "test")
        assert await database.read(people.session, "token", NOW) is None
        assert await database.read(people.credentials, user.login) is None


async def test_tokens_are_stored_as_hashes_only(database_url: str) -> None:
    user = a_user()
    async with open_database(database_url) as database:
        await database.write(store, user)
        await database.write(people.open_session, user.id, "the-session-token", "csrf", NOW, NOW + HOUR)
        await database.write(people.add_link, user.id, "the-link-token", NOW + HOUR)

        def stored(connection: Any) -> str:
            return str([connection.execute(select(table)).all() for table in (tables.sessions, tables.sign_in_links)])

        assert "-token" not in await database.read(stored)


async def test_a_link_is_used_once_and_in_time(database_url: str) -> None:
    user = a_user()
    async with open_database(database_url) as database:
        await database.write(store, user)
        await database.write(people.add_link, user.id, "first", NOW + HOUR)
        await database.write(people.add_link, user.id, "second", NOW + HOUR)
        assert await database.write(people.use_link, "first", NOW) == user.id
        assert await database.write(people.use_link, "first", NOW) is None
        assert await database.write(people.use_link, "second", NOW + HOUR) is None
        assert await database.write(people.use_link, "third", NOW) is None


async def test_signing_in_forgives_wrong_passwords(database_url: str) -> None:
    user = a_user()
    async with open_database(database_url) as database:
        await database.write(store, user)
        await database.write(people.note_failure, user.id, 5, NOW + HOUR)
        locked = await database.read(people.credentials, user.login)
        assert locked is not None
        assert (locked.failures, locked.locked_until) == (5, NOW + HOUR)
        await database.write(people.open_session, user.id, "token", "csrf", NOW, NOW + HOUR)
        free = await database.read(people.credentials, user.login)
        assert free is not None
        assert (free.failures, free.locked_until) == (0, None)


async def test_what_is_over_is_forgotten(database_url: str) -> None:
    user = a_user()
    async with open_database(database_url) as database:
        await database.write(store, user)
        await database.write(people.open_session, user.id, "old", "csrf", NOW, NOW + HOUR)
        await database.write(people.open_session, user.id, "new", "csrf", NOW, NOW + 3 * HOUR)
        await database.write(people.add_link, user.id, "link", NOW + HOUR)
        await database.write(people.forget_expired, NOW + 2 * HOUR)
        # Looked at as of then, when all of them were good.
        assert await database.read(people.session, "old", NOW) is None
        assert await database.read(people.session, "new", NOW) is not None
        assert await database.write(people.use_link, "link", NOW) is None


@pytest.mark.parametrize(("role", "everything"), [(Role.AGENT, False), (Role.SUPERVISOR, True), (Role.ADMIN, True)])
def test_what_a_person_may_see_follows_from_their_role(role: Role, everything: bool) -> None:
    user = a_user(role=role)
    assert scope_of(user) == Scope(everything, user.id, frozenset())
