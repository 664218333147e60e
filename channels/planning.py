"""Making a message fit its channel: long text is split, what has no form becomes text, nothing is dropped silently."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import replace

from channels.contract import Capabilities, TextUnit
from conversations.errors import NotSendable
from conversations.parts import Album, Choice, Html, Link, Location, Media, Menu, Part, Segment, Template, Text

_CODECS = {TextUnit.BYTES: ("utf-8", 1), TextUnit.UTF16: ("utf-16-le", 2), TextUnit.CODE_POINTS: ("utf-32-le", 4)}
"""An encoding whose bytes count each unit, and how many bytes one unit has."""

_BREAKS = tuple(map(re.compile, (r"\n\s*\n", r"\n", r"[。！？…；]|[.!?;]\s", r"\s|[，、：,]")))
"""Where people would break a text, the best place first: paragraph, line, sentence, word."""

_ZERO_WIDTH_JOINER = "\u200d"
_SKIN_TONES = ("\U0001f3fb", "\U0001f3ff")
_TAGS = ("\U000e0020", "\U000e007f")
_FLAG_LETTERS = ("\U0001f1e6", "\U0001f1ff")


def plan(parts: tuple[Part, ...], can: Capabilities) -> tuple[Part, ...]:
    """The parts as this channel carries them, in order. Raises `NotSendable` for what cannot be carried."""
    if any(isinstance(part, Text) for part in parts):
        parts = tuple(part for part in parts if not isinstance(part, Html))
    planned = tuple(fitting for part in parts for fitting in _fit(part, can))
    if not planned:
        raise NotSendable("There is nothing to send.")
    return planned


def split_text(text: str, limit: int, unit: TextUnit) -> list[str]:
    """Pieces of at most `limit` units that make up the text again; no visible character is torn apart."""
    pieces = []
    while measure(text[: limit + 1], unit) > limit:
        cut = _place_to_cut(text, _fitting(text, limit, unit))
        pieces.append(text[:cut])
        text = text[cut:]
    return [*pieces, text]


def measure(text: str, unit: TextUnit) -> int:
    """The length of a text as the provider counts it."""
    codec, width = _CODECS[unit]
    return len(text.encode(codec)) // width


def _fit(part: Part, can: Capabilities) -> list[Part]:
    match part:
        case Text():
            return _texts(part.text, can)
        case Menu():
            return _menu(part, can)
        case Link():
            return [part] if can.links else _texts(_link_words(part), can)
        case Location():
            return [part] if can.locations else _texts(_location_words(part), can)
        case Media():
            return [_carried(part, can)]
        case Template():
            return [part] if can.templates else _texts(part.words, can)
        case Album():
            raise NotSendable("Files are gathered by their channel, not before.")
        case Segment():
            raise NotSendable("Texts are divided by their channel, not before.")
        case Choice():
            raise NotSendable("A choice is what customers send; it cannot be sent to them.")
        case Html():
            raise NotSendable("Formatted text needs plain words beside it.")


def _texts(text: str, can: Capabilities) -> list[Part]:
    if not text.strip():
        return []
    return [Text(piece) for piece in split_text(text, can.text_limit, can.text_unit)]


def _menu(menu: Menu, can: Capabilities) -> list[Part]:
    if not can.menus or len(menu.options) > can.menu_options or _longest(menu) > can.option_length:
        return _texts(_menu_words(menu), can)
    *before, last = split_text(menu.text, can.text_limit, can.text_unit)
    return [*map(Text, before), replace(menu, text=last)]


def _longest(menu: Menu) -> int:
    return max((len(option.label) for option in menu.options), default=0)


def _menu_words(menu: Menu) -> str:
    numbered = (f"{number}. {option.label}" for number, option in enumerate(menu.options, start=1))
    return "\n".join(filter(None, (menu.text, *numbered)))


def _link_words(link: Link) -> str:
    return "\n".join(filter(None, (link.title, link.description, link.url)))


def _location_words(location: Location) -> str:
    return "\n".join(filter(None, (location.label, f"{location.latitude},{location.longitude}")))


def _carried(media: Media, can: Capabilities) -> Media:
    limit = can.media.get(media.type)
    if limit is None:
        raise NotSendable(f"This channel carries no {media.type}.")
    if limit.mimes and media.mime not in limit.mimes:
        known = ", ".join(sorted(limit.mimes))
        raise NotSendable(f"This channel does not carry {media.mime or 'files without a type'}, only {known}.")
    if media.size > limit.max_bytes:
        raise NotSendable(f"The {media.type} has {media.size} bytes; this channel carries up to {limit.max_bytes}.")
    return media


def _fitting(text: str, limit: int, unit: TextUnit) -> int:
    """How many characters of the text fit, without regard to what they look like."""
    codec, width = _CODECS[unit]
    return len(text[:limit].encode(codec)[: limit * width].decode(codec, errors="ignore"))


def _place_to_cut(text: str, longest: int) -> int:
    """The best place in the second half of what fits; failing that the last one that tears nothing."""
    for pattern in _BREAKS:
        ends = [end for end in _ends(pattern, text, longest) if end > longest // 2 and not joined(text, end)]
        if ends:
            return ends[-1]
    whole = (place for place in range(longest, 0, -1) if not joined(text, place))
    return next(whole, longest)


def _ends(pattern: re.Pattern[str], text: str, longest: int) -> Iterator[int]:
    return (match.end() for match in pattern.finditer(text, 0, longest))


def joined(text: str, place: int) -> bool:
    """Whether the characters before and after this place are drawn as one (a simplification of UAX 29)."""
    before, after = text[place - 1], text[place]
    return (
        _extends(after)
        or before == _ZERO_WIDTH_JOINER
        or (before, after) == ("\r", "\n")
        or (_within(after, _FLAG_LETTERS) and _flag_letters_before(text, place) % 2 == 1)
    )


def _extends(character: str) -> bool:
    return (
        character == _ZERO_WIDTH_JOINER
        or unicodedata.category(character).startswith("M")
        or _within(character, _SKIN_TONES)
        or _within(character, _TAGS)
    )


def _flag_letters_before(text: str, place: int) -> int:
    start = place
    while start and _within(text[start - 1], _FLAG_LETTERS):
        start -= 1
    return place - start


def _within(character: str, bounds: tuple[str, str]) -> bool:
    return bounds[0] <= character <= bounds[1]
