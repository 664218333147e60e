"""Twilio towards the product: each status of each message, and what customers send; all signed.

https://www.twilio.com/docs/messaging/guides/track-outbound-message-status and …/webhook-request
"""

import base64
import hmac
from collections.abc import Callable, Mapping
from urllib.parse import urlencode

from conversations.ids import new_id
from lab.books import Said
from lab.config import AccountConfig
from lab.misbehaviour import Receipts
from lab.sms import Reports, Sms
from lab.twilio.twiml import Message, messages_in
from lab.webhook import Post, Push
from lab.world import World

FAILURE = "30003"
"""The error code of a message that does not arrive, unless another one was set."""


class TwilioCallbacks:
    """The way to the product."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.reports = Reports(world, "sms_twilio", self._tell)

    async def bring(self, account: AccountConfig, said: Said, fields: Mapping[str, str]) -> None:
        """Bring what a customer sent to the account's webhook."""
        url = account.settings.get("webhook_url") or self._world.config.webhook(account.id)
        body = await self._push(account, said.id, url, fields, _is_twiml)
        phone = self._world.people.named(said.customer).phone
        shown = [self._shown(account, phone, message) for message in messages_in(body or b"")]
        await self.reports.report(shown)

    def _shown(self, account: AccountConfig, phone: str, message: Message) -> Sms:
        """What the product answered on the spot."""
        return self.reports.take(account, phone, message.words, f"SM{new_id()}", reference=message.action, passive=True)

    async def _tell(self, sent: list[Sms]) -> None:
        for sms in sent:
            reported = self.reports.reported(sms, self._code(sms))
            for status in self._statuses(sms):
                if sms.reference:
                    fields = self._fields(sms, status)
                    await self._push(sms.account, reported.id, sms.reference, fields, lambda body: True)

    def _statuses(self, sms: Sms) -> tuple[str, ...]:
        """Two of them for each message, which need not come in order."""
        told = ("sent", "undelivered" if sms.failure else "delivered")
        swapped = self._world.manners["sms_twilio"].receipts is Receipts.SWAPPED
        return told[::-1] if swapped else told

    def _code(self, sms: Sms) -> str:
        """Only numbers are Twilio's."""
        return sms.failure if sms.failure.isdecimal() or not sms.failure else FAILURE

    def _fields(self, sms: Sms, status: str) -> Mapping[str, str]:
        code = {"ErrorCode": self._code(sms)} if status == "undelivered" else {}
        return {
            "SmsSid": sms.heard.key,
            "SmsStatus": status,
            "MessageStatus": status,
            "To": sms.phone,
            "MessageSid": sms.heard.key,
            "AccountSid": sms.account.settings["account_sid"],
            "From": sms.account.settings.get("from_number", ""),
            "ApiVersion": "2010-04-01",
            **code,
        }

    async def _push(
        self, account: AccountConfig, about: str, url: str, fields: Mapping[str, str], reads: Callable[[bytes], bool]
    ) -> bytes | None:
        signature = sign(url, fields, account.settings["auth_token"])
        post = Post(
            url=url,
            content_type="application/x-www-form-urlencoded",
            body=urlencode(fields).encode(),
            headers={"X-Twilio-Signature": signature},
        )
        timings = self._world.config.timings
        return await self._world.webhooks.push(
            Push(
                about=about,
                compose=lambda: post,
                content=lambda status, body: 200 <= status < 300 and reads(body),
                deadline=timings.twilio_deadline,
                pauses=timings.callback_pauses,
                thrice=self._world.manners["sms_twilio"].thrice,
            )
        )


def sign(url: str, fields: Mapping[str, str], token: str) -> str:
    """Base64 of HMAC-SHA1 over the address and each name with its value, in order of the names."""
    text = url
    for name in sorted(fields):
        text += name + fields[name]
    return base64.b64encode(hmac.digest(token.encode(), text.encode(), "sha1")).decode()


def _is_twiml(body: bytes) -> bool:
    try:
        messages_in(body)
    except ValueError:
        return False
    return True
