"""What became of template messages and notices, told in the manner that is set: early, late, twice, swapped, never."""

import asyncio
import itertools
from collections.abc import Callable, Mapping

from conversations.ids import new_id
from lab.books import Reported
from lab.misbehaviour import Receipts
from lab.wechat.push import Letter, Pusher
from lab.wechat.templates import Sent
from lab.wechat.xml import Fields
from lab.world import Delivery, World

SUCCESS = "success"
SYSTEM_FAILED = "failed: system failed"
BLOCKED = "failed:user block"


class Results:
    """Tells the account later."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._pusher = Pusher(world)
        self._count = itertools.count()

    async def report(self, sent: Sent) -> None:
        """Tell when it is time; the early ones before the account has the answer to its own call."""
        manner = self._world.manners["wechat"].receipts
        if manner is Receipts.EARLY:
            await self.at_once(sent)
        else:
            self._world.errands.run(_BY_MANNER[manner](self, sent))

    async def at_once(self, sent: Sent) -> None:
        """Tell now."""
        status = self._fate()
        reported = Reported(
            id=new_id(),
            at=self._world.clock(),
            account=sent.account.id,
            customer=sent.customer.name,
            key=str(sent.message_id),
            success=status == SUCCESS,
            code=status,
        )
        self._world.books.write(reported)
        await self._pusher.push(
            Letter(
                account=sent.account,
                customer=sent.customer,
                about=reported.id,
                at=reported.at,
                fields=_notice_fields(sent, status) if sent.notice else _template_fields(sent, status),
            )
        )

    async def in_time(self, sent: Sent) -> None:
        """Tell as soon as a phone takes to receive."""
        await asyncio.sleep(self._world.config.timings.receipt_after)
        await self.at_once(sent)

    async def late(self, sent: Sent) -> None:
        """Tell long after."""
        await asyncio.sleep(self._world.config.timings.receipt_late)
        await self.at_once(sent)

    async def twice(self, sent: Sent) -> None:
        """Tell, and tell again."""
        await self.in_time(sent)
        await self.at_once(sent)

    async def swapped(self, sent: Sent) -> None:
        """Hold every other one back until its successor has overtaken it."""
        await (self.late if next(self._count) % 2 == 0 else self.in_time)(sent)

    async def never(self, sent: Sent) -> None:
        """Keep it for ever."""

    def _fate(self) -> str:
        manner = self._world.manners["wechat"]
        if manner.receipts is not Receipts.FAILED:
            return SUCCESS
        return BLOCKED if manner.failure_code == BLOCKED else SYSTEM_FAILED


_BY_MANNER: Mapping[Receipts, Callable[[Results, Sent], Delivery]] = {
    Receipts.NORMAL: Results.in_time,
    Receipts.LATE: Results.late,
    Receipts.TWICE: Results.twice,
    Receipts.SWAPPED: Results.swapped,
    Receipts.FAILED: Results.in_time,
    Receipts.NEVER: Results.never,
}


def _template_fields(sent: Sent, status: str) -> Fields:
    return {"MsgType": "event", "Event": "TEMPLATESENDJOBFINISH", "MsgID": sent.message_id, "Status": status}


def _notice_fields(sent: Sent, status: str) -> Fields:
    code = 0 if status == SUCCESS else -3
    item = {"TemplateId": sent.template, "MsgID": sent.message_id, "ErrorCode": code, "ErrorStatus": status}
    return {"MsgType": "event", "Event": "subscribe_msg_sent_event", "SubscribeMsgSentEvent": {"List": item}}
