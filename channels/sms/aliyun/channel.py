"""Short messages through Aliyun (阿里云短信服务): texts travel as the variable of a template, templates as themselves.

Protocol: help.aliyun.com, SendSms (2017-05-25), HTTP批量推送模式 (SmsReport, SmsUp).
"""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, Self

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
from channels.sms.text import Alphabet, bracketed
from conversations.address import address_value
from conversations.errors import InboundError, Misconfigured, NotSendable, PayloadUnreadable, SignatureInvalid
from conversations.ids import AccountId, new_id
from conversations.inbound import InboundEvent, InboundMessage, Receipt, ReceiptStatus
from conversations.parts import Media, Part, Template, Text

VERSION = "2017-05-25"

LONGEST = 500
"""UTF-16 units of a whole message, with the signature in its brackets."""

APPROVED = 1
"""`SignStatus` of a signature that may be used."""


class AliyunSmsChannel:
    """One signature, and a template for texts."""

    kind: ClassVar[str] = "sms_aliyun"
    title: ClassVar[str] = "SMS 阿里云短信"
    Config: ClassVar[type[object]] = AliyunConfig

    def __init__(self, config: AliyunConfig, around: Surroundings) -> None:
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
        return cls(read_config(AliyunConfig, settings), around)

    @property
    def capabilities(self) -> Capabilities:
        """Text with what the signature leaves of its length, and registered templates."""
        return self._capabilities

    def verify(self, request: WebhookRequest) -> None:
        """Aliyun signs nothing: the secret in the address, and where it comes from, are all the proof there is."""
        check_callback(request, self._config.callback_secret, self._config.callback_ips)

    def parse(self, request: WebhookRequest) -> Parsed:
        """Read receipts (SmsReport) and customers' messages (SmsUp): both come as arrays."""
        events = read_items(items_in(request.body), self._events, request.received_at)
        return Parsed(events, json_reply(200, {"code": 0, "msg": "接收成功"}))

    def refuse(self, error: InboundError) -> WebhookReply:
        """Aliyun tries again after 1, 5 and 10 minutes; it wants `code` to be a number."""
        status = 403 if isinstance(error, SignatureInvalid) else 400
        return json_reply(status, {"code": 1, "msg": str(error) or type(error).__name__})

    def plan(self, parts: tuple[Part, ...]) -> tuple[Part, ...]:
        """Everything becomes text."""
        return plan(parts, self._capabilities)

    def segments(self, text: str) -> int:
        """How many short messages are charged for a text, if the template for texts holds nothing else."""
        alphabet = Alphabet.UCS2 if self._config.country == MAINLAND else None
        return charged(self.plan((Text(text),)), signature=self._config.sign_name, alphabet=alphabet)

    async def send(self, outgoing: Outgoing) -> Accepted:
        """Send one message to one number; receipts come back with our delivery as `out_id`.

        SendSms recognises no repetition: without an answer nobody knows whether the message went out.
        """
        template, values = self._template(outgoing.part)
        answer = await self._call(
            "SendSms",
            repeatable=False,
            needs="BizId",
            PhoneNumbers=address_value(outgoing.address).removeprefix("+"),
            SignName=self._config.sign_name,
            TemplateCode=template,
            TemplateParam=orjson.dumps(values).decode(),
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

    def _template(self, part: Part) -> tuple[str, dict[str, str]]:
        """Which template, and what fills it in."""
        match part:
            case Text():
                return self._config.template_code, {self._config.template_variable: part.text}
            case Template():
                return part.name, dict(part.values)
            case _:
                raise NotSendable(f"A short message carries no {part.kind}; it should have been planned.")

    def _events(self, item: Item) -> Iterable[InboundEvent]:
        if "success" in item:
            return self._receipt(item)
        if "content" in item:
            return (self._said(item),)
        raise PayloadUnreadable("This is neither a receipt nor a message")

    def _receipt(self, item: Item) -> tuple[InboundEvent, ...]:
        """Several messages may share a `biz_id`: the address tells their receipts apart."""
        delivered = text_in(item, "success").lower() == "true"
        address = phone_in(needed_in(item, "phone_number"), self._config.country)
        receipt = Receipt(
            status=ReceiptStatus.DELIVERED if delivered else ReceiptStatus.FAILED,
            occurred_at=china_time(needed_in(item, "report_time")),
            external_id=needed_in(item, "biz_id"),
            delivery=text_in(item, "out_id"),
            address=address,
            code=text_in(item, "err_code"),
            text=text_in(item, "err_msg"),
        )
        return with_change(receipt, address)

    def _said(self, item: Item) -> InboundEvent:
        words, number, at = text_in(item, "content"), needed_in(item, "phone_number"), needed_in(item, "send_time")
        message = InboundMessage(
            key=digest(number, at, text_in(item, "sequence_id"), words),
            external_id=text_in(item, "sequence_id"),
            address=phone_in(number, self._config.country),
            parts=(Text(words),),
            occurred_at=china_time(at),
        )
        return heeded(message, words, self._words)
