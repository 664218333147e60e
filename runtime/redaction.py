"""Redaction: what must not stand in a log line. Secrets go altogether, personal data keeps its outline."""

import re
from collections.abc import Callable, Iterable

HIDDEN = "***"
# Shorter values would blot out ordinary words.
SHORTEST_SECRET = 6


def _outline(match: re.Match[str]) -> str:
    text = match[0]
    return f"{text[:3]}{'*' * (len(text) - 7)}{text[-4:]}"


def _card(match: re.Match[str]) -> str:
    return _outline(match) if _luhn(match[0]) else match[0]


def _luhn(digits: str) -> bool:
    """Whether the check digit is that of a bank card."""
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits))]
    return sum(number - 9 if number > 9 else number for number in doubled) % 10 == 0


_ALONE = r"(?<![0-9A-Za-z.]){}(?![0-9A-Za-z])"

_RULES: tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...] = (
    # access_token=…, "app_secret": "…", Authorization: Bearer …, user:password@host
    (
        re.compile(
            r"""(?i)(\b(?:[\w-]*(?:secret|token|signature|password)|sign)["']?\s*[=:]\s*["']?)[^\s"'&<>,;)}\]]+"""
        ),
        rf"\g<1>{HIDDEN}",
    ),
    (re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{8,}"), rf"\g<1> {HIDDEN}"),
    (re.compile(r"(://[^\s:/@]*:)[^\s@]+@"), rf"\g<1>{HIDDEN}@"),
    (re.compile(r"([\w.+-])[\w.+-]*@(?=[\w-]+\.)"), rf"\g<1>{HIDDEN}@"),
    # An identity card: region, date of birth, number, check character.
    (re.compile(_ALONE.format(r"[1-9]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])\d{5}[\dXx]")), _outline),
    (re.compile(_ALONE.format(r"\d{16,19}")), _card),
    (re.compile(_ALONE.format(r"(?:\+\d{8,15}|(?:86)?1[3-9]\d{9})")), _outline),
)


class Redactor:
    """Cleans text of the secrets it was told and of whatever looks like personal data."""

    def __init__(self) -> None:
        self._secrets: set[str] = set()
        self._pattern = re.compile(r"(?!)")

    def hide(self, secrets: Iterable[str]) -> None:
        """Never show these values again."""
        self._secrets |= {secret for secret in secrets if len(secret) >= SHORTEST_SECRET}
        longest_first = sorted(self._secrets, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, longest_first)) or r"(?!)")

    def clean(self, text: str) -> str:
        """The same text, fit for a log."""
        text = self._pattern.sub(HIDDEN, text)
        for pattern, replacement in _RULES:
            text = pattern.sub(replacement, text)
        return text
