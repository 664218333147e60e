"""How customers came in: the conversation that they open soon after knows the code or the link."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from conversations.address import Address
from conversations.ids import AccountId
from conversations.inbound import ContactChange, ContactChanged
from exchange.arrivals import Arrival, Heard
from storage import entries
from storage.database import Transaction
from storage.entries import Entry

SOON = timedelta(days=1)
"""Who writes later than that does not write because of the code."""


def note(transaction: Transaction, news: Sequence[tuple[Arrival, ContactChanged]]) -> None:
    """Remember who came by which scene."""
    came = [
        Entry(
            account_id=arrival.account_id,
            address=event.address,
            scene=event.detail,
            entered_at=arrival.received_at,
        )
        for arrival, event in news
        if event.change is ContactChange.FOLLOWED and event.detail
    ]
    entries.note(transaction, came)


def scenes(transaction: Transaction, opening: Sequence[Heard]) -> Mapping[tuple[AccountId, Address], str]:
    """By which scene these came in, where their message does not say it."""
    silent = [each for each in opening if not each.message.source]
    if not silent:
        return {}
    since = min(each.received_at for each in silent) - SOON
    came = entries.since(transaction.connection, {each.message.address for each in silent}, since)
    return {(each.account_id, each.address): each.scene for each in came}
