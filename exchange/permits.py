"""Permits: what the ledgers allow is sent; what they forbid is refused before the provider hears of it."""

from datetime import datetime

from conversations.errors import OptedOut, SendError, WindowClosed
from conversations.message import Delivery, DeliveryState
from conversations.parts import Template
from exchange import receipts
from storage import consents, deliveries, windows
from storage.database import Transaction

NO_WINDOW = "The provider lets us write only for a while after the customer did. Wait for them, or send a template."
NO_CONSENT = "The customer has not allowed another message of this template."
UNWANTED = "The customer has opted out of what they did not ask for."


def permit(transaction: Transaction, row: Delivery, *, has_windows: bool, now: datetime) -> bool:
    """Whether a claimed row may go; what it takes from a ledger is taken. A row that may not is at its end."""
    if row.automatic and consents.has_opted_out(transaction.connection, row.account_id, row.address):
        return _refuse(transaction, row, DeliveryState.SUPPRESSED, OptedOut(UNWANTED), now)
    if isinstance(row.part, Template):
        if row.part.once and not consents.spend(transaction, row.account_id, row.address, row.part.name):
            return _refuse(transaction, row, DeliveryState.FAILED, WindowClosed(NO_CONSENT), now)
    elif has_windows:
        return _spend_window(transaction, row, now)
    return True


def give_back(transaction: Transaction, row: Delivery) -> None:
    """The provider did not take the row: what it took from a ledger is there again."""
    if row.spent:
        windows.give_back(transaction, row.account_id, row.address, row.spent)
    if isinstance(row.part, Template) and row.part.once:
        consents.grant(transaction, row.account_id, row.address, row.part.name, 1)


def _spend_window(transaction: Transaction, row: Delivery, now: datetime) -> bool:
    spent = windows.spend(transaction, row.account_id, row.address, now)
    if spent is None:
        return _refuse(transaction, row, DeliveryState.FAILED, WindowClosed(NO_WINDOW), now)
    deliveries.change(transaction, row.id, {"spent": spent})
    return True


def _refuse(transaction: Transaction, row: Delivery, state: DeliveryState, error: SendError, now: datetime) -> bool:
    receipts.end(transaction, row, state, error, now)
    return False
