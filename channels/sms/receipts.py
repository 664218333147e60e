"""What the states in networks' receipts mean: SMPP 3.4 (5.2.28 and appendix B), CMPP 2.0 (the Stat of a report)."""

from collections.abc import Mapping
from dataclasses import dataclass

from conversations.address import Address
from conversations.inbound import ContactChange, ContactChanged, Receipt, ReceiptStatus

_STATES: Mapping[str, ReceiptStatus] = {
    "ENROUTE": ReceiptStatus.ACCEPTED,
    "ACCEPTD": ReceiptStatus.ACCEPTED,
    "ACKED": ReceiptStatus.ACCEPTED,
    "BUFFRED": ReceiptStatus.ACCEPTED,
    "DELIVRD": ReceiptStatus.DELIVERED,
    "DELIVERED": ReceiptStatus.DELIVERED,
    "EXPIRED": ReceiptStatus.FAILED,
    "DELETED": ReceiptStatus.FAILED,
    "UNDELIV": ReceiptStatus.FAILED,
    "UNKNOWN": ReceiptStatus.FAILED,
    "REJECTD": ReceiptStatus.FAILED,
}
"""What is not here has failed: carriers put codes of their own where the state belongs (MK:0001, MI:0013)."""

_BLACK = frozenset(
    (
        "MBBLACK",
        "BLACK",
        "PUBLOKD",
        "BLOCKED",
        "UNSUBSCRIBE",
        "MOBILE_IN_BLACK",
        "USER_REJECT",
        "PHONENUMBERINBLACKLIST",
    )
)
"""The customer wants no messages, or is on a list of those who want none (support.huaweicloud.com/msgsms_faq/
sms_faq_0175, and the codes of receipts of SUBMAIL and Aliyun)."""


@dataclass(frozen=True)
class State:
    """What became of a message. `unwanted`: its customer wants no messages."""

    status: ReceiptStatus
    unwanted: bool


def state_of(code: str) -> State:
    """The meaning of a state, as networks write it."""
    written = code.strip().upper()
    return State(_STATES.get(written, ReceiptStatus.FAILED), written in _BLACK)


def with_change(receipt: Receipt, address: Address) -> tuple[Receipt] | tuple[Receipt, ContactChanged]:
    """The receipt, and that the customer opted out if its code says so."""
    return (receipt, opted_out(receipt, address)) if state_of(receipt.code).unwanted else (receipt,)


def opted_out(receipt: Receipt, address: Address) -> ContactChanged:
    """The news about the customer that this receipt brings; the same for each copy of it."""
    return ContactChanged(
        key=f"{receipt.code} {receipt.delivery or receipt.external_id} {address}",
        address=address,
        change=ContactChange.OPTED_OUT,
        occurred_at=receipt.occurred_at,
        detail=receipt.code,
    )
