"""Our own people: signing in and out, passwords, invitations."""

import asyncio
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from conversations.clock import Clock
from conversations.ids import UserId, new_id
from conversations.people import AgentState, Role, User
from desk.errors import NotFound, Refused
from desk.handovers import check_leaving
from storage import people, states
from storage.database import Database, Transaction
from storage.people import Credentials, Session

FREE_TRIES = 5
"""Wrong passwords before the first pause."""

FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(minutes=15)

LINK_LIFETIME = timedelta(days=3)
SHORTEST_PASSWORD = 10

LANGUAGES = ("zh-CN", "en")
"""What the screens speak."""

HASHERS = 2
"""Passwords hashed at the same time: each takes 64 MiB and a processor for a moment."""


class SignInRefused(Exception):
    """Nobody signs in with this; the message says so without saying whether the person exists."""


class TooManyTries(SignInRefused):
    """Too many wrong passwords; `until` is when the next try is looked at."""

    def __init__(self, until: datetime) -> None:
        super().__init__("Too many wrong passwords.")
        self.until = until


@dataclass(frozen=True)
class SignedIn:
    """A new session: `token` is for the cookie and is stored nowhere else."""

    user_id: UserId
    token: str


class People:
    """Who may come in."""

    def __init__(self, database: Database, clock: Clock, session_lifetime: timedelta) -> None:
        self._database = database
        self._clock = clock
        self._lifetime = session_lifetime
        self._hasher = PasswordHasher()
        self._hashing = asyncio.Semaphore(HASHERS)
        # The unknown are checked against this, so that they take as long as the known.
        self._nobody = self._hasher.hash(secrets.token_urlsafe())

    async def sign_in(self, login: str, password: str) -> SignedIn:
        """Open a session. Raises `SignInRefused` and `TooManyTries`."""
        found = await self._database.read(people.credentials, login.strip())
        if found is not None and found.locked_until is not None and found.locked_until > self._clock():
            raise TooManyTries(found.locked_until)
        matches = await self._matches(found.password_hash if found else "", password)
        if found is None or not matches:
            raise await self._refusal(found)
        return await self._open(found.user_id)

    async def sign_out(self, token: str) -> None:
        """Close one session; the person's work ends with it. Raises `FirstDo`."""
        await self._database.write(_sign_out, token, self._clock())

    async def session(self, token: str) -> Session | None:
        """The session behind a cookie, or None."""
        return await self._database.read(people.session, token, self._clock())

    async def add(self, user: User, actor: str) -> str:
        """Store a new person and return the token of their one-time link. Raises `Refused` when the login is taken."""
        if await self._database.read(people.by_login, user.login):
            raise Refused(f"{user.login} is taken.")
        await self._database.write(people.add, user, "", self._clock(), actor)
        return await self.invite(user.id)

    async def invite(self, user_id: UserId) -> str:
        """Allow one sign-in without a password and return the token for the link. Raises `NotFound`."""
        if await self._database.read(people.get, user_id) is None:
            raise NotFound("This person does not exist.")
        token = secrets.token_urlsafe(32)
        await self._database.write(people.add_link, user_id, token, self._clock() + LINK_LIFETIME)
        return token

    async def accept(self, token: str) -> SignedIn:
        """Spend a one-time link; the old password and sessions end with it. Raises `SignInRefused`."""
        user_id = await self._database.write(people.use_link, token, self._clock())
        user = None if user_id is None else await self._database.read(people.get, user_id)
        if user is None or not user.enabled:
            raise SignInRefused("This link was used already, or its time is over.")
        await self._set_hash(user.id, "")
        return await self._open(user.id)

    async def has_password(self, user: User) -> bool:
        """Whether the person has chosen a password yet."""
        found = await self._database.read(people.credentials, user.login)
        return found is not None and found.password_hash != ""

    async def change_password(self, user: User, old: str, new: str) -> SignedIn:
        """Set a password and sign in anew; every other session ends. Raises `Refused`.

        `old` is not looked at when the person has none, as after a one-time link.
        """
        found = await self._database.read(people.credentials, user.login)
        if found and found.password_hash and not await self._matches(found.password_hash, old):
            raise Refused("The present password is not right.")
        if len(new) < SHORTEST_PASSWORD:
            raise Refused("The new password is too short.")
        await self._set_hash(user.id, await self._hash(new))
        return await self._open(user.id)

    async def set_language(self, user: User, language: str) -> None:
        """Choose the language of the screens. Raises `Refused`."""
        if language not in LANGUAGES:
            raise Refused("There is no such language.")
        await self._database.write(people.change, user.id, {"language": language}, self._clock(), user.id)

    async def set_enabled(self, user_id: UserId, enabled: bool, actor: str) -> None:
        """Let a person in or keep them out; keeping out ends their sessions. Raises `Refused`."""
        if user_id == actor:
            raise Refused("Nobody disables themselves.")
        await self._database.write(_set_enabled, user_id, enabled, self._clock(), actor)

    async def _open(self, user_id: UserId) -> SignedIn:
        token, csrf = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        now = self._clock()
        await self._database.write(_sign_in, user_id, token, csrf, now, now + self._lifetime)
        return SignedIn(user_id, token)

    async def _refusal(self, found: Credentials | None) -> SignInRefused:
        if found is not None:
            failures = found.failures + 1
            until = _pause_after(failures, self._clock())
            await self._database.write(people.note_failure, found.user_id, failures, until)
        return SignInRefused("This login and password do not belong together.")

    async def _set_hash(self, user_id: UserId, password_hash: str) -> None:
        await self._database.write(_set_hash, user_id, password_hash, self._clock())

    async def _hash(self, password: str) -> str:
        async with self._hashing:
            return await asyncio.to_thread(self._hasher.hash, password)

    async def _matches(self, password_hash: str, password: str) -> bool:
        async with self._hashing:
            return await asyncio.to_thread(self._verify, password_hash, password)

    def _verify(self, password_hash: str, password: str) -> bool:
        try:
            self._hasher.verify(password_hash or self._nobody, password)
        except (VerifyMismatchError, InvalidHashError):
            return False
        return password_hash != ""


