"""Mail both ways through a real Postfix, which keeps the rules and writes the bounces."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.message import EmailMessage

import aiosmtplib
import pytest

from channels.contract import Surroundings, WebhookReply, WebhookRequest
from channels.email.channel import EmailChannel
from conversations.address import Address, mail_address
from conversations.errors import Misconfigured
from conversations.inbound import InboundEvent, InboundMessage, Receipt, ReceiptStatus
from gateway.smtp import MailListener
from tests.channels.email.test_channel import CONVERSATION, DELIVERY, OUTGOING, as_reader_sees, channel
from tests.channels.email.test_imap import Notebook, fetching, heard, listening, started
from tests.channels.email.test_signing import SIGNING, is_genuine
from tests.support.dovecot import running_dovecot
from tests.support.eventually import soon
from tests.support.mail_server import MailServer, running_mail_server
from tests.support.postfix import Postfix, running_postfix
from tests.support.surroundings import open_surroundings

LILEI = mail_address("lilei@customer.example")
OURS = "service@huiliu.example"


@pytest.fixture
async def around() -> AsyncIterator[Surroundings]:
    async with open_surroundings() as surroundings:
        yield replace(surroundings, clock=lambda: datetime.now(UTC))


@dataclass
class Office:
    """Our mailbox behind a Postfix; `theirs` is the customers' server, `news` what came in for us."""

    channel: EmailChannel
    theirs: MailServer
    postfix: Postfix = field(init=False)
    news: list[InboundEvent] = field(default_factory=list)

    async def knows(self, recipient: str) -> bool:
        return self.channel.receives(recipient) or recipient.startswith("sales@")

    async def deliver(self, recipient: str, request: WebhookRequest) -> WebhookReply:
        if recipient.startswith("sales@"):
            return WebhookReply(status=550, body=b"5.7.1 Not today")
        self.channel.verify(request)
        self.news += self.channel.parse(request).events
        return WebhookReply()

    async def send(self, address: Address = LILEI) -> None:
        """Answer a customer."""
        await self.channel.send(replace(OUTGOING, address=address))

    async def write(self, *recipients: str, **headers: str) -> None:
        """A customer writes."""
        mail = EmailMessage()
        mail["From"], mail["Subject"] = "lilei@customer.example", "退款"
        for name, value in headers.items():
            mail[name.replace("_", "-")] = value
        mail.set_content("在吗")
        await aiosmtplib.send(
            mail, recipients=recipients, hostname="127.0.0.1", port=self.postfix.port, start_tls=False
        )

    async def receipt(self) -> Receipt:
        """The next receipt that comes."""
        return await soon(lambda: next((each for each in self.news if isinstance(each, Receipt)), None), "a receipt")


@asynccontextmanager
async def office(around: Surroundings, settings: dict[str, str] | None = None, **says: str) -> AsyncIterator[Office]:
    async with running_mail_server(**says) as theirs:
        made = Office(channel(around), theirs)
        listener = MailListener(
            "127.0.0.1", 0, knows=made.knows, deliver=made.deliver, clock=around.clock, is_lmtp=True
        )
        await listener.start()
        try:
            async with running_postfix(
                ours="huiliu.example", lmtp_port=listener.port, theirs="customer.example", their_port=theirs.port
            ) as made.postfix:
                usual = {"smtp_port": str(made.postfix.port), "bounce_address": OURS}
                made.channel = channel(around, **{**usual, **(settings or {})})
                yield made
        finally:
            await listener.stop()


async def test_a_question_and_its_answer_are_one_thread(around: Surroundings) -> None:
    async with office(around) as ours:
        await ours.send()
        mail = as_reader_sees(await soon(lambda: next(iter(ours.theirs.mails), b""), "the mail left"))
        await ours.write(str(mail["Reply-To"]), In_Reply_To=str(mail["Message-ID"]))
        await soon(lambda: ours.news, "the answer came")

    (message,) = ours.news
    assert isinstance(message, InboundMessage)
    assert message.thread is not None
    assert message.thread.token == CONVERSATION


