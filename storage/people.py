"""Users, their sessions and one-time sign-in links. Tokens are stored as hashes only."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Integer, bindparam, case, delete, insert, select, update

from conversations.events import Event, EventKind
from conversations.help import called
from conversations.ids import QueueId, UserId
from conversations.people import AgentState, Role, User
from storage import skills
from storage.database import Transaction
from storage.lookups import Lookup, among, texts
from storage.tables import queue_members, sessions, sign_in_links, users


@dataclass(frozen=True)
class Credentials:
    """What sign-in has to know about a person."""

    user_id: UserId
    password_hash: str
    failures: int
    locked_until: datetime | None


@dataclass(frozen=True)
class Session:
    """A person who is signed in somewhere; `csrf` is the token that their forms carry."""

    user: User
    csrf: str
    expires_at: datetime


def get(connection: Connection, user_id: UserId) -> User | None:
    """One person, or None."""
    return many(connection, [user_id]).get(user_id)


_OF_IDS = select(users).where(among(users.c.id, texts("ids")))
_MANY = Lookup(_OF_IDS)
_HELD = Lookup(_OF_IDS.order_by(users.c.id).with_for_update(key_share=True))
_LISTED = Lookup(select(users).order_by(users.c.name, users.c.id))
_NAMES = Lookup(select(users.c.id, users.c.name))
_BY_LOGIN = Lookup(select(users).where(users.c.login == bindparam("login")))
_MEMBERSHIPS = Lookup(select(queue_members).where(among(queue_members.c.user_id, texts("ids"))))


def many(connection: Connection, ids: Iterable[UserId]) -> dict[UserId, User]:
    """Several people by id."""
    return {user.id: user for user in _users(connection, _MANY.named(connection, ids=ids))}


def listed(connection: Connection) -> list[User]:
    """Everybody, by name."""
    return _users(connection, _LISTED.named(connection))


def names(connection: Connection) -> dict[str, str]:
    """What everybody is called."""
    return dict(_NAMES.run(connection))


def leaders_of(connection: Connection, queue_ids: Set[QueueId], *but: UserId) -> list[UserId]:
    """Who has to know what happens in these queues (`conversations.help.called`)."""
    return called(listed(connection), queue_ids, *but)


def by_login(connection: Connection, login: str) -> User | None:
    """The person who signs in with this name, or None."""
    return next(iter(_users(connection, _BY_LOGIN.named(connection, login=login))), None)


def add(transaction: Transaction, user: User, password_hash: str, now: datetime, actor: str) -> None:
    """Store a new person; the login is unique."""
    values = dict(vars(user))
    del values["queue_ids"], values["skills"]
    transaction.connection.execute(insert(users).values(**values, password_hash=password_hash, created_at=now))
    _tell(transaction, EventKind.SETUP_CHANGED, user.id, now, actor, f"user {user.login} added")


def change(transaction: Transaction, user_id: UserId, values: Mapping[str, object], now: datetime, actor: str) -> None:
    """Write some columns of one person."""
    transaction.connection.execute(update(users).where(users.c.id == user_id).values(**values))
    _tell(transaction, EventKind.SETUP_CHANGED, user_id, now, actor, "user changed")


def held(transaction: Transaction, ids: Iterable[UserId]) -> dict[UserId, User]:
    """These people, held until the commit: nobody else changes their state meanwhile."""
    found = _HELD.named(transaction.connection, ids=ids)
    return {user.id: user for user in _users(transaction.connection, found)}


@dataclass(frozen=True)
class Served:
    """When the router gave somebody a conversation last, how many on that day, and until when nothing follows."""

    at: datetime
    that_day: int
    paused_until: datetime | None = None


def served(connection: Connection) -> dict[UserId, Served]:
    """How often people were served; who never was is left out."""
    rows = connection.execute(
        select(users.c.id, users.c.served_at, users.c.served_today, users.c.paused_until).where(
            users.c.served_at.is_not(None)
        )
    )
    return {UserId(user_id): Served(*served) for user_id, *served in rows}


_SERVED = (
    update(users)
    .where(users.c.id == bindparam("user"))
    .values(
        served_at=bindparam("now"),
        served_today=case((users.c.served_at >= bindparam("midnight"), users.c.served_today), else_=0)
        + bindparam("served", type_=Integer),
        paused_until=bindparam("until"),
    )
)


def count_served(
    transaction: Transaction,
    counts: Mapping[UserId, int],
    pauses: Mapping[UserId, datetime | None],
    midnight: datetime,
    now: datetime,
) -> None:
    """Note who was served now, how often, and until when they pause; the day's count begins at `midnight`."""
    if counts:
        transaction.connection.execute(
            _SERVED,
            [
                {"user": each, "midnight": midnight, "now": now, "served": count, "until": pauses.get(each)}
                for each, count in counts.items()
            ],
        )


