"""Templates as operators list them in an account's settings: copied from the provider's page, one below the other.

    # SMS_154950909 发货通知
    您的订单${order}已发货，预计${day}送达。

A line of `#`, the provider's name and a title for people begins each. Its wording follows, with the variables as the
provider writes them.
"""

import re
from typing import Any

from channels.config import setting
from conversations.wording import Gap, Registered

_HEADING = re.compile(r"^#[^\S\n]+(\S+)[^\S\n]*(.*)$", re.MULTILINE)


def templates_setting(help: str) -> Any:
    """The setting that lists some."""
    return setting(help, default="", lines=True)


def read_registered(text: str, variable: re.Pattern[str], *, once: bool = False) -> tuple[Registered, ...]:
    """The templates in such a setting, in its order. The pattern's one group is a variable's name."""
    _, listed = _listed(text)
    return tuple(
        Registered(name, title.strip() or name, _pieces(words.strip(), variable), once) for name, title, words in listed
    )


def registered_problems(setting: str, text: str) -> dict[str, bool]:
    """Each problem there may be, and whether it is fine."""
    before, listed = _listed(text)
    names = [name for name, _title, _words in listed]
    silent = ", ".join(name for name, _title, words in listed if not words.strip())
    twice = ", ".join(sorted({name for name in names if names.count(name) > 1}))
    return {
        f"{setting}: begin each template with a line of #, its id and a title": not before,
        f"{setting}: {silent} has no wording below its line": not silent,
        f"{setting}: {twice} is there twice": not twice,
    }


def _listed(text: str) -> tuple[str, list[tuple[str, str, str]]]:
    """What stands before the first heading; then name, title and words of each."""
    before, *rest = _HEADING.split("\n".join(text.splitlines()))
    return before.strip(), list(zip(rest[::3], rest[1::3], rest[2::3], strict=True))


def _pieces(words: str, variable: re.Pattern[str]) -> tuple[str | Gap, ...]:
    """Words and gaps take turns in what `split` finds."""
    pieces = (Gap(piece) if place % 2 else piece for place, piece in enumerate(variable.split(words)))
    return tuple(piece for piece in pieces if piece)
