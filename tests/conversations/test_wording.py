"""Wordings are filled in, and say what they lack."""

import pytest

from conversations.parts import Template
from conversations.wording import Gap, Registered

PARCEL = Registered("T1", "发货", (Gap("name"), "，您的订单", Gap("order"), "已发货，", Gap("name"), "。"), once=True)


def test_each_variable_is_asked_for_once_in_reading_order() -> None:
    assert PARCEL.variables == ("name", "order")


def test_what_the_customer_reads_is_the_wording_with_its_values() -> None:
    assert PARCEL.filled({"order": "42", "name": "李雷", "else": "x"}) == Template(
        name="T1", words="李雷，您的订单42已发货，李雷。", values=(("name", "李雷"), ("order", "42")), once=True
    )


def test_a_missing_value_is_an_error() -> None:
    with pytest.raises(KeyError):
        PARCEL.filled({"name": "李雷"})
