"""Planning for providers that are given one short message at a time and leave the headers of long ones to us.

And counting, for all.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby

from channels.contract import Capabilities, TextUnit
from channels.planning import measure, plan, split_text
from channels.sms.text import ROOMS, Alphabet, Rooms, alphabet_of, bracketed, divide, segments
from conversations.parts import Part, Segment, Text


@dataclass(frozen=True, kw_only=True)
class Division:
    """How an account's texts become short messages: at most `most` that the phone puts together.

    `signature` (without brackets) is put before each message by `words`; the phone shows it once. `alphabet`: all
    texts travel in this one; otherwise in the cheapest.
    """

    signature: str = ""
    alphabet: Alphabet | None = None
    rooms: Rooms = field(default_factory=lambda: ROOMS)
    most: int = 10

    @property
    def text_limit(self) -> int:
        """UTF-16 units that surely fit, unless emoji of many characters stand in the way."""
        return self.most * self.rooms[Alphabet.UCS2].each - len(bracketed(self.signature))

    def plan(self, parts: tuple[Part, ...], can: Capabilities) -> tuple[Part, ...]:
        """A text for several messages becomes as many segments, the rest what `can` says. Raises `NotSendable`."""
        planned: list[Part] = []
        for divided, group in groupby(parts, lambda part: isinstance(part, Segment)):
            some = tuple(group)
            planned += some if divided else self._planned(plan(some, can))
        return tuple(planned)

    def words(self, part: Text | Segment) -> str:
        """What is given to the provider: the text, behind the signature where it begins."""
        begins = isinstance(part, Text) or part.number == 1
        return bracketed(self.signature) + part.text if begins else part.text

    def alphabet_of(self, part: Text | Segment) -> Alphabet:
        """The alphabet that a planned part was measured in: one for all segments of a text."""
        if isinstance(part, Segment):
            return Alphabet.UCS2 if part.reference & 1 else Alphabet.GSM7
        return self._alphabet(part.text)

    def _alphabet(self, text: str) -> Alphabet:
        return self.alphabet or alphabet_of(bracketed(self.signature) + text)

    def _planned(self, parts: tuple[Part, ...]) -> Iterator[Part]:
        for part in parts:
            if isinstance(part, Text):
                yield from self._divided(part)
            else:
                yield part

    def _divided(self, text: Text) -> Iterator[Part]:
        alphabet, head = self._alphabet(text.text), bracketed(self.signature)
        first, *more = divide(head + text.text, alphabet=alphabet, rooms=self.rooms)
        if not more:
            yield text
        elif len(more) < self.most:
            yield from _segments([first.removeprefix(head), *more], _reference(text.text, alphabet))
        else:
            for half in _halves(text.text):
                yield from self._divided(Text(half))


def charged(planned: Iterable[Part], *, signature: str = "", alphabet: Alphabet | None = None) -> int:
    """How many short messages a planned text makes; what is planned whole is divided by somebody else."""
    return sum(
        segments(part.text, signature=signature, alphabet=alphabet).count if isinstance(part, Text) else 1
        for part in planned
    )


def _segments(pieces: list[str], reference: int) -> list[Segment]:
    return [Segment(piece, reference, number, len(pieces)) for number, piece in enumerate(pieces, start=1)]


def _reference(text: str, alphabet: Alphabet) -> int:
    """The same for the same text, since plans are pure: phones may mix up two equal messages as they like.

    Its lowest bit says in which alphabet all segments travel, which one alone could not tell.
    """
    digest = int.from_bytes(hashlib.sha256(text.encode()).digest()[:2])
    return digest | 1 if alphabet is Alphabet.UCS2 else digest & ~1


def _halves(text: str) -> list[str]:
    return split_text(text, measure(text, TextUnit.UTF16) // 2 + 1, TextUnit.UTF16)
