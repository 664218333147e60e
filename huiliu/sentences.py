"""What can go wrong outside of the program, each said in one sentence instead of a traceback."""

import errno
from collections.abc import Callable, Mapping
from typing import Any

import click
from redis.exceptions import RedisError

from channels.config import ConfigInvalid
from desk.errors import NotFound, Refused
from runtime.redis_server import RedisBusy, RedisFailed, RedisMissing
from runtime.settings import SettingsInvalid
from storage.backup import BackupRefused
from storage.database import DatabaseUnavailable
from storage.migrate import SchemaTooNew
from storage.vault import WrongKey

Sentence = Callable[[Any], str]


def _listed(title: str) -> Sentence:
    return lambda error: "\n  ".join([title, *error.problems])


SENTENCES: Mapping[type[Exception], Sentence] = {
    SettingsInvalid: _listed("These settings cannot be used:"),
    ConfigInvalid: _listed("The account cannot be used like this:"),
    DatabaseUnavailable: lambda error: f"The database cannot be used: {error}. Look at HUILIU_DATABASE_URL.",
    WrongKey: lambda error: (
        "The secret key does not open this database. Put back the secret.key, or the HUILIU_SECRET_KEY,"
        " that it was made with."
    ),
    SchemaTooNew: lambda error: (
        f"This version of Huiliu is too old: {error}. Run the version that changed the database, or a newer one."
    ),
    RedisError: lambda error: f"Redis cannot be used: {error}. Look at HUILIU_REDIS_URL.",
    RedisMissing: str,
    RedisBusy: str,
    RedisFailed: str,
    BackupRefused: str,
    Refused: str,
    NotFound: str,
}

OS_SENTENCES: Mapping[int, Sentence] = {
    errno.EADDRINUSE: lambda error: (
        f"{_about(error)}. Another program, perhaps another Huiliu, is using it: stop it, or choose another port"
        " (HUILIU_PORT, HUILIU_SMTP_PORT, HUILIU_LAB_PORT)."
    ),
    errno.EADDRNOTAVAIL: lambda error: f"{_about(error)}. Look at HUILIU_HOST and HUILIU_SMTP_HOST.",
    errno.EACCES: lambda error: f"{_about(error)}. This user must be allowed to use it.",
    errno.EROFS: lambda error: f"{_about(error)}. Choose another folder with HUILIU_DATA_DIR.",
    errno.ENOSPC: lambda error: f"{_about(error)}. Make room on the disk.",
    errno.ENOTDIR: lambda error: f"{_about(error)}. Choose another folder with HUILIU_DATA_DIR.",
}


def sentence_for(error: Exception) -> str | None:
    """What to tell the person who typed the command; None for a fault of ours, whose traceback is wanted."""
    if isinstance(error, OSError):
        say = OS_SENTENCES.get(error.errno or 0)
    else:
        say = next((say for kind, say in SENTENCES.items() if isinstance(error, kind)), None)
    return say(error) if say else None


class Sentences(click.Group):
    """A command line whose expected errors are sentences."""

    def invoke(self, context: click.Context) -> object:
        """Run the command."""
        try:
            return super().invoke(context)
        except Exception as error:
            sentence = sentence_for(error)
            if sentence is None:
                raise
            raise click.ClickException(sentence) from error


def _about(error: OSError) -> str:
    return f"{error.filename}: {error.strerror}" if error.filename else str(error.strerror)
