"""The ground the other tests stand on."""

import socket
import sqlite3

import asyncpg
import pytest
from redis import Redis

from tests.support import network


def test_the_network_guard_refuses_and_remembers() -> None:
    """192.0.2.1 belongs to nobody (RFC 5737)."""
    with socket.socket() as outside, pytest.raises(network.NetworkForbidden):
        outside.connect(("192.0.2.1", 80))
    with pytest.raises(network.NetworkForbidden):
        socket.getaddrinfo("example.com", 443)
    assert network.attempts == ["192.0.2.1", "example.com"]
    network.attempts.clear()


def test_loopback_is_open() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(("localhost", server.getsockname()[1])).close()


async def test_each_test_gets_a_fresh_database(database_url: str) -> None:
    """The second row of this table would be refused."""
    statement = "create table only_once (id integer primary key)"
    if database_url.startswith("sqlite"):
        sqlite3.connect(database_url.removeprefix("sqlite:///")).execute(statement).connection.close()
        return
    connection = await asyncpg.connect(database_url)
    await connection.execute(statement)
    await connection.close()


async def test_postgresql_knows_chinese_letters(postgresql_url: str) -> None:
    """Under the C locale 汉字 are no letters, and search by words or trigrams finds nothing."""
    connection = await asyncpg.connect(postgresql_url)
    assert await connection.fetchval("select '余额' ~ '^[[:alpha:]]+$'")
    await connection.close()


@pytest.mark.parametrize("turn", [1, 2])
def test_each_test_gets_an_empty_redis(redis_url: str, turn: int) -> None:
    with Redis.from_url(redis_url) as redis:
        assert redis.dbsize() == 0
        redis.set("turn", turn)
