"""Quarantine: requests come back as they came, those that wait first."""

from dataclasses import replace
from datetime import timedelta

from conversations.ids import QuarantineId, new_id
from storage import quarantine
from storage.quarantine import DISCARDED, REPLAYED, WAITING, Quarantined
from tests.support.builders import NOW, an_account, open_database, store

ACCOUNT = an_account()


def a_request(minutes: int) -> Quarantined:
    return Quarantined(
        id=QuarantineId(new_id()),
        account_id=ACCOUNT.id,
        received_at=NOW + timedelta(minutes=minutes),
        method="POST",
        url="https://huiliu.example/webhooks/account?a=你",
        query={"a": "你"},
        headers={"content-type": "text/xml"},
        body=bytes(range(256)),
        error="ValueError: 你",
        trace="trace",
    )


async def test_a_request_comes_back_as_it_came_until_it_is_settled(database_url: str) -> None:
    held = a_request(0)
    async with open_database(database_url) as database:
        await database.write(store, ACCOUNT)
        await database.write(quarantine.add, held)
        assert await database.read(quarantine.get, held.id) == held
        await database.write(quarantine.settle, held.id, REPLAYED, NOW)
        assert await database.read(quarantine.get, held.id) == replace(held, state=REPLAYED, settled_at=NOW)
        assert await database.read(quarantine.get, a_request(0).id) is None


async def test_those_that_wait_come_first_and_then_the_newest(database_url: str) -> None:
    requests = [a_request(minutes) for minutes in range(4)]
    async with open_database(database_url) as database:
        await database.write(store, ACCOUNT)
        for each in requests:
            await database.write(quarantine.add, each)
        await database.write(quarantine.settle, requests[3].id, DISCARDED, NOW)
        found = await database.read(quarantine.listed)
        assert [each.id for each in found] == [requests[number].id for number in (2, 1, 0, 3)]
        assert [each.state for each in found] == [WAITING, WAITING, WAITING, DISCARDED]
        assert await database.read(quarantine.waiting) == 3
