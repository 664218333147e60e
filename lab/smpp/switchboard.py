"""The centre's connections."""

import itertools
from collections.abc import Sequence

from lab import switchboard
from lab.config import AccountConfig
from lab.smpp.link import Link
from lab.smpp.wire import ShortMessage
from lab.world import World

KIND = "sms_smpp"

MISSED_ANSWERS = 2
"""How often the line drops before the centre hears the answer, where everything is delivered thrice."""


class Switchboard(switchboard.Switchboard[Link, ShortMessage]):
    """Those of all accounts."""

    def __init__(self, world: World) -> None:
        patience = world.config.timings.callback_deadline
        super().__init__(
            world, KIND, lambda reader, writer: Link(reader, writer, patience), login="system_id", code_format="#x"
        )
        self._ids = itertools.count(0x1A2B)

    def new_id(self) -> int:
        """A name for a message."""
        return next(self._ids)

    async def bring(self, account: AccountConfig, about: str, messages: Sequence[ShortMessage]) -> None:
        """Deliver until all is taken or the centre gives up; each attempt is in the books."""
        for _ in range(MISSED_ANSWERS if self._world.manners[KIND].thrice else 0):
            await self._attempt(account, about, messages, 1)
            self.hang_up(account)
            await self._linked_again(account)
        await super().bring(account, about, messages)
