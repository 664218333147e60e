"""`huiliu doctor`: well when all is well, and otherwise a line with what to do."""

import asyncio
import socket
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from conversations.clock import utc_now
from huiliu.opening import opened
from storage import queues
from storage.database import Transaction
from tests.support.commands import CommandLine, add_account


async def _write(huiliu: CommandLine, statement: str) -> None:
    def change(transaction: Transaction) -> None:
        transaction.connection.execute(text(statement))

    async with opened(huiliu.settings) as found:
        await found.database.write(change)


def complaint(huiliu: CommandLine, about: str) -> str:
    """The doctor must find something wrong about this; the line and what to do."""
    result = huiliu("doctor")
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    wrong = [number for number, line in enumerate(lines) if line.startswith("✗")]
    assert len(wrong) == 1, result.stdout
    line, remedy = lines[wrong[0] : wrong[0] + 2]
    assert line.startswith(f"✗ {about}: ")
    assert remedy.startswith("  ")
    return line + remedy


def test_an_empty_machine_is_well_and_stays_untouched(on_sqlite: CommandLine) -> None:
    printed = on_sqlite.done("doctor")
    assert "is made at the first start" in printed
    assert not on_sqlite.settings.data_dir.exists()
    assert [line for line in printed.splitlines() if not line.startswith("✓")] == []


def test_an_installation_with_accounts_is_well(huiliu: CommandLine, redis_url: str) -> None:
    add_account(huiliu, "webchat")
    printed = huiliu.elsewhere(HUILIU_REDIS_URL=redis_url).done("doctor")
    assert "✓ Account 服务: its credentials work" in printed
    assert "✓ Redis: answers" in printed


def test_a_redis_that_is_away(on_sqlite: CommandLine, unused_tcp_port: int) -> None:
    away = on_sqlite.elsewhere(HUILIU_REDIS_URL=f"redis://127.0.0.1:{unused_tcp_port}")
    assert "HUILIU_REDIS_URL" in complaint(away, "Redis")


def test_a_database_that_is_away(on_sqlite: CommandLine, unused_tcp_port: int) -> None:
    url = f"postgresql://127.0.0.1:{unused_tcp_port}/huiliu"
    assert "HUILIU_DATABASE_URL" in complaint(on_sqlite.elsewhere(HUILIU_DATABASE_URL=url), "Database")


@pytest.mark.parametrize(("about", "variable"), [("Port of the gateway", "PORT"), ("Port for mail", "SMTP_PORT")])
def test_a_port_that_somebody_else_uses(on_sqlite: CommandLine, about: str, variable: str) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as other:
        port = str(other.getsockname()[1])
        taken = on_sqlite.elsewhere(**{f"HUILIU_{variable}": port})
        assert f"HUILIU_{variable}" in complaint(taken, about)


def test_a_folder_that_is_a_file(on_sqlite: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert "HUILIU_DATA_DIR" in complaint(on_sqlite.elsewhere(HUILIU_DATA_DIR=str(tmp_path / "file")), "Data folder")


def test_a_schema_of_a_newer_version(huiliu: CommandLine) -> None:
    asyncio.run(_write(huiliu, "UPDATE alembic_version SET version_num = '9999'"))
    assert "9999" in complaint(huiliu, "Database")
    assert "too old" in huiliu.refused("user", "list")


def test_a_key_that_is_not_the_one(huiliu: CommandLine) -> None:
    add_account(huiliu, "webchat")
    wrong = huiliu.elsewhere(HUILIU_SECRET_KEY="another key, and long enough to be one")
    assert "secret.key" in complaint(wrong, "Secret key")
    assert "does not open this database" in wrong.refused("account", "list")


def test_a_clock_that_is_behind(huiliu: CommandLine) -> None:
    async def write_from_the_future() -> None:
        async with opened(huiliu.settings) as found:
            await found.database.write(queues.add, "退款", utc_now() + timedelta(hours=1), "test")

    asyncio.run(write_from_the_future())
    assert "NTP" in complaint(huiliu, "Clock")


def test_an_account_whose_provider_refuses(on_sqlite: CommandLine, unused_tcp_port: int) -> None:
    add_account(on_sqlite, "email", smtp_port=str(unused_tcp_port))
    assert "huiliu account check" in complaint(on_sqlite, "Account 服务")


def test_an_account_that_is_paused(on_sqlite: CommandLine) -> None:
    add_account(on_sqlite, "webchat")
    on_sqlite.done("account", "pause", "服务")
    assert "huiliu account resume" in complaint(on_sqlite, "Account 服务")
