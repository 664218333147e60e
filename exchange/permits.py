"""Permits: what the ledgers allow is sent; what they forbid is refused before the provider hears of it."""

from datetime import datetime

from channels.contract import Capabilities, Rate
from conversations.errors import OptedOut, Overtaken, SendError, TooOften, WindowClosed
from conversations.message import Delivery, DeliveryState
from conversations.parts import Template
from exchange import receipts
from storage import consents, deliveries, mailboxes, robots, windows
from storage.database import Transaction

NO_WINDOW = "The provider lets us write only for a while after the customer did. Wait for them, or send a template."
NO_CONSENT = "The customer has not allowed another message of this template."
UNWANTED = "The customer has opted out of what they did not ask for."


def permit(transaction: Transaction, row: Delivery, can: Capabilities | None, now: datetime) -> bool:
    """Whether a claimed row may go; what it takes from a ledger is taken. A row that may not is at its end.

    `can` is None when the account is gone.
    """
    unwanted = _unwanted(transaction, row, can, now) if row.automatic else None
    if unwanted is not None:
        return _refuse(transaction, row, DeliveryState.SUPPRESSED, unwanted, now)
    if isinstance(row.part, Template):
        if row.part.once and not consents.spend(transaction, row.account_id, row.address, row.part.name):
            return _refuse(transaction, row, DeliveryState.FAILED, WindowClosed(NO_CONSENT), now)
    elif can is not None and can.windows:
        return _spend_window(transaction, row, now)
    return True


def give_back(transaction: Transaction, row: Delivery) -> None:
    """The provider did not take the row: what it took from a ledger is there again."""
    if row.spent:
        windows.give_back(transaction, row.account_id, row.address, row.spent)
    if isinstance(row.part, Template) and row.part.once:
        consents.grant(transaction, row.account_id, row.address, row.part.name, 1)


def _unwanted(transaction: Transaction, row: Delivery, can: Capabilities | None, now: datetime) -> SendError | None:
    """What stands against a part that no person wrote."""
    if consents.has_opted_out(transaction.connection, row.account_id, row.address):
        return OptedOut(UNWANTED)
    if mailboxes.is_overtaken(transaction.connection, row.message_id, row.conversation_id):
        return Overtaken()
    # A further attempt is the same part: it was counted.
    if can is not None and can.automatic is not None and row.attempt == 1:
        return _too_often(transaction, row, can.automatic, now)
    return None


def _too_often(transaction: Transaction, row: Delivery, most: Rate, now: datetime) -> TooOften | None:
    counts = (
        robots.count(transaction, row.account_id, whom, now, most.within) for whom in (row.address, row.conversation_id)
    )
    if max(counts) <= most.parts:
        return None
    return TooOften(f"More than {most.parts} automatic messages within {most.within}: a robot may be answering.")


def _spend_window(transaction: Transaction, row: Delivery, now: datetime) -> bool:
    spent = windows.spend(transaction, row.account_id, row.address, now)
    if spent is None:
        return _refuse(transaction, row, DeliveryState.FAILED, WindowClosed(NO_WINDOW), now)
    deliveries.change(transaction, row.id, {"spent": spent})
    return True


def _refuse(transaction: Transaction, row: Delivery, state: DeliveryState, error: SendError, now: datetime) -> bool:
    receipts.end(transaction, row, state, error, now)
    return False
