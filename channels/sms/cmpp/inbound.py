"""What a gateway's DELIVER says: a customer's message, or what became of one of ours."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from channels.sms.cmpp.codec import decode, decode_msg_id, decode_report
from channels.sms.cmpp.content import read_content
from channels.sms.cmpp.errors import stat_meaning
from channels.sms.cmpp.fields import Malformed, Version
from channels.sms.cmpp.login import CHINA
from channels.sms.cmpp.messages import Deliver, Report
from channels.sms.optout import ChangeWords, heeded
from channels.sms.phones import e164
from channels.sms.receipts import state_of, with_change
from channels.sms.udh import read_header
from conversations.address import Address, phone_address
from conversations.errors import PayloadUnreadable
from conversations.inbound import Fragment, InboundEvent, InboundMessage, Receipt
from conversations.parts import Text

PSEUDONYM = 1
"""Src_terminal_type of a customer whose number is hidden (伪码)."""

OLDEST, NEWEST = timedelta(days=3), timedelta(minutes=5)
"""How far a gateway's time may be from ours; beyond that it keeps none in its Msg_Id."""


def read_deliver(
    frame: bytes, version: Version, received_at: datetime, *, country: str, words: ChangeWords
) -> tuple[InboundEvent, ...]:
    """The news in a DELIVER. Raises `PayloadUnreadable`."""
    try:
        pdu = decode(frame, version)
        if not isinstance(pdu, Deliver):
            raise PayloadUnreadable(f"{type(pdu).__name__} brings no news")
        if pdu.registered_delivery:
            return _reported(decode_report(pdu.msg_content), received_at, country)
    except Malformed as error:
        raise PayloadUnreadable(str(error)) from None
    return (_said(pdu, received_at, country, words),)


def external_id(msg_id: int) -> str:
    """What we call a message of a gateway: its Msg_Id as a decimal number."""
    return str(msg_id)


def _reported(report: Report, received_at: datetime, country: str) -> tuple[InboundEvent, ...]:
    address = _address(report.dest_terminal_id, country)
    receipt = Receipt(
        status=state_of(report.stat).status,
        occurred_at=_done_at(report, received_at),
        external_id=external_id(report.msg_id),
        address=address,
        code=report.stat,
        text=stat_meaning(report.stat),
    )
    return with_change(receipt, address)


def _said(pdu: Deliver, received_at: datetime, country: str, words: ChangeWords) -> InboundEvent:
    if pdu.src_terminal_type == PSEUDONYM:
        raise PayloadUnreadable("The customer's number is hidden behind a pseudonym")
    fragment, content = read_header(pdu.msg_content) if pdu.tp_udhi & 1 else (None, pdu.msg_content)
    parts, fragment = read_content(content, pdu.msg_fmt, _between_two(pdu, fragment))
    said = InboundMessage(
        key=_key(pdu),
        external_id=external_id(pdu.msg_id),
        address=_address(pdu.src_terminal_id, country),
        parts=parts,
        occurred_at=_sent_at(pdu, received_at),
        fragment=fragment,
    )
    match fragment, parts:
        case None, (Text(text),):
            return heeded(said, text, words)
        case _:
            return said


def _between_two(pdu: Deliver, fragment: Fragment | None) -> Fragment | None:
    """A phone counts its long messages for each number it writes to."""
    return fragment and replace(fragment, reference=f"{pdu.dest_id} {fragment.reference}")


def _key(pdu: Deliver) -> str:
    """The same on each delivery; not the Msg_Id alone, which some gateways give to all pieces of a long message."""
    names = (str(pdu.msg_id), pdu.src_terminal_id, pdu.msg_content.hex())
    return hashlib.sha256("\n".join(names).encode()).hexdigest()


def _address(number: str, country: str) -> Address:
    try:
        return phone_address(e164(number.strip(), country))
    except ValueError as error:
        raise PayloadUnreadable(str(error)) from None


def _sent_at(pdu: Deliver, received_at: datetime) -> datetime:
    """The time in the Msg_Id, which has no year; ours if that makes no sense."""
    found = decode_msg_id(pdu.msg_id)
    here = received_at.astimezone(CHINA)
    for year in (here.year, here.year - 1):
        try:
            sent = datetime(year, found.month, found.day, found.hour, found.minute, found.second, tzinfo=CHINA)
        except ValueError:
            continue
        if received_at - OLDEST <= sent <= received_at + NEWEST:
            return sent.astimezone(UTC)
    return received_at


def _done_at(report: Report, received_at: datetime) -> datetime:
    """Done_time; gateways that have none leave it empty or write what is no time."""
    try:
        done = datetime.strptime(report.done_time, "%y%m%d%H%M").replace(tzinfo=CHINA)
        return done.astimezone(UTC)
    except (ValueError, OverflowError):
        return received_at
