"""The first administrator: let in by a one-time link, since nobody has a default password."""

import secrets
from datetime import timedelta

from conversations.clock import utc_now
from conversations.ids import UserId, new_id
from conversations.people import AgentState, Role, User
from runtime.settings import Settings
from storage import people
from storage.database import Connection, Database, Transaction

ADMIN = "admin"

LINK_LIFETIME = timedelta(days=1)


async def first_link(database: Database) -> str | None:
    """A one-time sign-in for the first administrator, as long as nobody has a password."""
    token = secrets.token_urlsafe(24)
    return token if await database.write(_first_link, token) else None


def console_address(settings: Settings, token: str | None) -> str:
    """The console; with a one-time sign-in link while nobody has a password."""
    return f"{settings.public_url}/sign-in/link/{token}" if token else f"{settings.public_url}/"


def administrator(transaction: Transaction) -> User:
    """The first administrator, made when there is none."""
    return people.by_login(transaction.connection, ADMIN) or _add(transaction)


def _first_link(transaction: Transaction, token: str) -> bool:
    if _somebody_has_a_password(transaction.connection):
        return False
    people.add_link(transaction, administrator(transaction).id, token, utc_now() + LINK_LIFETIME)
    return True


def _somebody_has_a_password(connection: Connection) -> bool:
    known = (people.credentials(connection, user.login) for user in people.listed(connection))
    return any(each.password_hash for each in known if each)


def _add(transaction: Transaction) -> User:
    admin = User(
        id=UserId(new_id()),
        login=ADMIN,
        name="Admin",
        role=Role.ADMIN,
        language="zh-CN",
        time_zone="Asia/Shanghai",
        capacity=5,
        state=AgentState.OFFLINE,
        state_since=utc_now(),
    )
    people.add(transaction, admin, "", utc_now(), "system")
    return admin
