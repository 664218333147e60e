"""Short messages through Tencent Cloud (腾讯云短信): texts travel as the variable of a template.

Protocol: cloud.tencent.com, SendSms (2021-01-11), 短信下发状态通知 (product/382/43547), 短信回复 (product/382/43548).
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar, Self

import aiohttp
import orjson
from yarl import URL

from channels.config import read_config
from channels.contract import (
    Accepted,
    Capabilities,
    Outgoing,
    Parsed,
    Surroundings,
    TextUnit,
    WebhookReply,
    WebhookRequest,
)
from channels.http import Answer, ask, unreadable
from channels.planning import plan
from channels.sms.callbacks import check_callback
from channels.sms.config import AGAIN, MAINLAND
from channels.sms.items import (
    Item,
    china_time,
    digest,
    items_in,
    json_reply,
    needed_in,
    phone_in,
    read_items,
    text_in,
)
from channels.sms.optout import change_words, heeded
from channels.sms.plan import charged
from channels.sms.receipts import with_change
from channels.sms.tencent.config import TencentConfig
from channels.sms.tencent.errors import error_of
from channels.sms.tencent.signing import signed_headers
from channels.sms.text import Alphabet, bracketed
from conversations.address import Address, address_value
from conversations.errors import InboundError, NotSendable, PayloadUnreadable, SignatureInvalid
from conversations.ids import AccountId
from conversations.inbound import InboundEvent, InboundMessage, Receipt, ReceiptStatus
from conversations.parts import Media, Part, Template, Text

VERSION = "2021-01-11"

LONGEST = 500
"""Characters of a whole message, with the signature in its brackets."""

TAKEN = "Ok"


class TencentSmsChannel:
    """One application, one signature, and a template for texts."""

    kind: ClassVar[str] = "sms_tencent"
    title: ClassVar[str] = "SMS 腾讯云短信"
    Config: ClassVar[type[object]] = TencentConfig

    def __init__(self, config: TencentConfig, around: Surroundings) -> None:
        self._config = config
        self._around = around
        self._capabilities = Capabilities(
            text_limit=LONGEST - len(bracketed(config.sign_name)),
            text_unit=TextUnit.UTF16,
            templates=True,
            registered=config.registered,
            receipts=frozenset((ReceiptStatus.ACCEPTED, ReceiptStatus.DELIVERED, ReceiptStatus.FAILED)),
            resend_is_safe=config.in_doubt == AGAIN,
        )
        self._words = change_words(config.country, config.optout_words)

    @classmethod
    def create(cls, account: AccountId, settings: Mapping[str, str], around: Surroundings) -> Self:
        """Make the channel of one account. Raises `ConfigInvalid`."""
        return cls(read_config(TencentConfig, settings), around)

    @property
    def capabilities(self) -> Capabilities:
        """Text with what the signature leaves of its length, and registered templates."""
        return self._capabilities

    def verify(self, request: WebhookRequest) -> None:
        """Tencent signs nothing: the secret in the address, and where it comes from, are all the proof there is."""
        check_callback(request, self._config.callback_secret, self._config.callback_ips)

    def parse(self, request: WebhookRequest) -> Parsed:
        """Read receipts, which come as an array, or a customer's message, which comes as an object."""
        events = read_items(items_in(request.body), self._events, request.received_at)
        return Parsed(events, json_reply(200, {"result": 0, "errmsg": "OK"}))

    def refuse(self, error: InboundError) -> WebhookReply:
        """Anything but a `result` of 0 is a refusal."""
        status = 403 if isinstance(error, SignatureInvalid) else 400
        return json_reply(status, {"result": 1, "errmsg": str(error) or type(error).__name__})

    def plan(self, parts: tuple[Part, ...]) -> tuple[Part, ...]:
        """Everything but templates becomes text."""
        return plan(parts, self._capabilities)

    def segments(self, text: str) -> int:
        """How many short messages are charged for a text, if the template for texts holds nothing else."""
        alphabet = Alphabet.UCS2 if self._config.country == MAINLAND else None
        return charged(self.plan((Text(text),)), signature=self._config.sign_name, alphabet=alphabet)

    async def send(self, outgoing: Outgoing) -> Accepted:
        """Send one message to one number; its receipt names it by `sid`, which is the SerialNo.

        SendSms recognises no repetition: without an answer nobody knows whether the message went out.
        """
        template, values = self._template(outgoing.part)
        answer = await self._call(
            "SendSms",
            {
                "PhoneNumberSet": [address_value(outgoing.address)],
                "SmsSdkAppId": self._config.sdk_app_id,
                "SignName": self._config.sign_name,
                "TemplateId": template,
                "TemplateParamSet": values,
                "SessionContext": outgoing.delivery,
            },
            repeatable=False,
        )
        status = _the_one_status(answer)
        if status is None:
            raise unreadable(answer, URL(self._config.api_url), repeatable=False)
        if status["Code"] != TAKEN:
            raise error_of(str(status["Code"]), str(status.get("Message", "")))
        return Accepted(str(status["SerialNo"]))

    async def fetch_media(self, media: Media) -> Media:
        """Short messages carry no files."""
        raise NotSendable("Short messages carry no files.")

    async def check(self) -> None:
        """Try credentials and application by asking how many messages were sent this hour (SendStatusStatistics)."""
        hour = self._around.clock().strftime("%Y%m%d%H")
        asked = {"SmsSdkAppId": self._config.sdk_app_id, "BeginTime": hour, "EndTime": hour, "Limit": 0, "Offset": 0}
        await self._call("SendStatusStatistics", asked, repeatable=True)

    async def _call(self, action: str, asked: Mapping[str, object], *, repeatable: bool) -> Answer:
        """One call; an answer in Tencent's language that is no error. Tencent writes errors into HTTP 200 too."""
        url, body = URL(self._config.api_url), orjson.dumps(asked)
        headers = signed_headers(
            host=url.authority,
            path=url.path,
            body=body,
            action=action,
            version=VERSION,
            region=self._config.region,
            secret_id=self._config.secret_id,
            secret_key=self._config.secret_key,
            at=self._around.clock(),
        )
        data = aiohttp.BytesPayload(body)
        answer = await ask(self._around, "POST", url, repeatable=repeatable, headers=headers, data=data)
        error = _response(answer).get("Error")
        if isinstance(error, dict):
            raise error_of(str(error.get("Code")), str(error.get("Message", "")))
        if not _response(answer):
            raise unreadable(answer, url, repeatable=repeatable)
        return answer

    def _template(self, part: Part) -> tuple[str, list[str]]:
        """Which template, and what fills it in: its variables are numbered."""
        match part:
            case Text():
                return self._config.template_id, [part.text]
            case Template():
                return part.name, [value for _name, value in sorted(part.values, key=_number)]
            case _:
                raise NotSendable(f"A short message carries no {part.kind}; it should have been planned.")

    def _events(self, item: Item) -> Iterable[InboundEvent]:
        if "report_status" in item:
            return self._receipt(item)
        if "text" in item:
            return (self._said(item),)
        raise PayloadUnreadable("This is neither a receipt nor a message")

    def _receipt(self, item: Item) -> tuple[InboundEvent, ...]:
        delivered = needed_in(item, "report_status") == "SUCCESS"
        address = self._address(item)
        receipt = Receipt(
            status=ReceiptStatus.DELIVERED if delivered else ReceiptStatus.FAILED,
            occurred_at=china_time(needed_in(item, "user_receive_time")),
            external_id=needed_in(item, "sid"),
            address=address,
            code=text_in(item, "errmsg"),
            text=text_in(item, "description"),
        )
        return with_change(receipt, address)

    def _said(self, item: Item) -> InboundEvent:
        words, at, address = text_in(item, "text"), needed_in(item, "time"), self._address(item)
        message = InboundMessage(
            key=digest(address, at, text_in(item, "extend"), words),
            address=address,
            parts=(Text(words),),
            occurred_at=_unix_time(at),
        )
        return heeded(message, words, self._words)

    def _address(self, item: Item) -> Address:
        return phone_in(f"+{needed_in(item, 'nationcode')}{needed_in(item, 'mobile')}", self._config.country)


def _response(answer: Answer) -> Mapping[str, Any]:
    found = (answer.json() or {}).get("Response")
    return found if isinstance(found, dict) else {}


def _the_one_status(answer: Answer) -> Mapping[str, Any] | None:
    """What became of the one number; None if the answer does not say."""
    match _response(answer).get("SendStatusSet"):
        case [{"Code": _, "SerialNo": _} as status]:
            return status  # type: ignore[no-any-return]  # JSON objects have text keys
        case _:
            return None


def _number(value: tuple[str, str]) -> int:
    """Variables with other names than numbers stay in the order in which they were given."""
    return int(value[0]) if value[0].isdecimal() else 0


def _unix_time(seconds: str) -> datetime:
    try:
        return datetime.fromtimestamp(int(seconds), UTC)
    except (ValueError, OverflowError, OSError):
        raise PayloadUnreadable(f"{seconds!r} is not a time") from None
