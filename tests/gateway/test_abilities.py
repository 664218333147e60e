"""The page of skills and weights: what is written there is what routing goes by."""

import pytest

from conversations.clock import utc_now
from conversations.ids import UserId
from conversations.people import Role
from storage import people, queues, weights
from tests.support.gateway import Gateway

HOME = "/setup/abilities"


async def test_somebody_gets_skills_and_loses_them(gateway: Gateway) -> None:
    user_id = UserId((await gateway.add_user("root", Role.ADMIN)).id)
    async with gateway.signed_in(await gateway.add_user("boss", Role.ADMIN)) as browser:
        await browser.submit(f"{HOME}/people/{user_id}", skills="贷款 3，credit cards 1")
        page = await (await browser.get(HOME)).text()
        user = await gateway.services.database.read(people.get, user_id)
        await browser.submit(f"{HOME}/people/{user_id}", skills="")
        plain = await gateway.services.database.read(people.get, user_id)
    assert user is not None
    assert plain is not None
    assert user.skills == {"贷款": 3, "credit cards": 1}
    assert "credit cards 1, 贷款 3" in page
    assert plain.skills == {}


async def test_a_queue_chooses_anew(gateway: Gateway) -> None:
    database = gateway.services.database
    queue_id = await database.write(queues.add, "贷款", utc_now(), "test")
    async with gateway.signed_in(await gateway.add_user("root", Role.ADMIN)) as browser:
        await browser.submit(f"{HOME}/queues/{queue_id}", strategy="skill_first")
        refused = await browser.submit(f"{HOME}/queues/{queue_id}", strategy="the_nicest")
    (queue,) = await database.read(queues.listed)
    assert (queue.strategy, refused.status) == ("skill_first", 409)


async def test_weights_are_shares_of_an_ordinary_conversation(gateway: Gateway) -> None:
    async with gateway.signed_in(await gateway.add_user("root", Role.ADMIN)) as browser:
        await browser.submit(f"{HOME}/weights", **{"channel-email": "2"}, categories="投诉 3, praise 0.5")
    found = await gateway.services.database.read(weights.read)
    assert [found.of("email", ""), found.of("email", "投诉"), found.of("email", "praise")] == [2, 12, 2]
    assert found.of("webchat", "anything else") == 4


@pytest.mark.parametrize(
    ("address", "form"),
    [
        ("weights", {"categories": "complaint 1.3"}),
        ("weights", {"categories": "complaint much"}),
        ("weights", {"channel-email": "0"}),
        ("people/nobody", {"skills": "loans"}),
        ("people/nobody", {"skills": "loans 10"}),
        ("people/nobody", {"skills": "loans 3"}),
    ],
)
async def test_what_cannot_be_meant_is_refused(gateway: Gateway, address: str, form: dict[str, str]) -> None:
    before = await gateway.services.database.read(weights.read)
    async with gateway.signed_in(await gateway.add_user("root", Role.ADMIN)) as browser:
        refused = await browser.submit(f"{HOME}/{address}", **form)
    assert refused.status == 409
    assert await gateway.services.database.read(weights.read) == before
