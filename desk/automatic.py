"""Automatic messages: what a rule or a queue tells a customer, marked as written by no person."""

import logging
from collections.abc import Mapping
from datetime import datetime

from conversations.conversation import Conversation
from conversations.errors import NotSendable
from conversations.language import nearest
from conversations.parts import Part, Text
from exchange import outbox
from exchange.accounts import AccountBook
from storage import contacts
from storage.database import Transaction

log = logging.getLogger(__name__)


class AutomaticReplies:
    """Says each thing once, through the outbox like everything else."""

    def __init__(self, accounts: AccountBook) -> None:
        self._accounts = accounts

    def say(
        self, transaction: Transaction, conversation: Conversation, words: Mapping[str, str], about: str, now: datetime
    ) -> None:
        """What the router has to say, once per conversation about each thing (`routing.writing.Say`)."""
        text = Text(in_language(words, conversation.language))
        self.tell(transaction, conversation, text, f"{about}-{conversation.id}", now)

    def can_tap(self, conversation: Conversation) -> bool:
        """Whether the customer can be shown a menu where they wrote last."""
        endpoint = self._accounts.get(conversation.account_id)
        return endpoint is not None and endpoint.channel.capabilities.menus

    def tell(self, transaction: Transaction, conversation: Conversation, part: Part, key: str, now: datetime) -> None:
        """Put it into the outbox, once per `key`; a channel that cannot carry it is left in peace."""
        endpoint = self._accounts.get(conversation.account_id)
        if endpoint is None or not contacts.is_reachable(transaction.connection, conversation.address):
            return
        try:
            planned = endpoint.channel.plan((part,))
        except NotSendable as error:
            log.warning("no automatic message in conversation %s: %s", conversation.id, error)
            return
        draft = outbox.automatic(conversation, (part,), planned, "router", key)
        outbox.post(transaction, conversation, draft, now, trace=conversation.id)


def in_language(words: Mapping[str, str], language: str) -> str:
    """The words in the customer's language, or else in the one there is."""
    return words.get(nearest(language)) or next(iter(words.values()))
