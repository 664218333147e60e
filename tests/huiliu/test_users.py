"""`huiliu user`."""

import asyncio

import pytest

from desk.people import SignInRefused
from huiliu.administrator import console_address, first_link
from huiliu.opening import Opened, opened
from storage import people, queues
from storage.database import Transaction
from storage.people import Session
from tests.support.builders import NOW
from tests.support.commands import CommandLine


def token_in(printed: str) -> str:
    """The token of the link that was printed last."""
    return printed.split("/sign-in/link/")[1].strip()


async def come_in(huiliu: CommandLine, token: str) -> Session | None:
    """Use a one-time link."""
    async with opened(huiliu.settings) as found:
        signed_in = await found.people.accept(token)
        return await found.people.session(signed_in.token)


async def make_queue(huiliu: CommandLine, name: str) -> None:
    """Queues are made on the screen of an administrator."""
    async with opened(huiliu.settings) as found:
        await found.database.write(queues.add, name, NOW, "test")


def test_who_is_added_comes_in_once_by_the_link_that_was_printed(huiliu: CommandLine) -> None:
    token = token_in(huiliu.done("user", "add", "wang", "--name", "王芳", "--role", "supervisor"))
    session = asyncio.run(come_in(huiliu, token))
    assert session is not None
    assert (session.user.login, session.user.role) == ("wang", "supervisor")
    with pytest.raises(SignInRefused):
        asyncio.run(come_in(huiliu, token))


def test_a_person_joins_queues_by_their_names(huiliu: CommandLine) -> None:
    asyncio.run(make_queue(huiliu, "退款"))
    assert "There is: 退款." in huiliu.refused("user", "add", "wang", "--name", "王芳", "--queue", "还款")
    huiliu.done("user", "add", "wang", "--name", "王芳", "--queue", "退款")
    assert huiliu.done("user", "list").splitlines()[1].split() == ["wang", "王芳", "agent", "退款", "5", "offline"]


def test_a_login_is_given_once(on_sqlite: CommandLine) -> None:
    on_sqlite.done("user", "add", "wang", "--name", "王芳")
    assert on_sqlite.refused("user", "add", "wang", "--name", "王方") == "Error: wang is taken.\n"


def test_a_time_zone_that_does_not_exist_is_refused(on_sqlite: CommandLine) -> None:
    said = on_sqlite.refused("user", "add", "wang", "--name", "王芳", "--time-zone", "Asia/Peking")
    assert "must be a name of the IANA list such as Asia/Shanghai" in said


def test_who_is_disabled_stays_out_until_enabled(huiliu: CommandLine) -> None:
    token = token_in(huiliu.done("user", "add", "wang", "--name", "王芳"))
    huiliu.done("user", "disable", "wang")
    assert "disabled" in huiliu.done("user", "list")
    assert "`huiliu user enable wang` first" in huiliu.refused("user", "link", "wang")
    with pytest.raises(SignInRefused):
        asyncio.run(come_in(huiliu, token))
    huiliu.done("user", "enable", "wang")
    assert asyncio.run(come_in(huiliu, token_in(huiliu.done("user", "link", "wang"))))


def test_a_role_can_be_changed(on_sqlite: CommandLine) -> None:
    on_sqlite.done("user", "add", "wang", "--name", "王芳")
    assert on_sqlite.done("user", "role", "wang", "admin") == "wang is admin now.\n"
    assert on_sqlite.done("user", "list").splitlines()[1].split()[2] == "admin"


def test_nobody_is_changed_who_is_not_there(on_sqlite: CommandLine) -> None:
    assert "Nobody signs in as wang" in on_sqlite.refused("user", "role", "wang", "admin")


async def test_a_first_link_is_offered_until_somebody_has_a_password(huiliu: CommandLine) -> None:
    async with opened(huiliu.settings) as found:
        token = await first_link(found.database)
        assert token
        assert console_address(huiliu.settings, token).endswith(f"/sign-in/link/{token}")
        assert await first_link(found.database), "who lost the first link starts Huiliu again"
        await _set_password(found, token)
        assert await first_link(found.database) is None


async def test_no_second_administrator_appears_where_somebody_else_has_a_password(huiliu: CommandLine) -> None:
    await asyncio.to_thread(huiliu.done, "user", "add", "wang", "--name", "王芳", "--role", "admin")
    async with opened(huiliu.settings) as found:
        await found.database.write(_give_hash, "wang")
        assert await first_link(found.database) is None
        assert [user.login for user in await found.database.read(people.listed)] == ["wang"]


async def _set_password(found: Opened, token: str) -> None:
    session = await found.people.session((await found.people.accept(token)).token)
    assert session is not None
    await found.people.change_password(session.user, "", "a long enough password")


def _give_hash(transaction: Transaction, login: str) -> None:
    user = people.by_login(transaction.connection, login)
    assert user is not None
    people.change(transaction, user.id, {"password_hash": "a hash"}, NOW, "test")
