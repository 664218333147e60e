"""Receipts: the provider's later word moves a delivery forward, whenever it comes."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from conversations.errors import SendError
from conversations.events import Event, EventKind
from conversations.ids import AccountId, DeliveryId
from conversations.inbound import Receipt, ReceiptStatus
from conversations.message import Delivery, DeliveryState, fold, moves_forward
from storage import accounts, deliveries, messages, receipts
from storage.database import Transaction

_STATE = {
    ReceiptStatus.ACCEPTED: DeliveryState.ACCEPTED,
    ReceiptStatus.DELIVERED: DeliveryState.DELIVERED,
    ReceiptStatus.READ: DeliveryState.READ,
    ReceiptStatus.FAILED: DeliveryState.FAILED,
}


def apply(transaction: Transaction, account_id: AccountId, news: Sequence[Receipt], now: datetime) -> None:
    """Match receipts of one account with what we sent; those that are too early are parked."""
    accounts.hold(transaction, [account_id])
    by_key = deliveries.hold(transaction, (DeliveryId(each.delivery) for each in news if each.delivery))
    by_name = deliveries.hold_by_external_id(
        transaction, account_id, [each.external_id for each in news if each.external_id]
    )
    orphans = []
    for receipt in news:
        matched = _match(receipt, account_id, by_key.values(), by_name)
        if matched is None:
            orphans.append(receipt)
        else:
            step(transaction, matched, receipt, now)
    receipts.park(transaction, account_id, orphans)


def step(transaction: Transaction, delivery: Delivery, receipt: Receipt, now: datetime) -> None:
    """Move one delivery by one receipt; a word that comes too late is kept in the story only."""
    state = _STATE[receipt.status]
    current = deliveries.get(transaction.connection, delivery.id)
    if current is None or current.state is state:
        return
    if moves_forward(current.state, state):
        values: dict[str, object] = {"state": state, "changed_at": now}
        if state is DeliveryState.FAILED:
            values |= {"error_kind": "rejected", "error_code": receipt.code, "error_text": receipt.text}
        deliveries.change(transaction, delivery.id, values)
        refold(transaction, current)
    tell(transaction, current, state, now, actor="provider", reason=f"{receipt.code} {receipt.text}".strip())


def refold(transaction: Transaction, delivery: Delivery) -> None:
    """Write the state of the message that this delivery is a part of."""
    parts = deliveries.of_messages(transaction.connection, [delivery.message_id])[delivery.message_id]
    messages.set_state(transaction, delivery.message_id, fold([part.state for part in parts]))


def tell(
    transaction: Transaction, delivery: Delivery, state: DeliveryState, now: datetime, actor: str, reason: str
) -> None:
    """Say in the story what happened to a delivery."""
    transaction.emit(
        Event(
            kind=EventKind.DELIVERY_CHANGED,
            at=now,
            actor=actor,
            conversation_id=delivery.conversation_id,
            message_id=delivery.message_id,
            subject_id=delivery.id,
            reason=reason,
            trace=delivery.trace,
            data={"state": state, "attempt": delivery.attempt},
        )
    )


def end(transaction: Transaction, delivery: Delivery, state: DeliveryState, error: SendError, now: datetime) -> None:
    """Write that nothing more will be tried by itself, and why."""
    deliveries.change(transaction, delivery.id, {"state": state, **error_values(error), **free(now)})
    refold(transaction, delivery)
    tell(transaction, delivery, state, now, "delivery", str(error))


def error_values(error: SendError) -> dict[str, object]:
    """What is kept of an error."""
    return {"error_kind": error.kind, "error_code": error.code, "error_text": str(error)}


def free(now: datetime) -> dict[str, object]:
    """Nobody holds the delivery any more."""
    return {"holder": "", "leased_until": None, "changed_at": now}


def _match(
    receipt: Receipt, account_id: AccountId, by_key: Iterable[Delivery], by_name: Iterable[Delivery]
) -> Delivery | None:
    for delivery in by_key:
        if delivery.id == receipt.delivery and delivery.account_id == account_id:
            return delivery
    for delivery in by_name:
        # One name may stand for a whole batch: then only the address tells the parts apart.
        if delivery.external_id == receipt.external_id and receipt.address in (None, delivery.address):
            return delivery
    return None
