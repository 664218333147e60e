"""A product for the lab to talk to: it keeps what it is sent, and answers as it is told."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from aiohttp import web
from aiohttp.test_utils import TestClient
from aiosmtpd.smtp import SMTP, Envelope, Session

from lab.config import AccountConfig, LabConfig, Timings
from lab.world import World

Client = TestClient[web.Request, web.Application]

AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"

WECHAT = {"app_id": "wx2c2769f8efd9abc2", "app_secret": "secret", "token": "spamtest", "aes_key": AES_KEY}
WECOM = {
    "corp_id": "ww12345678910",
    "secret": "kf-secret",
    "token": "spamtest",
    "aes_key": AES_KEY,
    "open_kfid": "wkAJ2GCAAASSm4_FhToWMFea0xAFfd3Q",
}
SMS = {
    "access_key_id": "LTAIlab",
    "access_key_secret": "sms-secret",
    "sign_name": "汇流银行",
    "template_code": "SMS_1",
    "template_variable": "content",
    "callback_secret": "callback",
}
TENCENT = {
    "secret_id": "AKIDlab",
    "secret_key": "tencent-secret",
    "sdk_app_id": "1400006666",
    "sign_name": "汇流银行",
    "template_id": "449739",
    "callback_secret": "callback",
}
TWILIO = {
    "account_sid": "AC" + "0123456789abcdef" * 2,
    "auth_token": "twilio-token",
    "from_number": "+14155552671",
}
MAIL = {"mailbox": "service@bank.example"}

QUICK = Timings(
    wechat_deadline=0.3,
    callback_deadline=1.0,
    callback_pauses=(0.01, 0.01),
    mail_pauses=(0.01, 0.01),
    receipt_after=0.0,
    receipt_late=0.05,
)


class MovableClock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 21, 6, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def move(self, by: timedelta) -> None:
        self.now += by


@dataclass(frozen=True)
class Webhook:
    """One request that the product got."""

    account: str
    url: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes


@dataclass
class Product:
    """`answers` are given in turn, the last one for ever; one is (status, body) or seconds of silence."""

    requests: list[Webhook] = field(default_factory=list)
    answers: list[tuple[int, bytes] | float] = field(default_factory=lambda: [(200, b"success")])
    mails: list[Envelope] = field(default_factory=list)
    mail_answers: list[str] = field(default_factory=lambda: ["250 OK"])

    async def take(self, request: web.Request) -> web.Response:
        self.requests.append(
            Webhook(
                request.match_info["account"],
                str(request.url),
                dict(request.query),
                {name.lower(): value for name, value in request.headers.items()},
                await request.read(),
            )
        )
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, float):
            await asyncio.sleep(answer)
            return web.Response()
        return web.Response(status=answer[0], body=answer[1])

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.mails.append(envelope)
        return self.mail_answers.pop(0) if len(self.mail_answers) > 1 else self.mail_answers[0]


@dataclass
class Lab:
    """A running lab, its control API, and the product beside it."""

    world: World
    http: Client
    product: Product
    clock: MovableClock

    async def say(self, account: str, **what: object) -> dict[str, object]:
        """Let 李雷 act; what the control API says to it."""
        asked = {"account": account, "customer": "李雷", **what}
        async with self.http.post("/lab/api/say", json=asked) as response:
            answer: dict[str, object] = await response.json()
            assert response.status == 200, answer
            return answer

    async def misbehave(self, provider: str, **switches: object) -> None:
        async with self.http.post("/lab/api/misbehave", json={provider: switches}) as response:
            assert response.status == 200, await response.text()


def lab_config(folder: Path, gateway_url: str, *, inbox_port: int, mail_port: int) -> LabConfig:
    """A lab with WeChat in all three modes, an SMS account and a mailbox."""
    modes = ("plain", "compat", "safe")
    return LabConfig(
        accounts=(
            *(AccountConfig(id=mode, kind="wechat", settings=_wechat(mode)) for mode in modes),
            AccountConfig(id="kf", kind="wecom", settings=WECOM),
            AccountConfig(id="sms", kind="sms_aliyun", settings=SMS),
            AccountConfig(id="tencent", kind="sms_tencent", settings=TENCENT),
            AccountConfig(id="twilio", kind="sms_twilio", settings=TWILIO),
            AccountConfig(id="mail", kind="email", name="汇流银行", settings=MAIL),
            AccountConfig(id="chat", kind="webchat", page="http://127.0.0.1:1/"),
        ),
        data_folder=folder,
        gateway_url=gateway_url,
        inbox_port=inbox_port,
        gateway_mail_port=mail_port,
        timings=QUICK,
    )


def _wechat(mode: str) -> dict[str, str]:
    """Each account has an AppID of its own; the one in safe mode has that of the provider's sample."""
    app_id = WECHAT["app_id"] if mode == "safe" else f"wx{mode}"
    return {**WECHAT, "app_id": app_id, "mode": mode}
