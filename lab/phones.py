"""Phone numbers as Aliyun writes them: bare in the mainland, with the country in front elsewhere."""

import re

MAINLAND = re.compile(r"(?:\+86|0086|86)?(1[3-9]\d{9})")
ABROAD = re.compile(r"(?:\+|00)?([2-9]\d{6,14})")


def read_phone(written: str) -> str:
    """The number in E.164 form; empty if it is none."""
    if found := MAINLAND.fullmatch(written):
        return f"+86{found[1]}"
    if found := ABROAD.fullmatch(written):
        return f"+{found[1]}"
    return ""


def write_phone(number: str) -> str:
    """A number in E.164 form, as callbacks name it."""
    return number.removeprefix("+86").removeprefix("+")
