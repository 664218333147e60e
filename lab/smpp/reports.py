"""What became of messages: receipts in the manner that is set, and in the forms that carriers have."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from conversations.ids import new_id
from lab.books import Reported
from lab.config import AccountConfig
from lab.misbehaviour import Receipts
from lab.phones import read_phone
from lab.smpp.wire import MESSAGE_STATE, RECEIPTED_MESSAGE_ID, Party, ShortMessage
from lab.sms import pauses
from lab.world import World

DELIVERED = "DELIVRD"
IS_RECEIPT = 4

STATES = {DELIVERED: 2, "EXPIRED": 3, "DELETED": 4, "UNDELIV": 5, "ACCEPTD": 6, "UNKNOWN": 7, "REJECTD": 8}

Bring = Callable[[AccountConfig, str, Sequence[ShortMessage]], Awaitable[None]]


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """A receipt that will be due: which message, between whom, when it was submitted."""

    id: int
    source: Party
    destination: Party
    at: datetime


class Reports:
    """Says what became of messages, when it is time."""

    def __init__(self, world: World, bring: Bring) -> None:
        self._world = world
        self._bring = bring
        self._turns = itertools.count()

    async def tell(self, account: AccountConfig, receipt: Receipt) -> None:
        """Say it as often and as late as the manner is."""
        for pause in pauses(self._world, "sms_smpp", self._turns):
            await asyncio.sleep(pause)
            reported = self._reported(account, receipt)
            self._world.books.write(reported)
            await self._bring(account, reported.id, [self._written(account, receipt, reported)])

    def _reported(self, account: AccountConfig, receipt: Receipt) -> Reported:
        manner = self._world.manners["sms_smpp"]
        code = manner.failure_code if manner.receipts is Receipts.FAILED else DELIVERED
        return Reported(
            id=new_id(),
            at=self._world.clock(),
            account=account.id,
            customer=self._world.people.with_phone(read_phone(receipt.destination.digits)).name,
            key=id_in_answers(receipt.id, account),
            success=code == DELIVERED,
            code=code,
        )

    def _written(self, account: AccountConfig, receipt: Receipt, reported: Reported) -> ShortMessage:
        """Every other one also has the parameters, of which its text then knows nothing."""
        id = _id_in_receipts(receipt.id, account)
        text, parameters = _text(id, receipt.at, reported), {}
        if receipt.id % 2 and reported.code in STATES:
            state = bytes((STATES[reported.code],))
            text, parameters = "", {RECEIPTED_MESSAGE_ID: id.encode() + b"\0", MESSAGE_STATE: state}
        return ShortMessage(
            source=receipt.destination,
            destination=receipt.source,
            text=text.encode(),
            esm_class=IS_RECEIPT,
            parameters=parameters,
        )


def id_in_answers(id: int, account: AccountConfig) -> str:
    """A centre whose receipts are hexadecimal and whose answers are not, the opposite, or one that only fills up."""
    return str(id) if account.settings.get("receipt_ids") == "hex_to_dec" else f"{id:x}"


def _id_in_receipts(id: int, account: AccountConfig) -> str:
    return f"{id:010}" if account.settings.get("receipt_ids") == "dec_to_hex" else f"{id:08X}"


def _text(id: str, submitted: datetime, reported: Reported) -> str:
    """As appendix B of the specification has it."""
    times = (f"{time:%y%m%d%H%M}" for time in (submitted, reported.at))
    dates = "submit date:{} done date:{}".format(*times)
    delivered = "001" if reported.success else "000"
    error = "000" if reported.success else "011"
    return f"id:{id} sub:001 dlvrd:{delivered} {dates} stat:{reported.code} err:{error} text:"
