"""The e-mail channel at its two doors: a mail as it arrives, a mail as the server gets it."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest

from channels.config import ConfigInvalid
from channels.contract import Outgoing, Surroundings, WebhookRequest
from channels.email.channel import EmailChannel
from conversations.address import Address, mail_address
from conversations.errors import (
    Misconfigured,
    NotSendable,
    PayloadUnreadable,
    ProviderUnavailable,
    Rejected,
    SendError,
    SignatureInvalid,
    Throttled,
    UnknownOutcome,
)
from conversations.ids import AccountId, ConversationId, DeliveryId
from conversations.inbound import InboundMessage
from conversations.parts import Media, MediaType, Menu, Option, Text
from tests.support.mail_server import DROP, running_mail_server
from tests.support.surroundings import MemoryFiles, open_surroundings

RECEIVED = datetime(2026, 11, 21, tzinfo=UTC)
CONVERSATION = ConversationId("0192f7a0c0de7abc8def0123456789ab")
DELIVERY = DeliveryId("0192f7a0c0de7abc8def0000000000d1")
SETTINGS = {
    "mailbox": "service@huiliu.example",
    "display_name": "汇流客服",
    "smtp_host": "127.0.0.1",
    "thread_secret": "a thread secret for tests",
}
OUTGOING = Outgoing(
    delivery=DELIVERY,
    conversation=CONVERSATION,
    address=mail_address("lilei@example.cn"),
    part=Text("您的退款已经处理。\n.\n祝好 🙂"),
    subject="退款进度",
)


@pytest.fixture
async def around() -> AsyncIterator[Surroundings]:
    async with open_surroundings() as surroundings:
        yield surroundings


def channel(around: Surroundings, **settings: str) -> EmailChannel:
    return EmailChannel.create(AccountId("mail"), {**SETTINGS, **settings}, around)


def mail_request(raw: bytes, *, to: str = "service@huiliu.example", sender: str = "lilei@example.cn") -> WebhookRequest:
    headers = {"mail-from": sender, "rcpt-to": to}
    return WebhookRequest(method="MAIL", url=f"smtp:{to}", headers=headers, body=raw, received_at=RECEIVED)


def read_message(channel: EmailChannel, raw: bytes) -> InboundMessage:
    (event,) = channel.parse(mail_request(raw)).events
    assert isinstance(event, InboundMessage)
    return event


def as_reader_sees(raw: bytes) -> EmailMessage:
    """A mail read by the standard library's modern parser, which is not the one that wrote it."""
    mail = message_from_bytes(raw.replace(b"\r\n..", b"\r\n.").removesuffix(b".\r\n"), policy=default)
    assert isinstance(mail, EmailMessage)
    return mail


@pytest.mark.parametrize("to", ["service@huiliu.example", "SERVICE@Huiliu.Example", "service+anything@huiliu.example"])
def test_takes_mail_for_its_mailbox(to: str, around: Surroundings) -> None:
    channel(around).verify(mail_request(b"", to=to))


@pytest.mark.parametrize(
    "request_",
    [
        mail_request(b"", to="sales@huiliu.example"),
        mail_request(b"", to="services@huiliu.example"),
        mail_request(b"", to="service@evil.example"),
        mail_request(b"", to=""),
        replace(mail_request(b""), method="POST"),
    ],
)
def test_refuses_mail_for_others(request_: WebhookRequest, around: Surroundings) -> None:
    with pytest.raises(SignatureInvalid) as caught:
        channel(around).verify(request_)

    assert channel(around).refuse(caught.value).status == 550


def test_says_what_it_cannot_read(around: Surroundings) -> None:
    assert channel(around).refuse(PayloadUnreadable()).status == 554


def test_same_mail_over_another_route_has_the_same_key(around: Surroundings) -> None:
    mail = b"From: a@b.cn\r\nMessage-ID: <1@b.cn>\r\nSubject: x\r\n\r\nhello\r\n"
    once = read_message(channel(around), mail)

    again = read_message(channel(around), b"Received: from relay.example\r\n" + mail)

    assert again.key == once.key


@pytest.mark.parametrize(
    "other",
    [
        b"From: a@b.cn\nMessage-ID: <1@b.cn>\n\nbye",
        b"From: c@d.cn\nMessage-ID: <1@b.cn>\n\nhello",
        b"From: a@b.cn\nMessage-ID: <2@b.cn>\n\nhello",
        b"From: a@b.cn\nMessage-ID: <1@b.cn>\nDate: Fri, 20 Nov 2026 12:00:00 +0800\n\nhello",
    ],
)
def test_reused_message_id_does_not_hide_another_mail(other: bytes, around: Surroundings) -> None:
    first = read_message(channel(around), b"From: a@b.cn\nMessage-ID: <1@b.cn>\n\nhello")

    assert read_message(channel(around), other).key != first.key


