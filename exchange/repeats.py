"""Keys that senders use again: what comes again soon is the same news, later it is other news.

The database decides, so that two processes that are given one message in the same instant store it once.
"""

from dataclasses import replace
from typing import TypeVar

from conversations.ids import AccountId
from conversations.inbound import ContactChanged, InboundMessage
from exchange.arrivals import Arrival
from storage import provider_events
from storage.database import Transaction
from storage.provider_events import ProviderEvent

News = TypeVar("News", bound=InboundMessage | ContactChanged)


def told_apart(transaction: Transaction, news: list[tuple[Arrival, News]]) -> list[tuple[Arrival, News]]:
    """The same news without what came again; what has a key that is used again gets one of its own."""
    passing = [each for each in news if each[1].key_lasts is not None]
    if not passing:
        return news
    # In one order everywhere: processes with the same messages must not wait for one another in a circle.
    repeated = [each for each in sorted(passing, key=_name) if not _is_first(transaction, *each)]
    return [_with_own_key(*each) for each in news if not any(each is one for one in repeated)]


def _name(each: tuple[Arrival, InboundMessage | ContactChanged]) -> tuple[AccountId, str]:
    return each[0].account_id, each[1].key


def _is_first(transaction: Transaction, arrival: Arrival, event: InboundMessage | ContactChanged) -> bool:
    assert event.key_lasts is not None  # noqa: S101  # that is how the caller chose them
    memory = ProviderEvent(
        account_id=arrival.account_id,
        key=event.key,
        name="key",
        address=event.address,
        raw="",
        occurred_at=arrival.received_at,
    )
    return provider_events.claim(transaction, memory, event.key_lasts)


def _with_own_key(arrival: Arrival, event: News) -> tuple[Arrival, News]:
    if event.key_lasts is None:
        return arrival, event
    return arrival, replace(event, key=f"{event.key} {arrival.received_at.isoformat()}")
