"""Visitors of a web chat who are gone: what a person answered them follows to the mailbox that they left.

Two things must be so long ago: their line was open, and the answer came. Whoever comes back in between has seen it, and
nothing is sent. That mail went, and which, stands on the parts that it carries, so that none goes twice.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from conversations.address import Address
from conversations.clock import Clock
from conversations.conversation import Conversation
from conversations.events import Event, EventKind
from conversations.ids import AccountId
from conversations.message import Delivery, Message
from conversations.parts import Media, Part, Text, plain_text
from exchange import outbox
from exchange.accounts import AccountBook, Endpoint
from storage import conversations, deliveries, mailboxes, visitors
from storage.database import Database, Transaction
from storage.mailboxes import Mailbox
from templates.renderer import render_shipped

AWAY = timedelta(minutes=3)
"""How long a visitor must be gone, and an answer unseen. Longer than between two notes that a line is open."""

FORGOTTEN = timedelta(days=30)
"""Whoever was not here for so long is not written to any more, and what they typed is thrown away."""

CHAT, MAIL = "webchat", "email"
"""The kinds of account that visitors come to, and that mail goes out by."""

MAILS_FROM = "mails_from"
"""The setting of a chat that names the mailbox of the account by which its mail goes out."""


class Absence:
    """Sends after visitors what they did not see."""

    def __init__(self, database: Database, accounts: AccountBook, clock: Clock, language: str) -> None:
        self._database = database
        self._accounts = accounts
        self._clock = clock
        self._language = language

    def sender(self, chat: AccountId) -> Endpoint | None:
        """The account that mail of a chat goes out by: the one with the mailbox it names, or else the oldest.

        Without one, and while it is paused, nothing is sent.
        """
        endpoint = self._accounts.get(chat)
        wanted = "" if endpoint is None else endpoint.account.settings.get(MAILS_FROM, "")
        return next((each for each in self._accounts.listed(MAIL) if _sends(each, wanted)), None)

    async def gone(self) -> list[Address]:
        """Who is gone and has not seen an answer."""
        chats = [each.account.id for each in self._accounts.listed(CHAT) if self.sender(each.account.id)]
        if not chats:
            return []
        return await self._database.read(mailboxes.gone, chats, self._clock() - AWAY)

    async def forget(self) -> None:
        """Throw away the mailboxes of those who do not come any more."""
        await self._database.write(mailboxes.forget, self._clock() - FORGOTTEN)

    async def follow(self, visitor: Address) -> None:
        """Send a visitor what they have not seen. Doing it twice sends it once."""
        await self._database.write(self._follow, visitor, self._clock())

    def _follow(self, transaction: Transaction, visitor: Address, now: datetime) -> None:
        # In the order of intake, which holds a conversation when it writes down a mailbox.
        found = visitors.conversation_of(transaction.connection, visitor)
        conversation = None if found is None else conversations.lock(transaction, found)
        left = mailboxes.lock(transaction, visitor)
        if conversation is None or left is None or left.seen_at > now - AWAY:
            return
        sender, unseen = self.sender(left.account_id), mailboxes.unseen(transaction, left, conversation.id)
        if sender is not None and unseen:
            parts = deliveries.many(transaction.connection, unseen)
            self._send(transaction, sender, left, conversation, [parts[each] for each in unseen], now)

    def _send(
        self,
        transaction: Transaction,
        sender: Endpoint,
        left: Mailbox,
        conversation: Conversation,
        unseen: Sequence[Delivery],
        now: datetime,
    ) -> None:
        language = conversation.language or self._language
        by_mail = replace(
            conversation,
            account_id=sender.account.id,
            address=left.mailbox,
            subject=conversation.subject or _subject(language),
        )
        letter = _letter([each.part for each in unseen], language)
        draft = outbox.automatic(by_mail, letter, sender.channel.plan(letter), "absence", f"absence-{unseen[0].id}")
        mail = outbox.post(transaction, by_mail, draft, now, trace=unseen[0].id)
        # What comes back, and what is answered by mail from now on, has the same subject.
        conversations.change(transaction, conversation.id, {"subject": by_mail.subject})
        mailboxes.send_to(transaction, left.address, conversation.id)
        mailboxes.mail(transaction, [each.id for each in unseen], mail.id)
        for message_id in dict.fromkeys(each.message_id for each in unseen):
            transaction.emit(_mailed(replace(mail, id=message_id), now))


def _sends(endpoint: Endpoint, wanted: str) -> bool:
    mailbox = endpoint.account.settings["mailbox"]
    return not endpoint.account.paused and wanted.lower() in ("", mailbox.lower())


def _letter(parts: Sequence[Part], language: str) -> tuple[Part, ...]:
    files = [part for part in parts if isinstance(part, Media)]
    said = [plain_text((part,)) for part in parts if not isinstance(part, Media)]
    words = {"words": "\n\n".join(filter(None, said)), "files": len(files)}
    return (Text(render_shipped("absence/letter.txt", language, words)), *files)


def _subject(language: str) -> str:
    return render_shipped("absence/subject.txt", language, {})


def _mailed(message: Message, now: datetime) -> Event:
    return Event(
        kind=EventKind.MESSAGE_CHANGED,
        at=now,
        actor="system",
        conversation_id=message.conversation_id,
        message_id=message.id,
        contact_id=message.contact_id,
        reason="sent by e-mail: the visitor is gone",
    )
