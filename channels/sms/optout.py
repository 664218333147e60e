"""Words with which customers refuse further messages, or ask for them again: only where they are the whole text."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from conversations.inbound import ContactChange, ContactChanged, InboundMessage


@dataclass(frozen=True)
class ChangeWords:
    """What customers of a market write to leave and to come back, as `_bare` writes it."""

    leave: frozenset[str]
    come_back: frozenset[str]


_EVERYWHERE = ChangeWords(
    leave=frozenset(
        ("stop", "stopall", "unsubscribe", "unsub", "quit", "cancel", "end", "optout", "opt-out", "revoke")
    ),
    come_back=frozenset(("start", "unstop", "subscribe")),
)
"""Those that carriers and Twilio know. YES, which Twilio takes too, is an answer to too many questions."""

_CHINESE = ChangeWords(
    leave=frozenset(("t", "td", "tt", "r", "n", "退订", "退", "拒收", "取消订阅", "退訂", "取消訂閱")),
    come_back=frozenset(("订阅", "恢复订阅", "訂閱", "恢復訂閱")),
)
"""Messages of mainland China end with 拒收请回复R, formerly 回T退订."""

_MARKETS: Mapping[str, tuple[ChangeWords, ...]] = {
    "CN": (_EVERYWHERE, _CHINESE),
    "HK": (_EVERYWHERE, _CHINESE),
    "MO": (_EVERYWHERE, _CHINESE),
    "TW": (_EVERYWHERE, _CHINESE),
}

_SEPARATORS = re.compile(r"[,;，；、\n]+")
_EDGES = "PSZC"
"""Punctuation, symbols, spaces and controls: what may stand around the word."""


def change_words(country: str, more: str = "") -> ChangeWords:
    """The words of a market (ISO 3166), and `more` of an account's own that mean to leave, separated by commas."""
    known = _MARKETS.get(country, (_EVERYWHERE,))
    own = filter(None, map(_bare, _SEPARATORS.split(more)))
    return ChangeWords(
        leave=frozenset(own).union(*(words.leave for words in known)),
        come_back=frozenset[str]().union(*(words.come_back for words in known)),
    )


def change_of(text: str, words: ChangeWords) -> ContactChange | None:
    """What a text asks for; None for a message like any other."""
    bare = _bare(text)
    if bare in words.leave:
        return ContactChange.OPTED_OUT
    return ContactChange.OPTED_IN if bare in words.come_back else None


def heeded(message: InboundMessage, text: str, words: ChangeWords) -> InboundMessage | ContactChanged:
    """The message with this text, or the change that it asks for."""
    change = change_of(text, words)
    return changed(message, text, change) if change else message


def changed(message: InboundMessage, text: str, change: ContactChange) -> ContactChanged:
    """What a message with this text means, instead of the message."""
    return ContactChanged(
        key=message.key,
        address=message.address,
        change=change,
        occurred_at=message.occurred_at,
        detail=text,
        key_lasts=message.key_lasts,
    )


def _bare(text: str) -> str:
    """Without the forms of East Asian keyboards, without case, without what stands around it."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    start, end = 0, len(folded)
    while start < end and _is_edge(folded[start]):
        start += 1
    while end > start and _is_edge(folded[end - 1]):
        end -= 1
    return folded[start:end]


def _is_edge(character: str) -> bool:
    return unicodedata.category(character)[0] in _EDGES
