"""Blocks: a customer who is a nuisance (骚扰) leads nowhere for a while, by the word of two people."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from conversations.ids import BlockId, ContactId, UserId

DAYS = (1, 7, 30, 90)
"""For how many days somebody can be blocked."""


class BlockState(StrEnum):
    """Where a block is. An approved one ends by itself. The value is stored."""

    ASKED = "asked"
    APPROVED = "approved"
    REFUSED = "refused"
    LIFTED = "lifted"


@dataclass(frozen=True, kw_only=True)
class Block:
    """Somebody asked for it, somebody else decided; from then on it is in force until `until`.

    `answered_at` is when the customer was told.
    """

    id: BlockId
    contact_id: ContactId
    reason: str
    days: int
    asked_by: UserId
    asked_at: datetime
    state: BlockState = BlockState.ASKED
    decided_by: UserId | None = None
    decided_at: datetime | None = None
    word: str = ""
    until: datetime | None = None
    answered_at: datetime | None = None

    def holds(self, now: datetime) -> bool:
        """Whether it is in force."""
        return self.state is BlockState.APPROVED and self.until is not None and now < self.until
