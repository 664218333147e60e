"""Glances: one look serves everybody for a while."""

import asyncio
from datetime import datetime, timedelta

from sqlalchemy import Connection

from desk.glances import Glance
from tests.support.builders import SetClock, open_database


async def test_one_look_serves_all_until_it_is_old(sqlite_url: str) -> None:
    looks: list[datetime] = []

    def look(connection: Connection, now: datetime) -> int:
        looks.append(now)
        return len(looks)

    clock = SetClock()
    async with open_database(sqlite_url) as database:
        glance = Glance(database, clock, look, timedelta(seconds=10))
        assert await asyncio.gather(*(glance.take() for _ in range(3))) == [1, 1, 1]
        clock.forward(timedelta(seconds=9))
        assert await glance.take() == 1
        clock.forward(timedelta(seconds=1))
        assert await glance.take() == 2
