"""Short messages through Aliyun (阿里云短信服务): one number, one template, one variable that carries the text.

Protocol: help.aliyun.com, SendSms (2017-05-25), HTTP批量推送模式 (SmsReport, SmsUp).
"""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar, Self
from zoneinfo import ZoneInfo

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
from channels.http import ask, unreadable
from channels.planning import plan
from channels.sms.aliyun.config import AliyunConfig
from channels.sms.aliyun.errors import error_of
from channels.sms.aliyun.signing import canonical_query, signed_headers
from channels.sms.phones import e164
from conversations.address import Address, address_value, phone_address
from conversations.errors import InboundError, Misconfigured, NotSendable, PayloadUnreadable, SignatureInvalid
from conversations.ids import AccountId, new_id
from conversations.inbound import InboundEvent, InboundMessage, Receipt, ReceiptStatus, Unknown
from conversations.parts import Media, Part, Text

VERSION = "2017-05-25"

LONGEST = 500
"""UTF-16 units of a whole message, with the signature in its brackets."""

APPROVED = 1
"""`SignStatus` of a signature that may be used."""

CHINA = ZoneInfo("Asia/Shanghai")
"""Aliyun writes times of China without saying so."""

Item = Mapping[str, Any]


class AliyunSmsChannel:
    """One signature and one template."""

    kind: ClassVar[str] = "sms_aliyun"
    title: ClassVar[str] = "SMS 阿里云短信"
    Config: ClassVar[type[object]] = AliyunConfig

    def __init__(self, config: AliyunConfig, around: Surroundings) -> None:
        self._config = config
        self._around = around
        self._capabilities = Capabilities(
            text_limit=LONGEST - len(f"【{config.sign_name}】"),
            text_unit=TextUnit.UTF16,
            receipts=frozenset((ReceiptStatus.ACCEPTED, ReceiptStatus.DELIVERED, ReceiptStatus.FAILED)),
        )

    @classmethod
    def create(cls, account: AccountId, settings: Mapping[str, str], around: Surroundings) -> Self:
        """Make the channel of one account. Raises `ConfigInvalid`."""
        return cls(read_config(AliyunConfig, settings), around)

    @property
    def capabilities(self) -> Capabilities:
        """Text only, with what the signature leaves of its length."""
        return self._capabilities

    def verify(self, request: WebhookRequest) -> None:
        """Aliyun signs nothing: the secret in the address is all the proof there is."""
        claimed = request.query.get("secret", "")
        if not hmac.compare_digest(claimed.encode(), self._config.callback_secret.encode()):
            raise SignatureInvalid

    def parse(self, request: WebhookRequest) -> Parsed:
        """Read receipts (SmsReport) and customers' messages (SmsUp): both come as arrays."""
        try:
            items = orjson.loads(request.body)
        except orjson.JSONDecodeError:
            raise PayloadUnreadable("The body is not JSON") from None
        if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
            raise PayloadUnreadable("The body is not an array of objects")
        return Parsed(tuple(self._event(item, request.received_at) for item in items), _reply(200, 0, "接收成功"))

    def refuse(self, error: InboundError) -> WebhookReply:
        """Aliyun tries again after 1, 5 and 10 minutes."""
        return _reply(403 if isinstance(error, SignatureInvalid) else 400, 1, str(error) or type(error).__name__)

    def plan(self, parts: tuple[Part, ...]) -> tuple[Part, ...]:
        """Everything becomes text."""
        return plan(parts, self._capabilities)

    async def send(self, outgoing: Outgoing) -> Accepted:
        """Send one message to one number; receipts come back with our delivery as `out_id`.

        SendSms recognises no repetition: without an answer nobody knows whether the message went out.
        """
        if not isinstance(outgoing.part, Text):
            raise NotSendable(f"A short message carries no {outgoing.part.kind}; it should have been planned.")
        answer = await self._call(
            "SendSms",
            repeatable=False,
            needs="BizId",
            PhoneNumbers=address_value(outgoing.address).removeprefix("+"),
            SignName=self._config.sign_name,
            TemplateCode=self._config.template_code,
            TemplateParam=orjson.dumps({self._config.template_variable: outgoing.part.text}).decode(),
            OutId=outgoing.delivery,
        )
        return Accepted(str(answer["BizId"]))

    async def fetch_media(self, media: Media) -> Media:
        """Short messages carry no files."""
        raise NotSendable("Short messages carry no files.")

    async def check(self) -> None:
        """Try the AccessKey by asking for the state of the signature (QuerySmsSign)."""
        name = self._config.sign_name
        answer = await self._call("QuerySmsSign", repeatable=True, needs="SignStatus", SignName=name)
        if answer["SignStatus"] != APPROVED:
            raise Misconfigured(f"Aliyun has not approved the signature {name}")

    async def _call(self, action: str, *, repeatable: bool, needs: str, **parameters: str) -> dict[str, Any]:
        """One call; its answer if that is a success with the field we need. Aliyun writes errors into HTTP 200 too."""
        base, query = URL(self._config.api_url), canonical_query(parameters)
        headers = signed_headers(
            host=base.authority,
            path=base.path,
            query=query,
            action=action,
            version=VERSION,
            key_id=self._config.access_key_id,
            key_secret=self._config.access_key_secret,
            at=self._around.clock(),
            nonce=new_id(),
        )
        url = URL.build(scheme=base.scheme, authority=base.authority, path=base.path, query_string=query, encoded=True)
        answer = await ask(self._around, "POST", url, repeatable=repeatable, headers=headers)
        found = answer.json() or {}
        if found.get("Code", "OK") != "OK":
            raise error_of(str(found["Code"]), str(found.get("Message", "")), answer.status)
        if needs not in found:
            raise unreadable(answer, base, repeatable=repeatable)
        return found

    def _event(self, item: Item, received_at: datetime) -> InboundEvent:
        if "success" in item:
            return self._receipt(item)
        if "content" in item:
            return self._message(item)
        raw = orjson.dumps(item, option=orjson.OPT_SORT_KEYS).decode()
        return Unknown(key=_digest(raw), name="sms", occurred_at=received_at, raw=raw)

    def _receipt(self, item: Item) -> Receipt:
        delivered = str(item["success"]).lower() == "true"
        return Receipt(
            status=ReceiptStatus.DELIVERED if delivered else ReceiptStatus.FAILED,
            occurred_at=_time(item, "report_time"),
            external_id=_needed(item, "biz_id"),
            delivery=_text(item, "out_id"),
            address=self._address(item),
            code=_text(item, "err_code"),
            text=_text(item, "err_msg"),
        )

    def _message(self, item: Item) -> InboundMessage:
        names = (_needed(item, "phone_number"), _needed(item, "send_time"), _text(item, "sequence_id"))
        return InboundMessage(
            key=_digest(*names, _text(item, "content")),
            external_id=_text(item, "sequence_id"),
            address=self._address(item),
            parts=(Text(_text(item, "content")),),
            occurred_at=_time(item, "send_time"),
        )

    def _address(self, item: Item) -> Address:
        try:
            return phone_address(e164(_needed(item, "phone_number"), self._config.country))
        except ValueError as error:
            raise PayloadUnreadable(str(error)) from None


def _reply(status: int, code: int, message: str) -> WebhookReply:
    """Aliyun wants `code` to be a number."""
    body = orjson.dumps({"code": code, "msg": message})
    return WebhookReply(status=status, body=body, content_type="application/json")


def _time(item: Item, name: str) -> datetime:
    try:
        written = datetime.strptime(_needed(item, name), "%Y-%m-%d %H:%M:%S").replace(tzinfo=CHINA)
        return written.astimezone(UTC)
    except (ValueError, OverflowError):
        raise PayloadUnreadable(f"{name} is not a time") from None


def _needed(item: Item, name: str) -> str:
    value = _text(item, name)
    if not value:
        raise PayloadUnreadable(f"{name} is missing")
    return value


def _text(item: Item, name: str) -> str:
    value = item.get(name)
    if value is None:
        return ""
    if not isinstance(value, str | int):
        raise PayloadUnreadable(f"{name} is not a text")
    return str(value)


def _digest(*texts: str) -> str:
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()
