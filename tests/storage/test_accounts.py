"""Accounts: what is secret is sealed, and repairing the settings starts sending again."""

from datetime import timedelta

import pytest
from cryptography.fernet import Fernet

from conversations.account import Account
from conversations.events import EventKind
from storage import accounts, events, tables
from storage.database import Database
from storage.vault import Vault, WrongKey
from tests.support.builders import NOW, VAULT, an_account, open_database, store

ACCOUNT = an_account(settings={"access_key_secret": "s3cret", "sign_name": "灰鹭"})


async def the_account(database: Database) -> Account:
    (found,) = await database.read(accounts.listed, VAULT)
    return found


async def test_an_account_comes_back_and_its_settings_are_sealed(database_url: str) -> None:
    async with open_database(database_url) as database:
        await database.write(store, ACCOUNT)
        assert await the_account(database) == ACCOUNT
        assert await database.read(accounts.kinds) == {ACCOUNT.id: "sms_aliyun"}
        (row,) = await database.read(lambda connection: connection.execute(tables.accounts.select()).all())
        assert "s3cret" not in str(row)
        assert "s3cret" not in repr(ACCOUNT)


async def test_another_key_opens_nothing_and_says_so(database_url: str) -> None:
    async with open_database(database_url) as database:
        await database.write(store, ACCOUNT)
        with pytest.raises(WrongKey, match="restore the key"):
            await database.read(accounts.listed, Vault(Fernet.generate_key().decode()))


async def test_new_settings_repair_a_paused_account_and_drop_its_tokens(database_url: str) -> None:
    async with open_database(database_url) as database:
        await database.write(store, ACCOUNT)
        await database.write(accounts.save_token, VAULT, ACCOUNT.id, "access", "old", NOW)
        await database.write(accounts.pause, ACCOUNT.id, "wrong secret", NOW)
        assert (await the_account(database)).paused == "wrong secret"
        await database.write(accounts.set_settings, VAULT, ACCOUNT.id, "new", {"a": "b"}, NOW, "admin")
        found = await the_account(database)
        assert (found.name, found.settings, found.paused) == ("new", {"a": "b"}, "")
        assert await database.read(accounts.load_token, VAULT, ACCOUNT.id, "access") is None


async def test_a_token_is_shared_sealed_and_replaced(database_url: str) -> None:
    until = NOW + timedelta(hours=2)
    async with open_database(database_url) as database:
        await database.write(store, ACCOUNT)
        for value in ("one", "two"):
            await database.write(accounts.save_token, VAULT, ACCOUNT.id, "access", value, until)
        assert await database.read(accounts.load_token, VAULT, ACCOUNT.id, "access") == ("two", until)
        (row,) = await database.read(lambda connection: connection.execute(tables.tokens.select()).all())
        assert "two" not in row.sealed_value


async def test_what_the_provider_last_said_is_kept(database_url: str) -> None:
    async with open_database(database_url) as database:
        await database.write(store, ACCOUNT)
        await database.write(accounts.note_ok, ACCOUNT.id, NOW)
        await database.write(accounts.note_error, ACCOUNT.id, "45015", NOW + timedelta(seconds=1))
        found = await the_account(database)
        assert (found.last_ok_at, found.last_error, found.last_error_at) == (NOW, "45015", NOW + timedelta(seconds=1))


async def test_every_change_of_an_account_is_told(database_url: str) -> None:
    async with open_database(database_url) as database:
        await database.write(store, ACCOUNT)
        await database.write(accounts.pause, ACCOUNT.id, "wrong secret", NOW)
        await database.write(accounts.resume, ACCOUNT.id, NOW, "admin")
        await database.write(accounts.set_settings, VAULT, ACCOUNT.id, "new", {}, NOW, "admin")
        told = await database.read(events.after, 0)
        assert {event.kind for event in told} == {EventKind.ACCOUNT_CHANGED}
        assert [event.reason for event in told] == ["added", "paused: wrong secret", "resumed", "settings changed"]
        assert {event.subject_id for event in told} == {ACCOUNT.id}