async def test_sends_text_that_arrives_as_written(around: Surroundings) -> None:
    async with running_mail_server() as server:
        accepted = await channel(around, smtp_port=str(server.port)).send(OUTGOING)

    mail = as_reader_sees(server.mails[0])
    assert "MAIL FROM:<service@huiliu.example>" in server.lines
    assert "RCPT TO:<lilei@example.cn>" in server.lines
    assert mail["Subject"] == "退款进度"
    assert mail["From"] == "汇流客服 <service@huiliu.example>"
    assert mail["Message-ID"] == accepted.external_id
    assert mail["Auto-Submitted"] is None
    assert mail.get_content().rstrip("\n") == "您的退款已经处理。\n.\n祝好 🙂"


async def test_the_same_delivery_always_has_the_same_message_id(around: Surroundings) -> None:
    async with running_mail_server() as server:
        mailbox = channel(around, smtp_port=str(server.port))
        first, second = await mailbox.send(OUTGOING), await mailbox.send(OUTGOING)

    assert first == second
    assert DELIVERY in first.external_id


async def test_an_answer_names_what_it_answers_and_leads_home(around: Surroundings) -> None:
    thread = ("<first@example.cn>", "<second@example.cn>")
    async with running_mail_server() as server:
        mailbox = channel(around, smtp_port=str(server.port))
        await mailbox.send(replace(OUTGOING, thread=thread, automatic=True))

    mail = as_reader_sees(server.mails[0])
    assert mail["Subject"] == "Re: 退款进度"
    assert mail["In-Reply-To"] == "<second@example.cn>"
    assert mail["References"].split() == list(thread)
    assert mail["Auto-Submitted"] == "auto-replied"
    for place in (f"To: {mail['Reply-To']}", f"References: {mail['Message-ID']}"):
        reply = read_message(mailbox, f"From: lilei@example.cn\n{place}\n\nthanks".encode())
        assert reply.thread is not None
        assert reply.thread.token == CONVERSATION


async def test_what_no_mail_of_theirs_caused_is_no_automatic_answer(around: Surroundings) -> None:
    """A second automatic mail continues our own first one: that is nobody's question (RFC 3834 §5)."""
    async with running_mail_server() as server:
        mailbox = channel(around, smtp_port=str(server.port))
        first = await mailbox.send(replace(OUTGOING, automatic=True))
        await mailbox.send(replace(OUTGOING, automatic=True, thread=(first.external_id,)))

    assert [as_reader_sees(mail)["Auto-Submitted"] for mail in server.mails] == ["auto-generated"] * 2


async def test_where_plus_addresses_do_not_arrive_the_message_id_alone_leads_home(around: Surroundings) -> None:
    async with running_mail_server() as server:
        mailbox = channel(around, smtp_port=str(server.port), plus_addresses="no")
        await mailbox.send(OUTGOING)

    mail = as_reader_sees(server.mails[0])
    assert mail["Reply-To"] is None
    reply = read_message(mailbox, f"From: lilei@example.cn\nIn-Reply-To: {mail['Message-ID']}\n\nthanks".encode())
    assert reply.thread is not None
    assert reply.thread.token == CONVERSATION


async def test_sends_a_file_with_its_name(around: Surroundings) -> None:
    files = MemoryFiles()
    content = bytes(range(256))
    media = Media(MediaType.FILE, name="发票 №1.pdf", mime="application/pdf", size=256, digest=files.keep(content))
    async with running_mail_server() as server:
        mailbox = channel(replace(around, files=files), smtp_port=str(server.port))
        await mailbox.send(replace(OUTGOING, part=media))

    (attachment,) = as_reader_sees(server.mails[0]).iter_attachments()
    assert attachment.get_filename() == "发票 №1.pdf"
    assert attachment.get_content() == content


@pytest.mark.parametrize(
    "outgoing",
    [
        replace(OUTGOING, subject="Hello\r\nBcc: everybody@example.cn"),
        replace(OUTGOING, thread=("<a@b>\nBcc: everybody@example.cn",)),
        replace(OUTGOING, address=Address("mailto:a@b.cn\r\nDATA")),
        replace(OUTGOING, address=Address("mailto:nobody")),
        replace(OUTGOING, address=Address("tel:+8613800138000")),
        replace(OUTGOING, part=Menu("?", (Option("1", "one"),))),
        replace(OUTGOING, part=Media(MediaType.FILE, name="a\r\nb", digest="")),
        replace(OUTGOING, part=Media(MediaType.FILE, name="lost.pdf", digest="0" * 64)),
    ],
)
async def test_refuses_what_mail_cannot_carry_before_any_connection(outgoing: Outgoing, around: Surroundings) -> None:
    async with running_mail_server() as server:
        with pytest.raises(NotSendable):
            await channel(around, smtp_port=str(server.port)).send(outgoing)

    assert server.lines == []


