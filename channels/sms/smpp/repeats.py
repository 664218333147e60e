"""Telling a message that the centre repeats from one that says the same, where it brings nothing along that tells.

A centre that missed our answer sends the message again under another number: in the next session, in the same one, or
to another process of ours. A name or a reference tells (`inbound.is_marked`). Without them, equal messages of one
session are several, since each was answered: "1" and "1" are two choices from two menus. What comes again in the next
session, soon, is the same message. So the last messages are remembered with the cursor, which the processes of an
account share.
"""

import hashlib
from collections import OrderedDict
from datetime import datetime

from channels.sms.smpp.codec import Pdu
from channels.sms.smpp.inbound import REPEATED_WITHIN, is_marked
from conversations.ids import new_id

REMEMBERED = 100
"""Messages; more than any centre leaves without an answer."""


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
        """Whatever the number of its PDU, a repeated message has the same one; what is marked needs none."""
        if is_marked(pdu):
            return ""
        digest = hashlib.sha256(pdu.body).hexdigest()[:16]
        stamp = self._former(digest, at) or f"{at.timestamp():.0f}.{new_id()}"
        self._open.discard(stamp)
        self._recent[stamp] = digest
        self._recent.move_to_end(stamp)
        if len(self._recent) > REMEMBERED:
            self._recent.popitem(last=False)
        return stamp

    def _former(self, digest: str, at: datetime) -> str:
        """The stamp of an equal message of the last session that this one repeats; each is repeated once."""
        since = (at - REPEATED_WITHIN).timestamp()
        equal = (stamp for stamp, known in self._recent.items() if known == digest and _seconds(stamp) >= since)
        return next((stamp for stamp in equal if stamp in self._open), "")


def _seconds(stamp: str) -> float:
    return float(stamp.partition(".")[0])


def _age(remembered: tuple[str, str]) -> float:
    return _seconds(remembered[0])
