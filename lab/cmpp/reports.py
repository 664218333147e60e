"""What became of messages: reports in the manner that is set."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from conversations.ids import new_id
from lab.books import Reported
from lab.cmpp.wire import Up, write_report
from lab.config import AccountConfig
from lab.misbehaviour import Receipts
from lab.phones import read_phone
from lab.sms import pauses
from lab.world import World

DELIVERED = "DELIVRD"

Bring = Callable[[AccountConfig, str, Sequence[Up]], Awaitable[None]]


@dataclass(frozen=True, kw_only=True)
class Report:
    """A report that will be due. `version` is the one of the connection that the message came by."""

    msg_id: int
    phone: str
    src_id: str
    at: datetime
    version: int


class Reports:
    """Says what became of messages, when it is time."""

    def __init__(self, world: World, bring: Bring) -> None:
        self._world = world
        self._bring = bring
        self._turns = itertools.count()

    async def tell(self, account: AccountConfig, reports: Sequence[Report]) -> None:
        """Say it as often and as late as the manner is."""
        for pause in pauses(self._world, "sms_cmpp", self._turns):
            await asyncio.sleep(pause)
            for report in reports:
                await self._tell(account, report)

    async def _tell(self, account: AccountConfig, report: Report) -> None:
        reported = self._reported(account, report)
        self._world.books.write(reported)
        times = (report.at, reported.at)
        up = Up(
            msg_id=report.msg_id,
            src_id=report.src_id,
            service_id=account.settings.get("service_id", ""),
            phone=report.phone,
            content=write_report(report.msg_id, reported.code, times, report.phone, report.version),
            is_report=True,
        )
        await self._bring(account, reported.id, [up])

    def _reported(self, account: AccountConfig, report: Report) -> Reported:
        manner = self._world.manners["sms_cmpp"]
        code = manner.failure_code if manner.receipts is Receipts.FAILED else DELIVERED
        return Reported(
            id=new_id(),
            at=self._world.clock(),
            account=account.id,
            customer=self._world.people.with_phone(read_phone(report.phone)).name,
            key=str(report.msg_id),
            success=code == DELIVERED,
            code=code,
        )
