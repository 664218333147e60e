"""Telling a message that the centre repeats from one that says the same.

Nothing in a `deliver_sm` names the message, and a centre that missed our answer sends it again under another number,
once there is a new session. So the last messages of a session are remembered with its cursor: what comes again in the
next one, soon, is the same message. Within one session equal messages are several, since each was answered: "1" and "1"
are two choices from two menus.
"""

import hashlib
from collections import OrderedDict
from datetime import datetime, timedelta

from conversations.ids import new_id

OPEN_AT_MOST = 100
"""Messages; more than any centre leaves without an answer."""

REPEATED_WITHIN = timedelta(minutes=10)
"""Who says the same word later, in a new session, says it anew."""


class Repeats:
    """Gives each message a stamp of its own, and one that is repeated the stamp it had."""

    def __init__(self, cursor: str) -> None:
        lines = (line.split(" ") for line in cursor.splitlines())
        self._recent = OrderedDict((stamp, digest) for stamp, digest in lines)
        self._open = set(self._recent)

    @property
    def cursor(self) -> str:
        """What the next session must know."""
        return "\n".join(f"{stamp} {digest}" for stamp, digest in self._recent.items())

    def stamp(self, body: bytes, at: datetime) -> str:
        """Whatever the number of its PDU, a message that is repeated has the same one."""
        digest = hashlib.sha256(body).hexdigest()[:16]
        stamp = self._former(digest, at) or f"{at.timestamp():.0f}.{new_id()}"
        self._open.discard(stamp)
        self._recent[stamp] = digest
        self._recent.move_to_end(stamp)
        if len(self._recent) > OPEN_AT_MOST:
            self._recent.popitem(last=False)
        return stamp

    def _former(self, digest: str, at: datetime) -> str:
        """The stamp of the last session's equal message that was not repeated yet."""
        since = (at - REPEATED_WITHIN).timestamp()
        equal = (stamp for stamp in self._recent if stamp in self._open and self._recent[stamp] == digest)
        return next((stamp for stamp in equal if float(stamp.partition(".")[0]) >= since), "")
