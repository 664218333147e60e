"""One click, and nothing but a click, takes a customer off."""

import re
from collections.abc import AsyncIterator

import aiohttp
import pytest

from channels.email.unsubscribe import unsubscribe_token
from conversations.address import mail_address
from conversations.events import Event
from conversations.ids import DeliveryId, new_id
from storage import events
from tests.support.gateway import SMS, Gateway

SECRET = "a thread secret for tests"
MAILBOX = {"mailbox": "service@huiliu.example", "smtp_host": "127.0.0.1", "thread_secret": SECRET}


def link(account: str = "mail", secret: str = SECRET) -> str:
    token = unsubscribe_token(secret, DeliveryId(new_id()), mail_address("lilei@example.cn"))
    return f"/unsubscribe/{account}/{token}"


@pytest.fixture
async def customer(gateway: Gateway) -> AsyncIterator[aiohttp.ClientSession]:
    """Somebody with a browser, or their mail program."""
    await gateway.add_account("mail", "邮箱", "email", **MAILBOX)
    async with aiohttp.ClientSession(gateway.url, headers={"Accept-Language": "en"}) as session:
        yield session


async def changes(gateway: Gateway) -> list[Event]:
    return [each for each in await gateway.services.database.read(events.after, 0, 1000) if _is_farewell(each)]


def _is_farewell(event: Event) -> bool:
    return event.reason == "opted_out"


async def test_looking_at_the_link_changes_nothing(gateway: Gateway, customer: aiohttp.ClientSession) -> None:
    for method in ("GET", "HEAD"):
        async with customer.request(method, link(), allow_redirects=False) as response:
            assert response.status == 200
            assert not response.cookies
    assert await changes(gateway) == []


async def test_a_mail_program_unsubscribes_its_reader(gateway: Gateway, customer: aiohttp.ClientSession) -> None:
    address = link()
    for _ in range(2):
        form = {"List-Unsubscribe": "One-Click"}
        async with customer.post(address, data=form, allow_redirects=False) as response:
            assert response.status == 200
            assert not response.cookies

    (change,) = await changes(gateway)
    assert change.data["address"] == "mailto:lilei@example.cn"


async def test_the_button_does_the_same(gateway: Gateway, customer: aiohttp.ClientSession) -> None:
    address = link()
    async with customer.get(address) as response:
        html = await response.text()
    assert re.search('<form [^>]*method="post">', html)
    fields = dict(re.findall('<input type="hidden" name="([^"]*)" value="([^"]*)">', html))
    async with customer.post(address, data=fields) as response:
        assert "Done." in await response.text()
    assert len(await changes(gateway)) == 1


@pytest.mark.parametrize(
    "address",
    [
        link(secret="the secret of somebody else"),
        link(account="nobody"),
        link(account=SMS),
        "/unsubscribe/mail/x",
        "/unsubscribe/mail/%00%ff",
    ],
    ids=["another secret", "no such account", "another account", "no token", "no text"],
)
async def test_a_link_that_is_not_ours_does_nothing(
    address: str, gateway: Gateway, customer: aiohttp.ClientSession
) -> None:
    for method in ("GET", "POST"):
        async with customer.request(method, address) as response:
            assert response.status == 404
    assert await changes(gateway) == []
