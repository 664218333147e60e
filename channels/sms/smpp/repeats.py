"""Telling a customer's second equal message from a repetition of the first.

Nothing in a `deliver_sm` names the message, and a centre that missed our answer sends it again under another number.
Within a session it does so only after we refused, so that equal ones which we took are several. In a new session they
may be what the last one left open. The key of a message therefore holds the minute, and how many equal ones came before
it in this minute of this session: what is sent again at once becomes one message, and "1" followed by "1" stays two.
"""

from collections import Counter
from datetime import datetime


class Repeats:
    """Counts equal messages in one session."""

    def __init__(self) -> None:
        self._minute = ""
        self._seen: Counter[bytes] = Counter()

    def turn(self, body: bytes, at: datetime) -> str:
        """The minute, and how many equal ones it had before this one."""
        minute = f"{at:%Y-%m-%dT%H:%M}"
        if minute != self._minute:
            self._minute = minute
            self._seen.clear()
        turn = self._seen[body]
        self._seen[body] += 1
        return f"{minute} {turn}"
