"""What the states of receipts mean."""

from datetime import UTC, datetime

import pytest

from channels.sms.receipts import State, state_of, with_change
from conversations.address import phone_address
from conversations.inbound import ContactChange, ContactChanged, Receipt, ReceiptStatus

ADDRESS = phone_address("+8613800138000")
AT = datetime(2026, 11, 21, tzinfo=UTC)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("DELIVRD", State(ReceiptStatus.DELIVERED, unwanted=False)),
        ("delivrd ", State(ReceiptStatus.DELIVERED, unwanted=False)),
        ("ACCEPTD", State(ReceiptStatus.ACCEPTED, unwanted=False)),
        ("ENROUTE", State(ReceiptStatus.ACCEPTED, unwanted=False)),
        ("EXPIRED", State(ReceiptStatus.FAILED, unwanted=False)),
        ("UNDELIV", State(ReceiptStatus.FAILED, unwanted=False)),
        ("REJECTD", State(ReceiptStatus.FAILED, unwanted=False)),
        ("MK:0001", State(ReceiptStatus.FAILED, unwanted=False)),
        ("MBBLACK", State(ReceiptStatus.FAILED, unwanted=True)),
        ("black", State(ReceiptStatus.FAILED, unwanted=True)),
    ],
)
def test_states_have_one_meaning(code: str, expected: State) -> None:
    assert state_of(code) == expected


def receipt(code: str) -> Receipt:
    return Receipt(status=state_of(code).status, occurred_at=AT, external_id="7", address=ADDRESS, code=code)


def test_a_black_list_is_news_about_the_customer_too() -> None:
    told = receipt("MBBLACK")
    change = ContactChanged(
        key="MBBLACK 7 tel:+8613800138000",
        address=ADDRESS,
        change=ContactChange.OPTED_OUT,
        occurred_at=AT,
        detail="MBBLACK",
    )
    assert with_change(told, ADDRESS) == (told, change)


def test_other_failures_are_not() -> None:
    assert with_change(receipt("UNDELIV"), ADDRESS) == (receipt("UNDELIV"),)
