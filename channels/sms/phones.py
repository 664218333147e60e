"""Phone numbers in one form: E.164."""

from phonenumbers import (
    NumberParseException,
    PhoneNumber,
    PhoneNumberFormat,
    format_number,
    is_possible_number,
    is_valid_number,
    parse,
)


def e164(number: str, country: str) -> str:
    """A number as providers and people write it, with or without `+`. Raises ValueError if it cannot be one."""
    readings = [found for text in (number, f"+{number}") if (found := _parsed(text, country))]
    valid = filter(is_valid_number, readings)
    possible = filter(is_possible_number, readings)
    chosen = next(valid, None) or next(possible, None)
    if chosen is None:
        raise ValueError(f"{number!r} is not a phone number")
    return format_number(chosen, PhoneNumberFormat.E164)


def _parsed(text: str, country: str) -> PhoneNumber | None:
    try:
        return parse(text, country)
    except NumberParseException:
        return None
