"""An installation of its own for each test, on free ports."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.commands import CommandLine


@pytest.fixture
def installation(tmp_path: Path, unused_tcp_port_factory: Callable[[], int]) -> CommandLine:
    """The command line of an installation that is still empty; its database is for the test to choose."""
    return CommandLine(
        {
            "HUILIU_DATA_DIR": str(tmp_path / "data"),
            "HUILIU_PORT": str(unused_tcp_port_factory()),
            "HUILIU_SMTP_PORT": str(unused_tcp_port_factory()),
        }
    )


@pytest.fixture
def huiliu(installation: CommandLine, database_url: str) -> CommandLine:
    """The same on each kind of database."""
    return installation.elsewhere(HUILIU_DATABASE_URL=database_url)


@pytest.fixture
def on_sqlite(installation: CommandLine, sqlite_url: str) -> CommandLine:
    """The same for what has nothing to do with the kind of database."""
    return installation.elsewhere(HUILIU_DATABASE_URL=sqlite_url)
