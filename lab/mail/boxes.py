"""Mail on the customers' side: an inbox for @customer.example, and what customers send to the product's listener."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from email.utils import parseaddr
from typing import Any

import aiosmtplib
from aiosmtpd.smtp import SMTP, Envelope, Session

from conversations.ids import new_id
from lab.books import Answered, Heard, Outcome, Refused, Said
from lab.config import AccountConfig
from lab.mail.writing import Letter, write
from lab.misbehaviour import Answers
from lab.people import MAIL_DOMAIN
from lab.world import CannotSay, Delivery, Saying, World


class Mailboxes:
    """The mail program of the customers."""

    def __init__(self, world: World) -> None:
        self._world = world

    def say(self, saying: Saying) -> tuple[Said, Delivery]:
        """Write a mail, and hand it to the product's listener."""
        letter = self._letter(saying)
        mail = write(letter, saying.style)
        said = self._said(saying, letter, mail)
        self._world.books.write(said)
        return said, self._deliver(said, letter, mail.as_bytes())

    def _letter(self, saying: Saying) -> Letter:
        answered = self._answered(saying)
        mailbox = saying.account.settings["mailbox"]
        if not (saying.text or saying.picture):
            raise CannotSay("an empty mail")
        return Letter(
            author=self._world.people.named(saying.customer),
            to=(answered.reply_to if answered else "") or mailbox,
            subject=saying.subject or (f"Re: {_bare(answered.subject)}" if answered else ""),
            text=saying.text,
            at=self._world.clock(),
            picture=saying.picture,
            answered=answered,
            quoted_from=f"{saying.account.name} <{mailbox}>",
        )

    def _answered(self, saying: Saying) -> Heard | None:
        if not saying.reply_to:
            return None
        for entry in self._world.books:
            if isinstance(entry, Heard) and entry.id == saying.reply_to and entry.customer == saying.customer:
                return entry
        raise CannotSay("there is no such mail to answer")

    def _said(self, saying: Saying, letter: Letter, mail: EmailMessage) -> Said:
        medium = self._world.media.keep(saying.account.id, letter.picture).id if letter.picture else ""
        return Said(
            id=new_id(),
            at=letter.at,
            account=saying.account.id,
            customer=saying.customer,
            kind="mail",
            key=mail["Message-ID"],
            text=letter.text,
            subject=letter.subject,
            medium=medium,
        )

    async def _deliver(self, said: Said, letter: Letter, raw: bytes) -> None:
        if self._world.manners["email"].thrice:
            await asyncio.gather(*(self._hand_over(said, letter, raw, attempt) for attempt in (1, 2, 3)))
            return
        for attempt, pause in enumerate((*self._world.config.timings.mail_pauses, 0.0), start=1):
            if await self._hand_over(said, letter, raw, attempt):
                return
            await asyncio.sleep(pause)

    async def _hand_over(self, said: Said, letter: Letter, raw: bytes, attempt: int) -> bool:
        """One attempt; False if a mail server would try again."""
        started = time.monotonic()
        outcome, status, text = await self._submit(letter, raw)
        self._world.books.write(
            Answered(
                to=said.id,
                at=self._world.clock(),
                attempt=attempt,
                outcome=outcome,
                status=status,
                text=text,
                milliseconds=round((time.monotonic() - started) * 1000),
            )
        )
        return status // 100 in (2, 5)

    async def _submit(self, letter: Letter, raw: bytes) -> tuple[Outcome, int, str]:
        config = self._world.config
        try:
            _errors, text = await aiosmtplib.send(
                raw,
                sender=letter.author.mailbox,
                recipients=[parseaddr(letter.to)[1]],
                hostname=config.gateway_mail_host,
                port=config.gateway_mail_port,
                start_tls=False,
                timeout=config.timings.callback_deadline,
            )
        except aiosmtplib.SMTPRecipientsRefused as error:
            refusal = error.recipients[0]
            return Outcome.REFUSED, refusal.code, refusal.message
        except aiosmtplib.SMTPResponseException as error:
            return Outcome.REFUSED, error.code, error.message
        except (aiosmtplib.SMTPException, OSError) as error:
            return Outcome.UNREACHABLE, 0, str(error)
        return Outcome.TAKEN, 250, text


