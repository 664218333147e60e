"""`huiliu backup` and `huiliu restore`: everything that cannot be made again, in one file."""

import asyncio
import os
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import click
import orjson
from rich.filesize import decimal
from rich.progress import Progress

from conversations.clock import utc_now
from huiliu.screen import progress
from runtime.settings import Settings
from storage.backup import BackupRefused, copy_database, restore_database
from storage.database import Database
from storage.migrate import current_revision

ABOUT = "about.json"
KEY = "secret.key"
DATABASE = "database"
FILES = "files"

IGNORED = frozenset(("redis", "lab", "lab.json"))
"""What may lie in a data folder that is restored into: it is made again at every start."""


@dataclass(frozen=True)
class About:
    """What a backup says about itself."""

    made_at: str
    database: str
    schema: str


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.pass_obj
def backup(settings: Settings, file: Path) -> None:
    """Copy the database, the attachments and the secret key to FILE, such as huiliu.tar.gz.

    Huiliu may go on running meanwhile. Redis is left out: losing what it holds loses time, never messages. Keep the
    file safe: whoever has it can read everything.
    """
    with _new_file(file) as unfinished:
        _write(settings, unfinished)
    click.echo(f"Everything is in {file} ({decimal(file.stat().st_size)}).")
    if settings.secret_key:
        click.echo("HUILIU_SECRET_KEY is not in it: keep that key as well, or the accounts' secrets are lost.")


@click.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.pass_obj
def restore(settings: Settings, file: Path) -> None:
    """Put a backup back into an empty data folder (HUILIU_DATA_DIR) and an empty database."""
    _refuse_what_is_there(settings)
    with _readable(file) as archive:
        about = _about(archive, file)
        kind = _kind(settings)
        if about.database != kind:
            raise BackupRefused(f"{file} holds a {about.database} database; HUILIU_DATABASE_URL names a {kind} one.")
        _put_back(settings, archive)
    click.echo(f"Restored the backup of {about.made_at}. `huiliu doctor` looks whether all is well.")


@contextmanager
def _new_file(file: Path) -> Iterator[Path]:
    """A file beside it, readable by its owner only, that gets the name once it is whole."""
    if file.exists():
        raise BackupRefused(f"{file} exists already; nothing was written over it.")
    file.parent.mkdir(parents=True, exist_ok=True)
    unfinished = file.with_name(f".{file.name}.{os.getpid()}")
    unfinished.touch(mode=0o600, exist_ok=False)
    try:
        yield unfinished
        # Unlike a rename, a link never replaces what appeared under that name meanwhile.
        os.link(unfinished, file)
    except FileExistsError as error:
        raise BackupRefused(f"{file} exists already; nothing was written over it.") from error
    finally:
        unfinished.unlink()


def _write(settings: Settings, target: Path) -> None:
    with tempfile.TemporaryDirectory(dir=target.parent) as folder, progress() as bar:
        copy = Path(folder) / DATABASE
        task = bar.add_task("Database", total=None)
        copy_database(settings.database_url, copy, lambda done, total: bar.update(task, completed=done, total=total))
        # After the database: a file is there before the row that speaks of it, so that none can be missing.
        files = [path for path in sorted((settings.data_dir / FILES).rglob("*")) if path.is_file() and not path.suffix]
        with tarfile.open(target, "w:gz", compresslevel=6) as archive:
            _add_about(settings, archive, Path(folder))
            key = settings.data_dir / KEY
            members = [(copy, DATABASE), *([(key, KEY)] if key.exists() else [])]
            members += [(path, str(path.relative_to(settings.data_dir))) for path in files]
            for path, name in bar.track(members, description="Files   "):
                archive.add(path, name, recursive=False)


def _add_about(settings: Settings, archive: tarfile.TarFile, folder: Path) -> None:
    schema = asyncio.run(_schema(settings))
    about = About(made_at=utc_now().isoformat(timespec="seconds"), database=_kind(settings), schema=schema)
    path = folder / ABOUT
    path.write_bytes(orjson.dumps(asdict(about), option=orjson.OPT_INDENT_2))
    archive.add(path, ABOUT)


def _kind(settings: Settings) -> str:
    return "sqlite" if settings.database_url.startswith("sqlite") else "postgresql"


def _refuse_what_is_there(settings: Settings) -> None:
    folder = settings.data_dir
    there = sorted(path.name for path in folder.iterdir() if path.name not in IGNORED) if folder.exists() else []
    if there:
        raise BackupRefused(
            f"{folder} is not empty ({', '.join(there[:3])}). Restore into a new folder with HUILIU_DATA_DIR."
        )
    if _kind(settings) == "postgresql" and asyncio.run(_schema(settings)):
        raise BackupRefused("The database is not empty. Restore into a new one with HUILIU_DATABASE_URL.")


async def _schema(settings: Settings) -> str:
    database = Database(settings.database_url)
    try:
        return await current_revision(database)
    finally:
        await database.close()


@contextmanager
def _readable(file: Path) -> Iterator[tarfile.TarFile]:
    try:
        with tarfile.open(file, "r:gz") as archive:
            yield archive
    except (tarfile.TarError, EOFError, OSError) as error:
        if isinstance(error, OSError) and error.errno:
            raise
        raise BackupRefused(f"{file} is not a backup of Huiliu, or it is damaged: {error}") from error


def _about(archive: tarfile.TarFile, file: Path) -> About:
    first = archive.next()
    content = archive.extractfile(first) if first and first.name == ABOUT else None
    if content is None:
        raise BackupRefused(f"{file} is not a backup of Huiliu.")
    return About(**orjson.loads(content.read()))


def _put_back(settings: Settings, archive: tarfile.TarFile) -> None:
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    with progress() as bar:
        _put_database_back(settings, archive, bar)
        # After the database: if that fails, the folder is still empty for another try.
        members = [member for member in archive.getmembers() if member.name not in (ABOUT, DATABASE)]
        for member in bar.track(members, description="Files   "):
            archive.extract(member, settings.data_dir, filter="data")


def _put_database_back(settings: Settings, archive: tarfile.TarFile, bar: Progress) -> None:
    task = bar.add_task("Database", total=None)
    with tempfile.TemporaryDirectory(dir=settings.data_dir) as folder:
        archive.extract(DATABASE, folder, filter="data")
        restore_database(
            settings.database_url,
            Path(folder) / DATABASE,
            lambda done, total: bar.update(task, completed=done, total=total),
        )
