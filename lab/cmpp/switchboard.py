"""The gateway's connections."""

import itertools
from collections.abc import Sequence

from lab import switchboard
from lab.cmpp.link import Link
from lab.cmpp.wire import Up, make_msg_id
from lab.config import AccountConfig
from lab.world import World

KIND = "sms_cmpp"


class Switchboard(switchboard.Switchboard[Link, Up]):
    """Those of all accounts."""

    def __init__(self, world: World) -> None:
        patience, clock = world.config.timings.callback_deadline, world.clock
        super().__init__(
            world,
            KIND,
            lambda reader, writer: Link(reader, writer, patience, clock),
            login="source_addr",
            code_format="d",
        )
        self._sequence = itertools.count(1)

    def new_msg_id(self) -> int:
        """A name for a message."""
        return make_msg_id(self._world.clock(), next(self._sequence))

    async def bring(self, account: AccountConfig, about: str, messages: Sequence[Up]) -> None:
        """Deliver until all is taken or the gateway gives up; each attempt is in the books."""
        await super().bring(account, about, list(messages) * (3 if self._world.manners[KIND].thrice else 1))
