"""The product's mailbox and the customers' mail server, written apart, understand each other."""

from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiosmtpd.smtp import Envelope

from channels.contract import Outgoing, Surroundings, WebhookRequest
from channels.email.channel import EmailChannel
from conversations.address import mail_address
from conversations.errors import Rejected, SendError, Throttled, UnknownOutcome
from conversations.ids import AccountId, ConversationId, DeliveryId, new_id
from conversations.inbound import InboundEvent, InboundMessage, Receipt, ReceiptStatus, Unknown
from conversations.parts import Text
from tests.lab.product import MAIL, Lab
from tests.support.surroundings import MemoryFiles, MemoryTokens


@pytest.fixture
async def mailbox(lab: Lab) -> AsyncIterator[EmailChannel]:
    settings = {
        **MAIL,
        "smtp_host": "127.0.0.1",
        "smtp_port": str(lab.world.config.inbox_port),
        "thread_secret": "thread-secret-of-the-tests",
        "bounce_address": "bounces@bank.example",
        "public_url": "https://bank.example",
    }
    async with aiohttp.ClientSession() as http:
        around = Surroundings(http, MemoryTokens(), MemoryFiles(), lab.clock)
        yield EmailChannel.create(AccountId("mail"), settings, around)


def an_answer(*, automatic: bool = False) -> Outgoing:
    return Outgoing(
        delivery=DeliveryId(new_id()),
        conversation=ConversationId(new_id()),
        address=mail_address("lilei@customer.example"),
        part=Text("您好"),
        subject="账单",
        automatic=automatic,
    )


def understood(lab: Lab, mailbox: EmailChannel, envelope: Envelope) -> InboundEvent:
    headers = {"mail-from": (envelope.mail_from or "").removeprefix("<>"), "rcpt-to": envelope.rcpt_tos[0]}
    content = envelope.content
    assert isinstance(content, bytes)
    request = WebhookRequest(method="MAIL", url="smtp:x", headers=headers, body=content, received_at=lab.clock())
    mailbox.verify(request)
    (event,) = mailbox.parse(request).events
    return event


async def put(lab: Lab, state: str) -> None:
    asked = {"account": "mail", "command": "mailbox", "customer": "李雷", "state": state}
    async with lab.http.post("/lab/api/command", json=asked) as response:
        assert response.status == 200, await response.text()


async def test_bounces_find_their_delivery(lab: Lab, mailbox: EmailChannel) -> None:
    await lab.misbehave("email", receipts="late")
    outgoing = an_answer()
    await mailbox.send(outgoing)
    await lab.world.errands.settle()

    receipts = [understood(lab, mailbox, envelope) for envelope in lab.product.mails]
    assert [each.status for each in receipts if isinstance(each, Receipt)] == [
        ReceiptStatus.ACCEPTED,
        ReceiptStatus.FAILED,
    ]
    assert {each.delivery for each in receipts if isinstance(each, Receipt)} == {outgoing.delivery}


async def test_an_absence_is_no_message(lab: Lab, mailbox: EmailChannel) -> None:
    await put(lab, "away")
    await mailbox.send(an_answer())
    await lab.world.errands.settle()

    absence = understood(lab, mailbox, lab.product.mails[0])
    assert isinstance(absence, Unknown)
    assert absence.name == "automatic"


async def test_nobody_who_is_away_answers_our_surveys(lab: Lab, mailbox: EmailChannel) -> None:
    await put(lab, "away")
    await mailbox.send(an_answer(automatic=True))
    await lab.world.errands.settle()

    assert lab.product.mails == []


@pytest.mark.parametrize("style", ["gmail", "qq"])
async def test_a_customers_answer_comes_home(lab: Lab, mailbox: EmailChannel, style: str) -> None:
    outgoing = an_answer()
    await mailbox.send(outgoing)
    heard = next(entry for entry in lab.world.books if getattr(entry, "subject", "") == "账单")
    await lab.say("mail", text="收到", reply_to=getattr(heard, "id", ""), style=style)

    answer = understood(lab, mailbox, lab.product.mails[0])
    assert isinstance(answer, InboundMessage)
    assert answer.thread is not None
    assert answer.thread.token == outgoing.conversation
    assert isinstance(answer.parts[0], Text)
    assert answer.parts[0].text == "收到"


@pytest.mark.parametrize(
    ("state", "answers", "expected"),
    [
        ("gone", "normal", Rejected),
        ("full", "normal", Rejected),
        ("normal", "busy", Throttled),
        ("normal", "cut", UnknownOutcome),
        ("normal", "lost", UnknownOutcome),
    ],
)
async def test_refusals_are_called_by_their_names(
    lab: Lab, mailbox: EmailChannel, state: str, answers: str, expected: type[SendError]
) -> None:
    await put(lab, state)
    await lab.misbehave("email", answers=answers)
    with pytest.raises(expected):
        await mailbox.send(an_answer())
