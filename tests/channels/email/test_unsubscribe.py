"""A way out of automatic mail that only its reader can take (RFC 8058)."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.contract import Surroundings, WebhookRequest
from channels.email.unsubscribe import read_unsubscribe_token, unsubscribe_token
from conversations.address import Address
from conversations.errors import SignatureInvalid
from conversations.ids import DeliveryId
from conversations.inbound import ContactChange, ContactChanged
from tests.channels.email.test_channel import DELIVERY, OUTGOING, RECEIVED, as_reader_sees, channel, mail_request
from tests.support.mail_server import running_mail_server
from tests.support.surroundings import open_surroundings

SECRET = "a thread secret for tests"
LILEI = Address("mailto:lilei@example.cn")


@pytest.fixture
async def around() -> AsyncIterator[Surroundings]:
    async with open_surroundings() as surroundings:
        yield surroundings


async def headers_of(around: Surroundings, *, automatic: bool, **settings: str) -> dict[str, str]:
    async with running_mail_server() as server:
        mailbox = channel(around, smtp_port=str(server.port), **settings)
        await mailbox.send(replace(OUTGOING, automatic=automatic))
    mail = as_reader_sees(server.mails[0])
    return {name: str(value) for name, value in mail.items()}


async def test_what_a_person_wrote_says_nothing_of_unsubscribing(around: Surroundings) -> None:
    headers = await headers_of(around, automatic=False, public_url="https://huiliu.example")

    assert not {"List-Unsubscribe", "List-Unsubscribe-Post", "Auto-Submitted"} & set(headers)


async def test_automatic_mail_can_be_unsubscribed_from_with_one_click(around: Surroundings) -> None:
    headers = await headers_of(around, automatic=True, public_url="https://huiliu.example/")

    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link, by_mail = re.findall(r"<([^>]*)>", headers["List-Unsubscribe"])
    before, _, token = link.rpartition("/")
    assert before == "https://huiliu.example/unsubscribe/mail"
    assert by_mail == f"mailto:service@huiliu.example?subject=unsubscribe%20{token}"
    assert read_unsubscribe_token(SECRET, token) == LILEI


async def test_without_an_address_of_our_own_it_goes_by_mail(around: Surroundings) -> None:
    headers = await headers_of(around, automatic=True)

    assert "List-Unsubscribe-Post" not in headers
    (by_mail,) = re.findall(r"<mailto:([^>]*)>", headers["List-Unsubscribe"])
    to, _, subject = by_mail.partition("?subject=")
    asked = f"From: lilei@example.cn\nTo: {to}\nSubject: {subject.replace('%20', ' ')}\n\n"
    (event,) = channel(around).parse(mail_request(asked.encode(), to=to)).events
    assert isinstance(event, ContactChanged)
    assert (event.address, event.change) == (LILEI, ContactChange.OPTED_OUT)


def click(token: str) -> WebhookRequest:
    url = f"https://huiliu.example/unsubscribe/mail/{token}"
    return WebhookRequest(method="UNSUBSCRIBE", url=url, query={"token": token}, received_at=RECEIVED)


async def test_a_click_twice_is_one_piece_of_news(around: Surroundings) -> None:
    mailbox, token = channel(around), unsubscribe_token(SECRET, DELIVERY, LILEI)

    first, second = mailbox.parse(click(token)), mailbox.parse(click(token))

    mailbox.verify(click(token))
    assert first == second


@pytest.mark.parametrize("position", range(0, 74, 5))
async def test_a_link_with_one_wrong_letter_is_refused(position: int, around: Surroundings) -> None:
    token = unsubscribe_token(SECRET, DELIVERY, LILEI)
    letter = "b" if token[position] == "a" else "a"

    with pytest.raises(SignatureInvalid):
        channel(around).verify(click(token[:position] + letter + token[position + 1 :]))


@given(st.text())
def test_no_token_breaks_the_reader(token: str) -> None:
    assert read_unsubscribe_token(SECRET, token) is None


@given(st.emails().map(lambda mailbox: Address(f"mailto:{mailbox}")), st.uuids())
def test_any_address_comes_back(address: Address, delivery: object) -> None:
    token = unsubscribe_token(SECRET, DeliveryId(str(delivery).replace("-", "")), address)

    assert read_unsubscribe_token(SECRET, token) == address
    assert re.fullmatch(r"[A-Za-z0-9_-]+", token)
