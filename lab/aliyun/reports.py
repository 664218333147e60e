"""Aliyun towards the product: SmsReport says what became of a message, SmsUp what a customer wrote.

Both are JSON arrays, unsigned; the address of the callback carries the secret. Aliyun repeats what is not answered by
{"code": 0}. https://help.aliyun.com/zh/sms/developer-reference/smsreport-2 and …/smsup-2
"""

import asyncio
import itertools
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from conversations.ids import new_id
from lab.books import Heard, Reported, Said
from lab.config import AccountConfig
from lab.misbehaviour import Receipts
from lab.phones import write_phone
from lab.webhook import Post, Push
from lab.world import CannotSay, Delivery, Saying, World

DELIVERED = "DELIVERED"
CHINA = ZoneInfo("Asia/Shanghai")
UNITS_OF_ONE, UNITS_OF_MANY = 70, 67


@dataclass(frozen=True, kw_only=True)
class Sms:
    """A message that Aliyun took over for one phone; `code` is what will become of it."""

    account: AccountConfig
    phone: str
    heard: Heard
    out_id: str
    code: str


class AliyunReports:
    """What became of messages, told in the manner that is set."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._count = itertools.count()

    async def report(self, sent: list[Sms]) -> None:
        """Say what became of these messages, when it is time."""
        await _BY_MANNER[self._world.manners["sms_aliyun"].receipts](self, sent)

    async def at_once(self, sent: list[Sms]) -> None:
        """Tell now."""
        for account_id in {sms.account.id for sms in sent}:
            await self._tell([sms for sms in sent if sms.account.id == account_id])

    async def in_time(self, sent: list[Sms]) -> None:
        """Tell as soon as a phone takes to receive."""
        await asyncio.sleep(self._world.config.timings.receipt_after)
        await self.at_once(sent)

    async def late(self, sent: list[Sms]) -> None:
        """Tell long after."""
        await asyncio.sleep(self._world.config.timings.receipt_late)
        await self.at_once(sent)

    async def twice(self, sent: list[Sms]) -> None:
        """Tell, and tell again."""
        await self.in_time(sent)
        await self.at_once(sent)

    async def swapped(self, sent: list[Sms]) -> None:
        """Hold every other one back until its successor has overtaken it."""
        await (self.late if next(self._count) % 2 == 0 else self.in_time)(sent)

    async def never(self, sent: list[Sms]) -> None:
        """Keep it for ever."""

    async def _tell(self, sent: list[Sms]) -> None:
        told = [(sms, self._reported(sms)) for sms in sent]
        for _sms, reported in told:
            self._world.books.write(reported)
        body = orjson.dumps([_report_json(sms, reported) for sms, reported in told])
        await push_callback(self._world, sent[0].account, told[0][1].id, body)

    def _reported(self, sms: Sms) -> Reported:
        return Reported(
            id=new_id(),
            at=self._world.clock(),
            account=sms.account.id,
            customer=sms.heard.customer,
            key=sms.heard.key,
            success=sms.code == DELIVERED,
            code=sms.code,
        )


_BY_MANNER: Mapping[Receipts, Callable[[AliyunReports, list[Sms]], Awaitable[None]]] = {
    Receipts.NORMAL: AliyunReports.in_time,
    Receipts.EARLY: AliyunReports.at_once,
    Receipts.LATE: AliyunReports.late,
    Receipts.TWICE: AliyunReports.twice,
    Receipts.SWAPPED: AliyunReports.swapped,
    Receipts.FAILED: AliyunReports.in_time,
    Receipts.NEVER: AliyunReports.never,
}


class SmsPhone:
    """The customers' phones."""

    def __init__(self, world: World) -> None:
        self._world = world

    def say(self, saying: Saying) -> tuple[Said, Delivery]:
        """Write down what a customer texted, and call the product back with it."""
        if not saying.text:
            raise CannotSay("an SMS needs words")
        said = Said(
            id=new_id(),
            at=self._world.clock(),
            account=saying.account.id,
            customer=saying.customer,
            kind="text",
            key=str(secrets.randbits(40)),
            text=saying.text,
        )
        self._world.books.write(said)
        return said, self._deliver(saying.account, said)

    async def _deliver(self, account: AccountConfig, said: Said) -> None:
        body = orjson.dumps([self._up_json(account, said)])
        await push_callback(self._world, account, said.id, body)

    def _up_json(self, account: AccountConfig, said: Said) -> dict[str, Any]:
        return {
            "phone_number": write_phone(self._world.people.named(said.customer).phone),
            "send_time": china_time(said.at),
            "content": said.text,
            "sign_name": account.settings["sign_name"],
            "dest_code": "10690000",
            "sequence_id": int(said.key),
        }


async def push_callback(world: World, account: AccountConfig, about: str, body: bytes) -> None:
    """Call the product back, as often as Aliyun would."""
    post = Post(
        url=world.config.webhook(account.id),
        query={"secret": account.settings["callback_secret"]},
        content_type="application/json;charset=utf-8",
        body=body,
    )
    timings = world.config.timings
    await world.webhooks.push(
        Push(
            about=about,
            compose=lambda: post,
            content=_content,
            deadline=timings.callback_deadline,
            pauses=timings.callback_pauses,
            thrice=world.manners["sms_aliyun"].thrice,
        )
    )


def _content(status: int, body: bytes) -> bool:
    try:
        answer = orjson.loads(body)
    except orjson.JSONDecodeError:
        return False
    return status == 200 and isinstance(answer, dict) and answer.get("code") == 0


def _report_json(sms: Sms, reported: Reported) -> dict[str, Any]:
    return {
        "phone_number": write_phone(sms.phone),
        "send_time": china_time(sms.heard.at),
        "report_time": china_time(reported.at),
        "success": reported.success,
        "err_code": reported.code,
        "err_msg": "用户接收成功" if reported.success else "用户接收失败",
        "sms_size": str(segments(sms.heard.text)),
        "biz_id": reported.key,
        "out_id": sms.out_id,
    }


def segments(text: str) -> int:
    """How many messages Aliyun counts for a text with its signature: 70 UTF-16 units, or 67 in each of several."""
    units = len(text.encode("utf-16-be")) // 2
    return 1 if units <= UNITS_OF_ONE else -(-units // UNITS_OF_MANY)


def china_time(at: datetime) -> str:
    """Aliyun's times have no zone; they are China's."""
    return at.astimezone(CHINA).strftime("%Y-%m-%d %H:%M:%S")
