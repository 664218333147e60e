"""`huiliu user`: the people who sign in."""

import asyncio
from collections.abc import Iterable

import click

from conversations.clock import utc_now
from conversations.people import Role, User
from desk.errors import NotFound, Refused
from desk.people import LANGUAGES, LINK_LIFETIME, new_user
from huiliu.opening import OPERATOR, Opened, opened
from huiliu.screen import screen, show_table
from runtime import values
from runtime.settings import Settings
from storage import people, queues
from storage.database import Transaction

ROLES = click.Choice([each.value for each in Role])


@click.group()
def user() -> None:
    """Let people in. Nobody has a default password: a one-time link lets them choose one."""


@user.command()
@click.argument("login")
@click.option("--name", required=True, help="The name that colleagues and customers see.")
@click.option("--role", type=ROLES, default="agent", show_default=True, help="What they may do.")
@click.option("--queue", "names", multiple=True, help="A queue they work in, by its name. May be given many times.")
@click.option("--capacity", type=int, default=5, show_default=True, help="Conversations at the same time.")
@click.option("--language", type=click.Choice(LANGUAGES), help="Of their screens. Default: HUILIU_LANGUAGE.")
@click.option("--time-zone", help="Such as Asia/Shanghai. Default: HUILIU_TIME_ZONE.")
@click.pass_obj
def add(
    settings: Settings,
    login: str,
    name: str,
    role: str,
    names: tuple[str, ...],
    capacity: int,
    language: str | None,
    time_zone: str | None,
) -> None:
    """Add a person and print the link with which they sign in first."""
    zone = _zone(time_zone or settings.time_zone)
    made = new_user(login, name, Role(role), language or settings.language, zone, capacity, utc_now())
    asyncio.run(_add(settings, made, names))


@user.command("list")
@click.pass_obj
def show_list(settings: Settings) -> None:
    """List everybody."""
    asyncio.run(_list(settings))


@user.command()
@click.argument("login")
@click.pass_obj
def link(settings: Settings, login: str) -> None:
    """Print a new one-time sign-in link, as for a forgotten password. Using it ends the old password."""
    asyncio.run(_link(settings, login))


@user.command()
@click.argument("login")
@click.pass_obj
def disable(settings: Settings, login: str) -> None:
    """Keep a person out, at once and everywhere. Their work stays."""
    asyncio.run(_set_enabled(settings, login, False))


@user.command()
@click.argument("login")
@click.pass_obj
def enable(settings: Settings, login: str) -> None:
    """Let a disabled person in again."""
    asyncio.run(_set_enabled(settings, login, True))


@user.command()
@click.argument("login")
@click.argument("role", type=ROLES)
@click.pass_obj
def role(settings: Settings, login: str, role: str) -> None:
    """Change what a person may do."""
    asyncio.run(_set_role(settings, login, Role(role)))


async def _add(settings: Settings, made: User, names: Iterable[str]) -> None:
    async with opened(settings) as found:
        joined = await _queues(found, names)
        token = await found.people.add(made, OPERATOR)
        await found.database.write(_join, made, joined)
    _show_link(settings, made, token)


async def _list(settings: Settings) -> None:
    async with opened(settings) as found:
        listed = await found.database.read(people.listed)
        names = {queue.id: queue.name for queue in await found.database.read(queues.listed)}
    show_table(
        ("login", "name", "role", "queues", "conversations at a time", "state"),
        (
            (
                each.login,
                each.name,
                each.role,
                ", ".join(sorted(names[queue] for queue in each.queue_ids)),
                str(each.capacity),
                each.state if each.enabled else "disabled",
            )
            for each in listed
        ),
    )


async def _link(settings: Settings, login: str) -> None:
    async with opened(settings) as found:
        known = await _find(found, login)
        if not known.enabled:
            raise Refused(f"{login} is disabled; `huiliu user enable {login}` first.")
        token = await found.people.invite(known.id)
    _show_link(settings, known, token)


async def _set_enabled(settings: Settings, login: str, enabled: bool) -> None:
    async with opened(settings) as found:
        known = await _find(found, login)
        await found.people.set_enabled(known.id, enabled, OPERATOR)
    click.echo(f"{login} can sign in again." if enabled else f"{login} is signed out and cannot come in any more.")


async def _set_role(settings: Settings, login: str, role: Role) -> None:
    async with opened(settings) as found:
        known = await _find(found, login)
        await found.database.write(people.change, known.id, {"role": role}, utc_now(), OPERATOR)
    click.echo(f"{login} is {role} now.")


async def _find(found: Opened, login: str) -> User:
    known = await found.database.read(people.by_login, login)
    if known is None:
        raise NotFound(f"Nobody signs in as {login}; `huiliu user list` shows everybody.")
    return known


async def _queues(found: Opened, names: Iterable[str]) -> list[queues.Queue]:
    known = {queue.name: queue for queue in await found.database.read(queues.listed)}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise Refused(f"There is no queue {', '.join(unknown)}. There is: {', '.join(known) or 'none yet'}.")
    return [known[name] for name in names]


def _join(transaction: Transaction, user: User, joined: Iterable[queues.Queue]) -> None:
    for queue in joined:
        queues.set_members(transaction, queue.id, queue.members | {user.id}, utc_now(), OPERATOR)


def _zone(text: str) -> str:
    try:
        return values.time_zone(text)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--time-zone") from error


def _show_link(settings: Settings, user: User, token: str) -> None:
    screen().print(f"{user.name} signs in with this link, once, within {LINK_LIFETIME.days} days:", markup=False)
    screen().print(f"{settings.public_url}/sign-in/link/{token}", markup=False)
