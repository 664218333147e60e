"""Mailboxes that visitors left: remembered as their claim, proved by an answer from there."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from conversations.address import Address
from conversations.inbound import InboundMessage
from exchange.arrivals import Arrival, Heard
from storage import mailboxes
from storage.database import Transaction
from storage.mailboxes import Mailbox

Said = Sequence[tuple[Arrival, InboundMessage]]


def remember(transaction: Transaction, heard: Sequence[Heard]) -> None:
    """Write down where visitors say that they can be written to. It links nobody."""
    named = [
        Mailbox(
            address=each.message.address,
            account_id=each.account_id,
            mailbox=each.message.mailbox,
            seen_at=each.received_at,
        )
        for each in heard
        if each.message.mailbox is not None
    ]
    if named:
        mailboxes.leave(transaction, named)


def proved(transaction: Transaction, said: Said) -> Said:
    """The same messages; one that comes from a mailbox with the token that was sent there proves whose it is."""
    tokens = {message.thread.token for _, message in said if message.thread and message.thread.token}
    if not tokens:
        return said
    senders = {message.address for _, message in said}
    visitors = mailboxes.answered(transaction.connection, senders, tokens)
    return [(arrival, _with_evidence(message, visitors)) for arrival, message in said]


def _with_evidence(message: InboundMessage, visitors: Mapping[tuple[Address, str], Address]) -> InboundMessage:
    token = message.thread.token if message.thread else ""
    visitor = visitors.get((message.address, token))
    return message if visitor is None else replace(message, evidence=(*message.evidence, visitor))
