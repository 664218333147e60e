"""What Twilio tells: customers' messages with their files, and what became of ours.

Sources: twilio.com/docs/messaging/guides/webhook-request and …/track-outbound-message-status.
"""

import hashlib
from collections.abc import Iterable, Mapping

from channels.contract import WebhookRequest
from channels.sms.optout import ChangeWords, changed, heeded
from channels.sms.phones import e164
from channels.sms.receipts import opted_out
from channels.sms.twilio.errors import UNSUBSCRIBED
from channels.sms.twilio.signature import form_of
from conversations.address import phone_address
from conversations.errors import PayloadUnreadable
from conversations.inbound import ContactChange, InboundEvent, InboundMessage, Receipt, ReceiptStatus, Unknown
from conversations.parts import Media, MediaType, Part, Text

MOST_FILES = 10
"""Files that one message can have."""

_STATUSES = {
    "accepted": ReceiptStatus.ACCEPTED,
    "scheduled": ReceiptStatus.ACCEPTED,
    "queued": ReceiptStatus.ACCEPTED,
    "sending": ReceiptStatus.ACCEPTED,
    "sent": ReceiptStatus.ACCEPTED,
    "delivered": ReceiptStatus.DELIVERED,
    "read": ReceiptStatus.READ,
    "undelivered": ReceiptStatus.FAILED,
    "failed": ReceiptStatus.FAILED,
    "canceled": ReceiptStatus.FAILED,
}

_CHANGES = {"STOP": ContactChange.OPTED_OUT, "START": ContactChange.OPTED_IN}
"""What Twilio itself understood a message as (`OptOutType`); it has answered the customer already."""

_TYPES = {"image": MediaType.IMAGE, "audio": MediaType.VOICE, "video": MediaType.VIDEO}

Fields = Mapping[str, str]


def read_request(request: WebhookRequest, country: str, words: ChangeWords) -> tuple[InboundEvent, ...]:
    """The news in a request. Raises `PayloadUnreadable` for a message without a name."""
    fields = dict(form_of(request)) if request.method == "POST" else request.query
    if fields.get("MessageStatus") in _STATUSES:
        return tuple(_receipt(request, fields, country))
    if "From" in fields and "MessageStatus" not in fields and _is_phone(fields["From"], country):
        return (_said(request, fields, country, words),)
    return (_unknown(request),)


def _receipt(request: WebhookRequest, fields: Fields, country: str) -> Iterable[InboundEvent]:
    """One status of one message. `delivery` is what we put into the address that Twilio calls."""
    address = phone_address(e164(fields["To"], country)) if _is_phone(fields.get("To", ""), country) else None
    receipt = Receipt(
        status=_STATUSES[fields["MessageStatus"]],
        occurred_at=request.received_at,
        external_id=_sid(fields),
        delivery=request.query.get("delivery", ""),
        address=address,
        code=fields.get("ErrorCode", ""),
    )
    yield receipt
    if receipt.code == UNSUBSCRIBED and address is not None:
        yield opted_out(receipt, address)


def _said(request: WebhookRequest, fields: Fields, country: str, words: ChangeWords) -> InboundEvent:
    text = fields.get("Body", "")
    message = InboundMessage(
        key=_sid(fields),
        external_id=_sid(fields),
        address=phone_address(e164(fields["From"], country)),
        parts=_parts(text, fields),
        occurred_at=request.received_at,
    )
    asked = _CHANGES.get(fields.get("OptOutType", ""))
    return changed(message, text, asked) if asked else heeded(message, text, words)


def _parts(text: str, fields: Fields) -> tuple[Part, ...]:
    files = [_file(fields, number) for number in range(MOST_FILES) if f"MediaUrl{number}" in fields]
    return (*files, Text(text)) if text or not files else tuple(files)


def _file(fields: Fields, number: int) -> Media:
    mime = fields.get(f"MediaContentType{number}", "").lower()
    kind = _TYPES.get(mime.partition("/")[0], MediaType.FILE)
    return Media(kind, mime=mime, ref=fields[f"MediaUrl{number}"])


def _unknown(request: WebhookRequest) -> Unknown:
    raw = request.body.decode(errors="backslashreplace") or request.url
    return Unknown(
        key=hashlib.sha256(raw.encode()).hexdigest(), name="twilio", occurred_at=request.received_at, raw=raw
    )


def _sid(fields: Fields) -> str:
    sid = fields.get("MessageSid") or fields.get("SmsSid", "")
    if not sid:
        raise PayloadUnreadable("MessageSid is missing")
    return sid


def _is_phone(text: str, country: str) -> bool:
    """Senders may be names of firms and short codes too, to which nobody can answer."""
    try:
        return bool(e164(text, country))
    except ValueError:
        return False
