"""Aliyun towards the product: SmsReport says what became of a message, SmsUp what a customer wrote.

Both are JSON arrays, unsigned; the address of the callback carries the secret. Aliyun repeats what is not answered by
{"code": 0}. https://help.aliyun.com/zh/sms/developer-reference/smsreport-2 and …/smsup-2
"""

from typing import Any

from lab.books import Reported, Said
from lab.config import AccountConfig
from lab.phones import write_phone
from lab.sms import Reports, Sms, call_back, china_time, segments
from lab.world import World

DELIVERED = "DELIVERED"


class AliyunCallbacks:
    """The way to the product."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.reports = Reports(world, "sms_aliyun", self._tell)

    async def deliver(self, account: AccountConfig, said: Said) -> None:
        """Bring what a customer wrote."""
        phone = self._world.people.named(said.customer).phone
        await call_back(self._world, account, said.id, [_up_json(account, said, phone)], zero="code")

    async def _tell(self, sent: list[Sms]) -> None:
        told = [(sms, self.reports.reported(sms, sms.failure or DELIVERED)) for sms in sent]
        await call_back(
            self._world,
            sent[0].account,
            told[0][1].id,
            [_report_json(sms, reported) for sms, reported in told],
            zero="code",
        )


def _up_json(account: AccountConfig, said: Said, phone: str) -> dict[str, Any]:
    return {
        "phone_number": write_phone(phone),
        "send_time": china_time(said.at),
        "content": said.text,
        "sign_name": account.settings["sign_name"],
        "dest_code": "10690000",
        "sequence_id": int(said.key),
    }


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
        "out_id": sms.reference,
    }
