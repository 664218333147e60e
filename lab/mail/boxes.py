"""Mail on the customers' side: an inbox for @customer.example, and what customers send to the product's listener."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from email.utils import parseaddr
from typing import Any

from aiosmtpd.smtp import SMTP, Session
from aiosmtpd.smtp import Envelope as Received

from conversations.ids import new_id
from lab.books import Heard, Refused, Said
from lab.config import AccountConfig
from lab.mail.absence import REFUSALS as UNREADABLE
from lab.mail.absence import Absence, Mailstates, State
from lab.mail.carrier import Carrier, Envelope
from lab.mail.reports import MailReports, Taken
from lab.mail.writing import Letter, write
from lab.misbehaviour import Answers
from lab.people import MAIL_DOMAIN
from lab.world import CannotSay, Delivery, Saying, World


class Mailboxes:
    """The mail program of the customers."""

    def __init__(self, world: World, carrier: Carrier) -> None:
        self._world = world
        self._carrier = carrier

    def say(self, saying: Saying) -> tuple[Said, Delivery]:
        """Write a mail, and hand it to the product's listener."""
        letter = self._letter(saying)
        mail = write(letter, saying.style)
        said = self._said(saying, letter, mail)
        self._world.books.write(said)
        to = parseaddr(letter.to)[1]
        envelope = Envelope(about=said.id, sender=letter.author.mailbox, to=to, raw=mail.as_bytes())
        return said, self._carrier.deliver(envelope)

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


class Inbox:
    """What the product's mail server talks to; aiosmtpd calls these by name."""

    def __init__(self, world: World, states: Mailstates, reports: MailReports, absence: Absence) -> None:
        self._world = world
        self._states = states
        self._reports = reports
        self._absence = absence
        self._senders = {account.settings["mailbox"].lower(): account for account in world.config.of_kind("email")}

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Received, address: str, options: list[str]
    ) -> str:
        """Take mail for the customers only, as long as they can read it."""
        state = self._states.of(address) if address.lower().endswith(f"@{MAIL_DOMAIN}") else State.GONE
        if state in UNREADABLE:
            return self._refuse(address, UNREADABLE[state])
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Received) -> str:
        """Take a mail over, in the manner that is set."""
        manner = self._world.manners["email"]
        if manner.answers in _REFUSALS:
            return self._refuse("inbox", _REFUSALS[manner.answers])
        if manner.answers is Answers.SLOW:
            await asyncio.sleep(manner.seconds)
        if manner.answers is Answers.CUT:
            return _hang_up(server)
        told = await self._take(envelope)
        return _hang_up(server) if manner.answers is Answers.LOST else told

    async def _take(self, envelope: Received) -> str:
        mail = message_from_bytes(_bytes(envelope.content), policy=default)
        account = self._senders.get(parseaddr(str(mail["From"]))[1].lower())
        if account is None:
            return self._refuse(str(mail["From"]), "550 5.7.1 this sender is not known here")
        for mailbox in envelope.rcpt_tos:
            heard = self._heard(account, mailbox, mail)
            self._world.books.write(heard)
            await self._react(heard, mailbox, mail, envelope)
        return "250 2.0.0 OK"

    async def _react(self, heard: Heard, mailbox: str, mail: EmailMessage, envelope: Received) -> None:
        """What comes back by itself: reports of the server, the answer of somebody who is away."""
        sender = (envelope.mail_from or "").removeprefix("<>")
        head = _bytes(envelope.content).partition(b"\r\n\r\n")[0].decode("ascii", errors="replace")
        taken = Taken(heard=heard, sender=sender, recipient=mailbox, headers=head)
        await self._reports.before_answer(taken)
        self._world.errands.run(self._reports.later(taken))
        if self._states.of(mailbox) is State.AWAY:
            customer = self._world.people.with_mailbox(mailbox)
            self._world.errands.run(self._absence.answer(heard, customer, mail, sender))

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
            medium=self._attachment(account, mail),
            reply_to=str(mail["Reply-To"] or mail["From"]),
            references=str(mail["References"] or ""),
            unsubscribe=str(mail["List-Unsubscribe"] or ""),
        )

    def _attachment(self, account: AccountConfig, mail: EmailMessage) -> str:
        """The first attached picture or file, as a phone would show it."""
        for part in mail.walk():
            if part.get_content_maintype() not in ("text", "multipart"):
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
async def open_inbox(world: World, inbox: Inbox) -> AsyncIterator[None]:
    """Listen for the product's mail for the length of the `async with`."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(inbox, hostname="mx.customer.example", enable_SMTPUTF8=True),
        host=world.config.host,
        port=world.config.inbox_port,
    )
    async with server:
        yield
