"""Reading numbers as providers and people write them."""

import pytest

from channels.sms.phones import e164


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("13800138000", "+8613800138000"),
        ("8613800138000", "+8613800138000"),
        ("+86 138-0013-8000", "+8613800138000"),
        ("0086 13800138000", "+8613800138000"),
        ("85291234567", "+85291234567"),
        ("+14155552671", "+14155552671"),
    ],
)
def test_numbers_have_one_form(written: str, number: str) -> None:
    assert e164(written, "CN") == number


@pytest.mark.parametrize("written", ["", "12", "1069", "abc", "1381111****"])
def test_what_is_no_number_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="not a phone number"):
        e164(written, "CN")
