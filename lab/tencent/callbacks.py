"""Tencent towards the product: what became of messages, as an array; what a customer wrote, as an object.

Both are unsigned; the address of the callback carries the secret. What is not answered by {"result": 0} is repeated.
https://cloud.tencent.com/document/product/382/43547 and …/43548
"""

from typing import Any

import orjson

from lab.books import Reported, Said
from lab.config import AccountConfig
from lab.sms import Reports, Sms, china_time
from lab.webhook import Post, Push
from lab.world import World

DELIVERED = "DELIVRD"
MAINLAND = "+86"


class TencentCallbacks:
    """The way to the product."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.reports = Reports(world, "sms_tencent", self._tell)

    async def deliver(self, account: AccountConfig, said: Said) -> None:
        """Bring what a customer wrote; it has no name."""
        item = {
            "extend": "",
            **_number(self._world.people.named(said.customer).phone),
            "sign": account.settings["sign_name"],
            "text": said.text,
            "time": int(said.at.timestamp()),
        }
        await self._push(account, said.id, item)

    async def _tell(self, sent: list[Sms]) -> None:
        told = [(sms, self.reports.reported(sms, sms.failure or DELIVERED)) for sms in sent]
        await self._push(sent[0].account, told[0][1].id, [_report_json(sms, reported) for sms, reported in told])

    async def _push(self, account: AccountConfig, about: str, content: object) -> None:
        post = Post(
            url=self._world.config.webhook(account.id),
            query={"secret": account.settings["callback_secret"]},
            content_type="application/json",
            body=orjson.dumps(content),
        )
        timings = self._world.config.timings
        await self._world.webhooks.push(
            Push(
                about=about,
                compose=lambda: post,
                content=_content,
                deadline=timings.callback_deadline,
                pauses=timings.callback_pauses,
                thrice=self._world.manners["sms_tencent"].thrice,
            )
        )


def _content(status: int, body: bytes) -> bool:
    try:
        answer = orjson.loads(body)
    except orjson.JSONDecodeError:
        return False
    return status == 200 and isinstance(answer, dict) and answer.get("result") == 0


def _report_json(sms: Sms, reported: Reported) -> dict[str, Any]:
    return {
        "user_receive_time": china_time(reported.at),
        **_number(sms.phone),
        "report_status": "SUCCESS" if reported.success else "FAIL",
        "errmsg": reported.code,
        "description": "用户短信送达成功" if reported.success else "用户短信接收失败",
        "sid": reported.key,
    }


def _number(phone: str) -> dict[str, str]:
    """The lab's customers live in the mainland, or in places with three figures."""
    country = MAINLAND if phone.startswith(MAINLAND) else phone[:4]
    return {"nationcode": country.removeprefix("+"), "mobile": phone.removeprefix(country)}