class Inbox:
    """What the product's mail server talks to; aiosmtpd calls these by name."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._senders = {account.settings["mailbox"].lower(): account for account in world.config.of_kind("email")}

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take mail for the customers only."""
        if not address.lower().endswith(f"@{MAIL_DOMAIN}"):
            return self._refuse(address, "550 5.1.1 no such user here")
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Take a mail over, in the manner that is set."""
        manner = self._world.manners["email"]
        if manner.answers in _REFUSALS:
            return self._refuse("inbox", _REFUSALS[manner.answers])
        if manner.answers is Answers.SLOW:
            await asyncio.sleep(manner.seconds)
        if manner.answers is Answers.CUT:
            return _hang_up(server)
        told = self._take(envelope)
        return _hang_up(server) if manner.answers is Answers.LOST else told

    def _take(self, envelope: Envelope) -> str:
        mail = message_from_bytes(_bytes(envelope.content), policy=default)
        account = self._senders.get(parseaddr(str(mail["From"]))[1].lower())
        if account is None:
            return self._refuse(str(mail["From"]), "550 5.7.1 this sender is not known here")
        for mailbox in envelope.rcpt_tos:
            self._world.books.write(self._heard(account, mailbox, mail))
        return "250 2.0.0 OK"

    def _heard(self, account: AccountConfig, mailbox: str, mail: EmailMessage) -> Heard:
        return Heard(
            id=new_id(),
            at=self._world.clock(),
            account=account.id,
            customer=self._world.people.with_mailbox(mailbox).name,
            kind="mail",
            key=str(mail["Message-ID"] or ""),
            subject=str(mail["Subject"] or ""),
            text=_body(mail, "plain"),
            html=_body(mail, "html"),
            medium=self._picture(account, mail),
            reply_to=str(mail["Reply-To"] or mail["From"]),
            references=str(mail["References"] or ""),
        )

    def _picture(self, account: AccountConfig, mail: EmailMessage) -> str:
        """The first attached picture, as a phone would show it."""
        for part in mail.walk():
            if part.get_content_maintype() == "image":
                return self._world.media.keep(account.id, _bytes(part.get_payload(decode=True))).id
        return ""

    def _refuse(self, where: str, answer: str) -> str:
        code, _space, text = answer.partition(" ")
        self._world.books.write(Refused(at=self._world.clock(), where=where, code=code, text=text))
        return answer


_REFUSALS = {
    Answers.ERROR: "451 4.3.0 try again later",
    Answers.BUSY: "450 4.7.1 too many messages, slow down",
    Answers.HTML: "550 5.7.1 rejected as spam",
}


def _hang_up(server: SMTP) -> str:
    """Drop the line; what is returned can no longer be written."""
    if server.transport is not None:
        server.transport.close()
    return "421 4.3.0 gone"


def _bytes(content: object) -> bytes:
    return content if isinstance(content, bytes) else b""


def _body(mail: EmailMessage, kind: str) -> str:
    body: Any = mail.get_body(preferencelist=(kind,))
    return str(body.get_content()) if body is not None else ""


def _bare(subject: str) -> str:
    return subject.removeprefix("Re: ")


@asynccontextmanager
async def open_inbox(world: World) -> AsyncIterator[None]:
    """Listen for the product's mail for the length of the `async with`."""
    loop = asyncio.get_running_loop()
    inbox = Inbox(world)
    server = await loop.create_server(
        lambda: SMTP(inbox, hostname="mx.customer.example", enable_SMTPUTF8=True),
        host=world.config.host,
        port=world.config.inbox_port,
    )
    async with server:
        yield