async def test_a_bounce_finds_its_delivery(around: Surroundings) -> None:
    async with office(around, RCPT="550 5.1.1 no such user") as ours:
        await ours.send()
        receipt = await ours.receipt()

    assert (receipt.delivery, receipt.status, receipt.code) == (DELIVERY, ReceiptStatus.FAILED, "5.1.1")
    assert "no such user" in receipt.text


async def test_without_a_token_it_is_found_by_the_mail_that_comes_back(around: Surroundings) -> None:
    async with office(around, {"bounce_address": ""}, DOT="554 5.7.1 looks like spam") as ours:
        await ours.send()
        receipt = await ours.receipt()

    assert receipt.delivery == ""
    assert DELIVERY in receipt.external_id
    assert receipt.status is ReceiptStatus.FAILED


async def test_a_mail_that_is_late_has_not_failed(around: Surroundings) -> None:
    async with office(around, RCPT="450 4.2.0 greylisted") as ours:
        await ours.send()
        receipt = await ours.receipt()

    assert (receipt.delivery, receipt.status, receipt.code) == (DELIVERY, ReceiptStatus.ACCEPTED, "4.2.0")


async def test_one_recipient_who_is_refused_does_not_cost_the_other_the_mail(around: Surroundings) -> None:
    async with office(around) as ours:
        await ours.write("sales@huiliu.example", OURS)
        await soon(lambda: ours.theirs.mails, "the refused recipient is reported to the sender")

    assert len(ours.news) == 1
    assert b"Not today" in ours.theirs.mails[0]
    assert b"Final-Recipient: rfc822; service@" not in ours.theirs.mails[0]


async def test_a_server_that_does_not_relay_for_us_is_a_matter_for_the_operator(around: Surroundings) -> None:
    async with office(around) as ours:
        with pytest.raises(Misconfigured, match="Relay access denied"):
            await ours.send(mail_address("lilei@elsewhere.example"))


@pytest.mark.parametrize(("tls", "port"), [("starttls", "port"), ("tls", "tls_port")])
async def test_mail_goes_out_over_tls_that_is_checked(
    tls: str, port: str, around: Surroundings, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with office(around) as ours:
        ours.channel = channel(around, smtp_tls=tls, smtp_port=str(getattr(ours.postfix, port)))
        with pytest.raises(Misconfigured, match="TLS cannot be trusted"):
            await ours.send()
        monkeypatch.setenv("SSL_CERT_FILE", str(ours.postfix.certificate))
        await ours.send()
        await soon(lambda: ours.theirs.mails, "the mail left")


async def test_a_signature_survives_the_journey(around: Surroundings) -> None:
    async with office(around, SIGNING) as ours:
        await ours.send()
        mail = await soon(lambda: next(iter(ours.theirs.mails), b""), "the mail left")

    assert is_genuine(mail.replace(b"\r\n..", b"\r\n.").removesuffix(b".\r\n"))


async def test_from_postfix_over_dovecot_to_us(around: Surroundings) -> None:
    """The whole way of a mailbox that is fetched from: what LMTP lays down, IMAP finds."""
    async with (
        running_dovecot() as dovecot,
        running_postfix(ours="huiliu.example", lmtp_port=dovecot.lmtp_port, theirs="x.example", their_port=9) as server,
    ):
        notebook = Notebook(fetching(dovecot, "service", around))
        async with listening(notebook):
            await started(notebook)
            mail = b"From: lilei@customer.example\r\nSubject: one\r\n\r\n" + "在吗\r\n".encode()
            await aiosmtplib.send(
                mail,
                sender="lilei@customer.example",
                recipients=["service+detail@huiliu.example"],
                hostname="127.0.0.1",
                port=server.port,
                start_tls=False,
            )
            await heard(notebook, "one")
