"""The emergency switch: an announcement on all channels to everybody who waits or writes, until it is off again.

Nothing is lost meanwhile: conversations are recorded and queued as ever, and agents may go on.
"""

from collections.abc import Mapping

from conversations.clock import Clock
from conversations.ids import AnnouncementId, new_id
from conversations.language import LANGUAGES
from conversations.people import User
from desk.errors import Refused
from desk.reasons import demanded
from storage import emergency
from storage.database import Database, Transaction
from storage.emergency import Emergency

LONGEST_TEXT = 1_000


class EmergencySwitch:
    """On and off, each with a reason."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def begin(self, by: User, texts: Mapping[str, str], reason: str) -> None:
        """Switch it on, with what customers are told by language. Raises `Refused`."""
        new = Emergency(
            id=AnnouncementId(new_id()),
            texts=readable(texts),
            reason=demanded(reason),
            begun_at=self._clock(),
            begun_by=by.id,
        )
        await self._database.write(_begin, new)

    async def end(self, by: User, reason: str) -> None:
        """Switch it off. Raises `Refused`."""
        demanded(reason)
        if not await self._database.write(emergency.end, self._clock(), by.id, reason):
            raise Refused("It is off already.")


def readable(texts: Mapping[str, str]) -> dict[str, str]:
    """What is written in our languages. Raises `Refused` when that is nothing."""
    written = {language: texts.get(language, "").strip()[:LONGEST_TEXT] for language in LANGUAGES}
    found = {language: text for language, text in written.items() if text}
    if not found:
        raise Refused("Write what customers are told.")
    return found


def _begin(transaction: Transaction, new: Emergency) -> None:
    if emergency.current(transaction.connection) is not None:
        raise Refused("It is on already.")
    emergency.begin(transaction, new)