@pytest.mark.parametrize(
    ("says", "expected"),
    [
        ({"CONNECT": "421 too busy"}, ProviderUnavailable),
        ({"CONNECT": "554 we do not know you"}, Misconfigured),
        ({"CONNECT": DROP}, ProviderUnavailable),
        ({"MAIL": "451 4.3.0 later"}, Throttled),
        ({"MAIL": "553 5.7.1 sender is not yours"}, Misconfigured),
        ({"MAIL": DROP}, ProviderUnavailable),
        ({"RCPT": "450 4.2.0 greylisted"}, Throttled),
        ({"RCPT": "421 4.7.0 closing"}, ProviderUnavailable),
        ({"RCPT": "550 5.1.1 user unknown"}, Rejected),
        ({"RCPT": "550 5.7.26 unauthenticated mail"}, Misconfigured),
        ({"RCPT": "452 4.2.2 mailbox full"}, Rejected),
        ({"RCPT": "552 5.2.2 mailbox full"}, Rejected),
        ({"RCPT": "554 5.7.1 <li@example.cn>: Relay access denied"}, Misconfigured),
        ({"RCPT": "550 5.7.54 Unable to relay recipient in non-accepted domain"}, Misconfigured),
        ({"DATA": "452 4.3.1 no space"}, Throttled),
        ({"DOT": "451 4.7.1 later"}, Throttled),
        ({"DOT": "554 5.7.0 looks like spam"}, Rejected),
        ({"DOT": "550 5.7.515 access denied"}, Misconfigured),
        ({"DOT": "421 4.7.26 rate limited, it is unauthenticated"}, Misconfigured),
        ({"DOT": "450 4.7.30 DKIM did not pass"}, Misconfigured),
        ({"DOT": "421 4.7.28 unusual rate of mail"}, ProviderUnavailable),
        ({"DOT": "550 5.7.1 content"}, Rejected),
        ({"DOT": DROP}, UnknownOutcome),
    ],
)
async def test_a_refusal_says_who_must_act(
    says: dict[str, str], expected: type[SendError], around: Surroundings
) -> None:
    async with running_mail_server(**says) as server:
        with pytest.raises(expected) as caught:
            await channel(around, smtp_port=str(server.port)).send(OUTGOING)

    assert type(caught.value) is expected


async def test_the_code_of_a_refusal_is_the_enhanced_one(around: Surroundings) -> None:
    async with running_mail_server(RCPT="550 5.1.1 user unknown") as server:
        with pytest.raises(Rejected, match="user unknown") as caught:
            await channel(around, smtp_port=str(server.port)).send(OUTGOING)

    assert caught.value.code == "5.1.1"


async def test_a_mail_that_was_taken_stays_taken_when_goodbye_fails(around: Surroundings) -> None:
    async with running_mail_server(QUIT=DROP) as server:
        accepted = await channel(around, smtp_port=str(server.port)).send(OUTGOING)

    assert accepted.external_id


async def test_nobody_at_the_port(around: Surroundings) -> None:
    listener = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    listener.close()
    await listener.wait_closed()

    with pytest.raises(ProviderUnavailable):
        await channel(around, smtp_port=str(port)).send(OUTGOING)
    with pytest.raises(Misconfigured, match=f"127.0.0.1:{port}"):
        await channel(around, smtp_port=str(port)).check()


LOGIN = {"smtp_user": "huiliu", "smtp_password": "wonderland"}


@pytest.mark.parametrize(
    ("says", "settings"),
    [
        ({"EHLO": "250-mail.example\r\n250 AUTH PLAIN", "AUTH": "535 5.7.8 wrong password"}, LOGIN),
        ({}, LOGIN),
        ({}, {"smtp_tls": "starttls"}),
        ({}, {"smtp_tls": "tls"}),
    ],
    ids=["wrong password", "no login offered", "no STARTTLS offered", "no TLS spoken"],
)
async def test_check_finds_what_is_misconfigured(
    says: dict[str, str], settings: dict[str, str], around: Surroundings
) -> None:
    async with running_mail_server(**says) as server:
        with pytest.raises(Misconfigured) as caught:
            await channel(around, smtp_port=str(server.port), **settings).check()

    assert "wonderland" not in str(caught.value)


async def test_check_is_content_with_a_login_that_works(around: Surroundings) -> None:
    async with running_mail_server(EHLO="250-mail.example\r\n250 AUTH PLAIN") as server:
        await channel(around, smtp_port=str(server.port), **LOGIN).check()


def test_settings_report_every_problem_at_once(around: Surroundings) -> None:
    wrong = {
        "mailbox": "customer.service.department@huiliu.example",
        "smtp_host": "mail server",
        "smtp_port": "0",
        "smtp_tls": "yes",
        "smtp_password": "x",
        "thread_secret": "short",
        "display_name": "two\nlines",
        "plus_addresses": "maybe",
        "bounce_address": "nowhere",
        "public_url": "http://huiliu.example",
        "imap_host": "mail server",
        "imap_port": "many",
        "imap_user": "",
        "imap_tls": "yes",
        "imap_folder": "two\nlines",
        "imap_backfill": "-1",
    }

    with pytest.raises(ConfigInvalid) as caught:
        channel(around, **wrong)

    assert sorted(problem.partition(":")[0] for problem in caught.value.problems) == sorted(wrong)


def test_secrets_do_not_show(around: Surroundings) -> None:
    shown = repr(channel(around, **LOGIN).config)

    assert "wonderland" not in shown
    assert SETTINGS["thread_secret"] not in shown
