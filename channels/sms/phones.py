"""Phone numbers in one form: E.164."""

import re

from phonenumbers import (
    NumberParseException,
    PhoneNumber,
    PhoneNumberFormat,
    ValidationResult,
    format_number,
    is_possible_number_with_reason,
    is_valid_number,
    parse,
)

_WRITTEN = re.compile(r"[\d\s()+.-]+")
"""The library would read masked numbers, 1381111****, as shorter ones."""


def e164(number: str, country: str) -> str:
    """A number as providers and people write it, with or without `+`. Raises ValueError if it cannot be one."""
    written = number if _WRITTEN.fullmatch(number) else ""
    readings = [found for text in (written, f"+{written}") if (found := _parsed(text, country))]
    valid = filter(is_valid_number, readings)
    possible = filter(_has_the_right_length, readings)
    chosen = next(valid, None) or next(possible, None)
    if chosen is None:
        raise ValueError(f"{number!r} is not a phone number")
    return format_number(chosen, PhoneNumberFormat.E164)


def _parsed(text: str, country: str) -> PhoneNumber | None:
    try:
        return parse(text, country)
    except NumberParseException:
        return None


def _has_the_right_length(number: PhoneNumber) -> bool:
    """Enough for a mobile prefix that is newer than the library."""
    return is_possible_number_with_reason(number) == ValidationResult.IS_POSSIBLE
