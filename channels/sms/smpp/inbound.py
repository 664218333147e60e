"""What a message centre brings, in our words: customers' messages and receipts. Pure."""

import hashlib
from dataclasses import replace
from datetime import timedelta

from channels.contract import WebhookRequest
from channels.sms.optout import change_words, heeded
from channels.sms.phones import e164
from channels.sms.receipts import state_of, with_change
from channels.sms.smpp.codec import HAS_HEADER, HEADER, Number, Pdu, ShortMessage, Tag, read_message, read_pdu
from channels.sms.smpp.coding import charset_of, read_octets
from channels.sms.smpp.config import LATIN1, SmppConfig
from channels.sms.smpp.receipts import id_of_receipt, is_receipt, name_of, read_receipt
from channels.sms.udh import read_header
from channels.sms.words import Said, read_words
from conversations.address import Address, phone_address
from conversations.errors import PayloadUnreadable
from conversations.inbound import Fragment, InboundEvent, InboundMessage, Receipt, Unknown
from conversations.parts import Text

STAMP = "stamp"
"""The header of a request in which the listener keeps what `Repeats` gave it."""

REPEATED_WITHIN = timedelta(minutes=10)
"""Who says the same word later says it anew, and phones use their references again."""

_INTERNATIONAL = 1
_SAR = (Tag.SAR_MSG_REF_NUM, Tag.SAR_TOTAL_SEGMENTS, Tag.SAR_SEGMENT_SEQNUM)


class Inbox:
    """Reads what comes for one account."""

    def __init__(self, config: SmppConfig) -> None:
        self._config = config
        self._words = change_words(config.country, config.optout_words)

    def read(self, request: WebhookRequest) -> tuple[InboundEvent, ...]:
        """The news in a `deliver_sm` or `data_sm`. Raises `PayloadUnreadable`."""
        message = read_message(read_pdu(request.body))
        fragment, content = content_of(message)
        if is_receipt(message, content):
            return self._receipt(message, content, request)
        return (self._message(message, fragment, content, request),)

    def _message(
        self, message: ShortMessage, fragment: Fragment | None, content: bytes, request: WebhookRequest
    ) -> InboundEvent:
        parts, piece = self._read(content, message.data_coding, fragment)
        said = InboundMessage(
            key=_key(request),
            external_id=name_of(message),
            address=self._address(message.source),
            parts=parts,
            occurred_at=request.received_at,
            fragment=piece,
            key_lasts=REPEATED_WITHIN if has_reference(message, fragment) and not name_of(message) else None,
        )
        match piece, parts:
            case None, (Text(text),):
                return heeded(said, text, self._words)
            case _:
                return said

    def _read(self, content: bytes, data_coding: int, fragment: Fragment | None) -> Said:
        charset = charset_of(data_coding, latin1=self._config.alphabet == LATIN1)
        return ((read_octets(content),), fragment) if charset is None else read_words(content, charset, fragment)

    def _receipt(self, message: ShortMessage, content: bytes, request: WebhookRequest) -> tuple[InboundEvent, ...]:
        """Its own times have no zone. Its addresses may be the wrong way round: the id counts."""
        told = read_receipt(message, content)
        if told is None:
            raw = request.body.hex()
            return (Unknown(key=_key(request), name="receipt", occurred_at=request.received_at, raw=raw),)
        state = state_of(told.state)
        receipt = Receipt(
            status=state.status,
            occurred_at=request.received_at,
            external_id=id_of_receipt(told.id, self._config.receipt_ids),
            code=told.state,
            text=told.error and f"error {told.error}",
        )
        return with_change(receipt, self._address(message.source)) if state.unwanted else (receipt,)

    def _address(self, number: Number) -> Address:
        """Some centres write the plus though the type of number says it already."""
        written = f"+{number.digits.lstrip('+')}" if number.ton == _INTERNATIONAL else number.digits
        try:
            return phone_address(e164(written, self._config.country))
        except ValueError as error:
            raise PayloadUnreadable(str(error)) from None


def is_marked(pdu: Pdu) -> bool:
    """Whether something tells it from an equal message: the centre's name for it, or, for a while, a reference."""
    try:
        message = read_message(pdu)
        fragment, _ = content_of(message)
    except PayloadUnreadable:
        return False
    return bool(name_of(message)) or has_reference(message, fragment)


def has_reference(message: ShortMessage, fragment: Fragment | None) -> bool:
    """The phone's reference, or the number of a piece. Centres that know no reference write 0 for each message."""
    return fragment is not None or any(message.parameters.get(Tag.USER_MESSAGE_REFERENCE, b""))


def content_of(message: ShortMessage) -> tuple[Fragment | None, bytes]:
    """Which piece of what this is, and its text without a header."""
    content = message.text or message.parameters.get(Tag.MESSAGE_PAYLOAD, b"")
    fragment = None
    if message.esm_class & HAS_HEADER and content:
        fragment, content = read_header(content)
    return _between(message, fragment or _sar(message)), content


def _between(message: ShortMessage, fragment: Fragment | None) -> Fragment | None:
    """References belong to the two who write to each other."""
    if fragment is None:
        return None
    names = (message.source.digits, message.destination.digits, fragment.reference, str(fragment.total))
    return replace(fragment, reference=" ".join(names))


def _sar(message: ShortMessage) -> Fragment | None:
    """The same in parameters of SMPP's own (5.3.2.22 to 24). Pieces that cannot be are messages of their own."""
    values = [message.parameters.get(tag) for tag in _SAR]
    if None in values:
        return None
    reference, total, number = (int.from_bytes(value or b"") for value in values)
    if not 1 <= number <= total or total == 1:
        return None
    return Fragment(reference=f"sar{reference}", number=number, total=total)


def _key(request: WebhookRequest) -> str:
    """All but the header, whose number changes when the centre repeats itself, and the stamp."""
    stamp = request.headers.get(STAMP, "")
    return hashlib.sha256(request.body[HEADER:] + stamp.encode()).hexdigest()
