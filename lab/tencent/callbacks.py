"""Tencent towards the product: what became of messages, as an array; what a customer wrote, as an object.

Both are unsigned; the address of the callback carries the secret. What is not answered by {"result": 0} is repeated.
https://cloud.tencent.com/document/product/382/43547 and …/43548
"""

from typing import Any

from lab.books import Reported, Said
from lab.config import AccountConfig
from lab.sms import Reports, Sms, call_back, china_time
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
        await call_back(self._world, account, said.id, item, zero="result")

    async def _tell(self, sent: list[Sms]) -> None:
        told = [(sms, self.reports.reported(sms, sms.failure or DELIVERED)) for sms in sent]
        await call_back(
            self._world,
            sent[0].account,
            told[0][1].id,
            [_report_json(sms, reported) for sms, reported in told],
            zero="result",
        )


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