def credentials(connection: Connection, login: str) -> Credentials | None:
    """What to check a password against; None for the unknown and the disabled."""
    row = connection.execute(
        select(users.c.id, users.c.password_hash, users.c.failures, users.c.locked_until).where(
            users.c.login == login, users.c.enabled
        )
    ).one_or_none()
    return None if row is None else Credentials(UserId(row.id), row.password_hash, row.failures, row.locked_until)


def note_failure(transaction: Transaction, user_id: UserId, failures: int, locked_until: datetime | None) -> None:
    """Count a wrong password."""
    transaction.connection.execute(
        update(users).where(users.c.id == user_id).values(failures=failures, locked_until=locked_until)
    )


def open_session(
    transaction: Transaction, user_id: UserId, token: str, csrf: str, now: datetime, expires_at: datetime
) -> None:
    """Sign a person in."""
    run = transaction.connection.execute
    run(update(users).where(users.c.id == user_id).values(failures=0, locked_until=None))
    run(
        insert(sessions).values(
            token_hash=_hash(token), user_id=user_id, csrf=csrf, created_at=now, expires_at=expires_at
        )
    )
    _tell(transaction, EventKind.SIGNED_IN, user_id, now, user_id, "")


_SESSION = Lookup(
    select(sessions.c.user_id, sessions.c.csrf, sessions.c.expires_at).where(
        sessions.c.token_hash == bindparam("token"), sessions.c.expires_at > bindparam("now")
    )
)


def session(connection: Connection, token: str, now: datetime) -> Session | None:
    """The session behind a cookie; None when it is over, unknown or its person disabled."""
    for user_id, csrf, expires_at in _SESSION.run(connection, token=_hash(token), now=now):
        user = get(connection, user_id)
        if user is not None and user.enabled:
            return Session(user=user, csrf=csrf, expires_at=expires_at)
    return None


def close_session(transaction: Transaction, token: str) -> None:
    """Sign out here."""
    transaction.connection.execute(delete(sessions).where(sessions.c.token_hash == _hash(token)))


def close_sessions_of(transaction: Transaction, user_id: UserId) -> None:
    """Sign out everywhere, as after a change of password."""
    transaction.connection.execute(delete(sessions).where(sessions.c.user_id == user_id))


def add_link(transaction: Transaction, user_id: UserId, token: str, expires_at: datetime) -> None:
    """Allow one sign-in without a password."""
    transaction.connection.execute(
        insert(sign_in_links).values(token_hash=_hash(token), user_id=user_id, expires_at=expires_at)
    )


def use_link(transaction: Transaction, token: str, now: datetime) -> UserId | None:
    """Spend a one-time link. None when it is unknown, used or over."""
    row = transaction.connection.execute(
        select(sign_in_links)
        .where(
            sign_in_links.c.token_hash == _hash(token),
            sign_in_links.c.used_at.is_(None),
            sign_in_links.c.expires_at > now,
        )
        .with_for_update(key_share=True)
    ).one_or_none()
    if row is None:
        return None
    transaction.connection.execute(
        update(sign_in_links).where(sign_in_links.c.token_hash == row.token_hash).values(used_at=now)
    )
    return UserId(row.user_id)


def forget_expired(transaction: Transaction, now: datetime) -> None:
    """Throw away sessions and links that are over."""
    transaction.connection.execute(delete(sessions).where(sessions.c.expires_at <= now))
    transaction.connection.execute(delete(sign_in_links).where(sign_in_links.c.expires_at <= now))


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _users(connection: Connection, found: Sequence[dict[str, Any]]) -> list[User]:
    queues: dict[str, set[QueueId]] = {}
    for queue_id, user_id in _MEMBERSHIPS.run(connection, ids=[fields["id"] for fields in found]):
        queues.setdefault(user_id, set()).add(QueueId(queue_id))
    levels = skills.of(connection, [fields["id"] for fields in found])
    return [_user(fields, frozenset(queues.get(fields["id"], ())), levels.get(fields["id"], {})) for fields in found]


_OF_OTHERS = (
    "password_hash",
    "seen_at",
    "failures",
    "locked_until",
    "created_at",
    "served_at",
    "served_today",
    "paused_until",
)
"""Columns of which a `User` knows nothing."""


def _user(fields: dict[str, Any], queue_ids: frozenset[QueueId], skills: Mapping[str, int]) -> User:
    for name in _OF_OTHERS:
        del fields[name]
    fields["role"] = Role(fields["role"])
    fields["state"] = AgentState(fields["state"])
    return User(**fields, queue_ids=queue_ids, skills=skills)


def _tell(transaction: Transaction, kind: EventKind, user_id: UserId, now: datetime, actor: str, reason: str) -> None:
    transaction.emit(Event(kind=kind, at=now, actor=actor, subject_id=user_id, reason=reason))