def new_user(login: str, name: str, role: Role, language: str, time_zone: str, capacity: int, now: datetime) -> User:
    """A person who is not stored yet. Raises `Refused`."""
    if not login.strip() or not name.strip():
        raise Refused("A person needs a login and a name.")
    if capacity < 1:
        raise Refused("An agent has at least one conversation at a time.")
    return User(
        id=UserId(new_id()),
        login=login.strip(),
        name=name.strip(),
        role=role,
        language=language,
        time_zone=time_zone,
        capacity=capacity,
        state=AgentState.OFFLINE,
        state_since=now,
    )


def _pause_after(failures: int, now: datetime) -> datetime | None:
    """Each wrong password after the free ones doubles the pause."""
    if failures < FREE_TRIES:
        return None
    doublings = min(failures - FREE_TRIES, 10)
    return now + min(FIRST_PAUSE * (1 << doublings), LONGEST_PAUSE)


def _sign_in(
    transaction: Transaction, user_id: UserId, token: str, csrf: str, now: datetime, expires_at: datetime
) -> None:
    people.open_session(transaction, user_id, token, csrf, now, expires_at)
    if people.held(transaction, [user_id])[user_id].state is AgentState.OFFLINE:
        states.set_state(transaction, user_id, AgentState.SIGNED_IN, now, user_id, "")


def _sign_out(transaction: Transaction, token: str, now: datetime) -> None:
    session = people.session(transaction.connection, token, now)
    if session is not None and session.user.state is not AgentState.OFFLINE:
        check_leaving(transaction.connection, session.user.id)
        states.set_state(transaction, session.user.id, AgentState.OFFLINE, now, session.user.id, "")
    people.close_session(transaction, token)


def _set_hash(transaction: Transaction, user_id: UserId, password_hash: str, now: datetime) -> None:
    people.close_sessions_of(transaction, user_id)
    people.change(transaction, user_id, {"password_hash": password_hash}, now, user_id)


def _set_enabled(transaction: Transaction, user_id: UserId, enabled: bool, now: datetime, actor: str) -> None:
    people.change(transaction, user_id, {"enabled": enabled}, now, actor)
    if not enabled:
        people.close_sessions_of(transaction, user_id)
        states.set_state(transaction, user_id, AgentState.OFFLINE, now, actor, "disabled")
