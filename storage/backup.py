"""A consistent copy of the database while everybody goes on working, and the way back."""

import contextlib
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

from sqlalchemy.engine import URL, make_url

from storage.tables import metadata

Progress = Callable[[int, int], None]
"""Called with how much is done, and how much there is."""

STEP_PAGES = 500
"""Pages of SQLite that are copied between two looks at the progress."""

_WORDS = 10
"""Lines of pg_dump that are kept to say what went wrong."""


class BackupRefused(Exception):
    """The copy cannot be made, or cannot be put back here; the message says why and what to do."""


def copy_database(url: str, target: Path, progress: Progress) -> None:
    """Write the database, as it is at this moment, to a file. Raises `BackupRefused`."""
    made = make_url(url)
    if made.get_backend_name() != "sqlite":
        _postgresql(["pg_dump", "--format=custom", f"--file={target}"], made, "dumping contents of table", progress)
        return
    source = Path(made.database or "")
    if not source.is_file():
        raise BackupRefused(f"There is no database at {source} yet.")
    _copy_sqlite(source, target, progress)


def restore_database(url: str, source: Path, progress: Progress) -> None:
    """Put such a file back where there is no database yet. Raises `BackupRefused`."""
    made = make_url(url)
    if made.get_backend_name() != "sqlite":
        restore = ["pg_restore", "--no-owner", "--no-privileges", "--single-transaction", str(source)]
        _postgresql(restore, made, "processing data for table", progress)
        return
    target = Path(made.database or "")
    if target.exists():
        raise BackupRefused(f"There is a database at {target} already.")
    target.parent.mkdir(parents=True, exist_ok=True)
    _copy_sqlite(source, target, progress)


def _copy_sqlite(source: Path, target: Path, progress: Progress) -> None:
    with (
        contextlib.closing(sqlite3.connect(source, isolation_level=None)) as reading,
        contextlib.closing(sqlite3.connect(target)) as writing,
    ):
        # A transaction that has read keeps this moment: without it each write of others would begin the copy anew.
        reading.execute("BEGIN")
        reading.execute("SELECT count(*) FROM sqlite_master").fetchone()
        reading.backup(
            writing, pages=STEP_PAGES, progress=lambda status, left, total: progress(total - left, max(total, 1))
        )
        found = writing.execute("PRAGMA quick_check").fetchone()[0]
    if found != "ok":
        raise BackupRefused(f"The copy of {source} is damaged: {found}")


def _postgresql(command: Sequence[str], url: URL, mark: str, progress: Progress) -> None:
    program = shutil.which(command[0])
    if program is None:
        raise BackupRefused(
            f"{command[0]} is not on this machine. Install PostgreSQL's client programs (the package"
            " postgresql-client), of the server's version or newer."
        )
    address = url.set(drivername="postgresql", password=None).render_as_string()
    # Others on this machine can read the words of a command, but not its environment.
    environment = {**os.environ, "LC_ALL": "C"} | ({"PGPASSWORD": str(url.password)} if url.password else {})
    total, done = len(metadata.tables) + 1, 0
    last: list[str] = []
    words = [program, *command[1:], f"--dbname={address}", "--verbose", "--no-password"]
    with subprocess.Popen(words, env=environment, stderr=subprocess.PIPE, text=True) as running:  # noqa: S603 - no shell
        for line in running.stderr or ():
            last = [*last, line.strip()][-_WORDS:]
            if mark in line:
                done += 1
                progress(min(done, total), total)
    if running.returncode:
        raise BackupRefused(f"{command[0]} did not succeed: {_reason(last)}")


def _reason(lines: Sequence[str]) -> str:
    return next((line for line in lines if "error:" in line), lines[-1] if lines else "it said nothing")
