"""Telling a message that the centre repeats from one that says the same.

A centre that missed our answer sends the message again under another number: in the next session, in the same one, or
to another process of ours. How surely that can be told depends on what the message brings along (`Mark`):

- Some centres name it. Equal ones are one message, for ever.
- The phone's reference, or the number of a piece, is another one for each message, but is used again after a while.
  What is equal soon after is one message, wherever it came.
- Otherwise nothing tells. Within one session equal messages are several, since each was answered: "1" and "1" are two
  choices from two menus. What comes again in the next session, soon, is the same message.

So the last messages are remembered with the cursor, which the processes of an account share.
"""

import hashlib
from collections import OrderedDict
from datetime import datetime, timedelta
from enum import Enum, auto

from channels.sms.smpp.codec import Pdu, Tag, read_message
from channels.sms.smpp.inbound import content_of
from channels.sms.smpp.receipts import name_of
from conversations.errors import PayloadUnreadable
from conversations.ids import new_id

REMEMBERED = 100
"""Messages; more than any centre leaves without an answer."""

REPEATED_WITHIN = timedelta(minutes=10)
"""Who says the same word later says it anew."""


class Mark(Enum):
    """What tells a message from an equal one."""

    NAME = auto()
    REFERENCE = auto()
    NOTHING = auto()


def mark_of(pdu: Pdu) -> Mark:
    """What this message brings along."""
    try:
        message = read_message(pdu)
        fragment, _ = content_of(message)
    except PayloadUnreadable:
        return Mark.NOTHING
    if name_of(message):
        return Mark.NAME
    # Centres that know no reference write 0 for each message.
    reference = fragment or any(message.parameters.get(Tag.USER_MESSAGE_REFERENCE, b""))
    return Mark.REFERENCE if reference else Mark.NOTHING


class Repeats:
    """Gives each message a stamp of its own, and one that is repeated the stamp it had."""

    def __init__(self, cursor: str) -> None:
        self._recent = OrderedDict[str, str]()
        self.learn(cursor)
        self._open = set(self._recent)

    @property
    def cursor(self) -> str:
        """What the next session must know, and other processes."""
        return "\n".join(f"{stamp} {digest}" for stamp, digest in self._recent.items())

    def learn(self, cursor: str) -> None:
        """Remember what another process wrote down, too."""
        known = dict(line.split(" ") for line in cursor.splitlines())
        self._recent = OrderedDict(sorted((known | self._recent).items(), key=_age)[-REMEMBERED:])

    def stamp(self, pdu: Pdu, at: datetime) -> str:
        """Whatever the number of its PDU, a message that is repeated has the same one; one with a name needs none."""
        mark = mark_of(pdu)
        if mark is Mark.NAME:
            return ""
        digest = hashlib.sha256(pdu.body).hexdigest()[:16]
        stamp = self._former(digest, mark, at) or f"{at.timestamp():.0f}.{new_id()}"
        self._open.discard(stamp)
        self._recent[stamp] = digest
        self._recent.move_to_end(stamp)
        if len(self._recent) > REMEMBERED:
            self._recent.popitem(last=False)
        return stamp

    def _former(self, digest: str, mark: Mark, at: datetime) -> str:
        """The stamp of an equal message that this one repeats; of the last session's each is repeated once."""
        since = (at - REPEATED_WITHIN).timestamp()
        equal = (stamp for stamp, known in self._recent.items() if known == digest and _seconds(stamp) >= since)
        return next((stamp for stamp in equal if mark is Mark.REFERENCE or stamp in self._open), "")


def _seconds(stamp: str) -> float:
    return float(stamp.partition(".")[0])


def _age(remembered: tuple[str, str]) -> float:
    return _seconds(remembered[0])
