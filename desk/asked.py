"""Reading a wish out of a message: a tap, or one of the words for it and hardly anything else."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from conversations.language import guess_language, nearest
from conversations.parts import Choice, Html, Menu, Option, Part, Text
from conversations.wishes import Wish
from desk.zones import zone_named
from routing.rulebook.words import WordLists, folded

LONGEST = 60
"""Characters; whoever says more speaks about their matter."""

_OPTION = "line-"
"""What the ids of options begin with."""

_AROUND = " \t\n.。!！,，:：?？~"

_TIME = re.compile(r"(?<!\d)([01]?\d|2[0-3])[:：]([0-5]\d)(?!\d)")

_PHONE = re.compile(r"(?<!\d)\+?\d[\d \-]{5,18}\d(?!\d)")


@dataclass(frozen=True)
class Asked:
    """What a customer asks for, in their own words, and in which zone they are if their browser said so."""

    wish: Wish
    words: str
    zone: ZoneInfo | None = None


class AskingWords:
    """The words that ask, by what they ask for."""

    def __init__(self, lists: WordLists) -> None:
        self._lists = {wish: lists.get(wish, ()) for wish in Wish}
        self._wish_of = {folded(word).strip(_AROUND): wish for wish, words in self._lists.items() for word in words}

    def wish_in(self, said: str) -> Wish | None:
        """What somebody asks for who says this and nothing else; a call-back may be asked for with when and where."""
        text = folded(said).strip(_AROUND)
        return self._wish_of.get(text) or self._wish_of.get(_without_details(text), None)

    def shown(self, wish: Wish, language: str) -> str:
        """The first word for it in this language, or else the first there is; empty when there is none."""
        words = self._lists[wish]
        fits = (word for word in words if nearest(guess_language(word)) == nearest(language))
        return next(fits, next(iter(words), ""))


def _without_details(text: str) -> str:
    return _PHONE.sub("", _TIME.sub("", text)).strip(_AROUND)


def read_wish(parts: tuple[Part, ...], words: AskingWords) -> Asked | None:
    """The wish in a message, or None when it is about something else."""
    match parts:
        case (Choice(id=chosen, label=label), *_) if chosen.startswith(_OPTION):
            wish, _, zone = chosen.removeprefix(_OPTION).partition("@")
            return Asked(Wish(wish), label, zone_named(zone)) if wish in set(Wish) else None
        case (Text(text=said), *rest) if len(said) <= LONGEST and all(isinstance(each, Html) for each in rest):
            found = words.wish_in(said)
            return None if found is None else Asked(found, said)
        case _:
            return None


def menu(text: str, labels: Iterable[tuple[str, str]]) -> Menu:
    """The wishes as something to tap on."""
    return Menu(text=text, options=tuple(Option(f"{_OPTION}{wish}", label) for wish, label in labels))


def next_time(text: str, now: datetime, zone: ZoneInfo) -> datetime | None:
    """When it is next the time of day that a text names, if it names one."""
    found = _TIME.search(text)
    if found is None:
        return None
    local = now.astimezone(zone)
    named = local.replace(hour=int(found[1]), minute=int(found[2]), second=0, microsecond=0)
    return (named if named > local else named + timedelta(days=1)).astimezone(now.tzinfo)


def phone_in(text: str) -> str:
    """The number that somebody left, as they wrote it; empty when there is none."""
    found = _PHONE.search(_TIME.sub("", text))
    return found[0] if found else ""
