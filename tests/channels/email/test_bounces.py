"""What comes back leads to the delivery it is about, and to no other."""

from collections.abc import AsyncIterator

import pytest

from channels.contract import Surroundings
from channels.email.bounces import bounce_token, find_delivery
from channels.email.channel import EmailChannel
from channels.email.thread import read_token, thread_token
from conversations.errors import SignatureInvalid
from conversations.inbound import Receipt, ReceiptStatus
from tests.channels.email.test_channel import CONVERSATION, DELIVERY, OUTGOING, SETTINGS, channel, mail_request
from tests.support.mail_server import running_mail_server
from tests.support.surroundings import open_surroundings

SECRET = SETTINGS["thread_secret"]
REPORT = b"""From: mailer-daemon@mx.example
Content-Type: multipart/report; report-type=delivery-status; boundary=B

--B
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; lilei@example.cn
Action: failed
Status: 5.1.1
--B--
"""


@pytest.fixture
async def around() -> AsyncIterator[Surroundings]:
    async with open_surroundings() as surroundings:
        yield surroundings


def bouncing(around: Surroundings, **settings: str) -> EmailChannel:
    return channel(around, bounce_address="bounces@mail.huiliu.example", **settings)


async def test_the_envelope_names_the_delivery_and_its_bounce_comes_home(around: Surroundings) -> None:
    async with running_mail_server() as server:
        mailbox = bouncing(around, smtp_port=str(server.port))
        await mailbox.send(OUTGOING)
    (sender,) = [line.removeprefix("MAIL FROM:<").partition(">")[0] for line in server.lines if "MAIL FROM" in line]

    bounce = mail_request(REPORT, to=sender.upper(), sender="")
    mailbox.verify(bounce)
    (receipt,) = mailbox.parse(bounce).events

    assert isinstance(receipt, Receipt)
    assert (receipt.delivery, receipt.status, receipt.code) == (DELIVERY, ReceiptStatus.FAILED, "5.1.1")


@pytest.mark.parametrize(
    "recipient",
    [
        "bounces@mail.huiliu.example",
        "bounces+anything@mail.huiliu.example",
        f"bounces+{bounce_token('the secret of another account', DELIVERY)}@mail.huiliu.example",
        f"bounces+{thread_token(SECRET, CONVERSATION)}@mail.huiliu.example",
    ],
)
def test_another_mailboxs_bounce_is_not_ours(recipient: str, around: Surroundings) -> None:
    with pytest.raises(SignatureInvalid):
        bouncing(around).verify(mail_request(REPORT, to=recipient, sender=""))


def test_a_token_is_good_for_one_purpose() -> None:
    assert find_delivery(SECRET, bounce_token(SECRET, DELIVERY)) == DELIVERY
    assert find_delivery(SECRET, thread_token(SECRET, CONVERSATION)) == ""
    assert read_token(SECRET, bounce_token(SECRET, DELIVERY)) is None


def test_a_token_fits_into_an_address() -> None:
    assert len(f"bounces.of.huiliu.com+{bounce_token(SECRET, DELIVERY)}") == 64
