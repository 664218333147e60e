"""Use cases run on the loop of a worker, whatever happens to the database meanwhile."""

import asyncio
from pathlib import Path

import pytest

from runtime.services import Services
from runtime.settings import Settings
from storage import people
from tests.support.postgres import PostgresServer
from workers.run import run, serving


def test_outside_a_worker_there_is_no_loop_to_run_on() -> None:
    async def nothing(services: Services) -> None:
        raise AssertionError("it must not run")

    with pytest.raises(LookupError, match="huiliu worker"):
        run(nothing)


async def test_while_the_database_is_away_a_job_ends_in_one_line(
    postgresql_url: str, postgres: PostgresServer, redis_url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings = Settings.from_env({"HUILIU_DATA_DIR": str(tmp_path), "HUILIU_DATABASE_URL": postgresql_url})
    came_through: list[bool] = []

    async def look(services: Services) -> None:
        await services.database.read(people.listed)
        came_through.append(True)

    with serving(settings, redis_url):
        async with postgres.away(postgresql_url):
            await asyncio.to_thread(run, look)
        assert came_through == []
        assert [line.exc_info for line in caplog.records if "a job waits for the database" in line.message] == [None]
        await asyncio.to_thread(run, look)
    assert came_through == [True]
