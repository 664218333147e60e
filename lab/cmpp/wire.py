"""CMPP on the wire, from the gateway's side: the tables of the specifications of 2.0 (2002, 7.4) and 3.0."""

import asyncio
import hashlib
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from lab.links import AnotherLanguage

CONNECT, TERMINATE, SUBMIT, DELIVER, ACTIVE_TEST = 1, 2, 4, 5, 8
RESPONSE = 0x80000000

V20, V30 = 0x20, 0x30
LONGEST = 4096

CHINA = ZoneInfo("Asia/Shanghai")
GATEWAY = 106900
"""The number of this gateway in its Msg_Ids."""

_CONNECT = struct.Struct("!6s16sBI")
_REPORT = {V20: struct.Struct("!Q7s10s10s21sI"), V30: struct.Struct("!Q7s10s10s32sI")}
_DELIVER = {V20: struct.Struct("!Q21s10sxBB21sBB"), V30: struct.Struct("!Q21s10sxBB32sxBB")}
_RESULT = {V20: struct.Struct("!QB"), V30: struct.Struct("!QI")}
_STATUS = {V20: struct.Struct("!B"), V30: struct.Struct("!I")}


@dataclass(frozen=True)
class _SubmitForm:
    """The fields before the phone numbers, the size of one, and what follows the content: Reserve, or LinkID."""

    fixed: struct.Struct
    phone: int
    phone_type: int
    reserve: int


_SUBMIT: Mapping[int, _SubmitForm] = {
    V20: _SubmitForm(struct.Struct("!8xBBBx10sB21xxBB6s2s6s17x17x21sB"), phone=21, phone_type=0, reserve=8),
    V30: _SubmitForm(struct.Struct("!8xBBBx10sB32xxxBB6s2s6s17x17x21sB"), phone=32, phone_type=1, reserve=20),
}


@dataclass(frozen=True)
class Frame:
    """One message, its body as it came."""

    command: int
    number: int
    body: bytes


@dataclass(frozen=True, kw_only=True)
class Login:
    """A CONNECT."""

    source_addr: str
    proof: bytes
    version: int
    stamp: int


@dataclass(frozen=True, kw_only=True)
class Submission:
    """A SUBMIT, without what the lab has no use for."""

    pk_total: int
    pk_number: int
    registered_delivery: int
    service_id: str
    fee_user_type: int
    tp_udhi: int
    msg_fmt: int
    msg_src: str
    fee_type: str
    fee_code: str
    src_id: str
    phones: tuple[str, ...]
    content: bytes


@dataclass(frozen=True, kw_only=True)
class Up:
    """A DELIVER: from a phone, or (`is_report`) about a message of ours."""

    msg_id: int
    src_id: str
    service_id: str
    phone: str
    content: bytes
    msg_fmt: int = 0
    tp_udhi: int = 0
    is_report: bool = False


async def read_frame(reader: asyncio.StreamReader) -> Frame:
    """The next message. Raises `AnotherLanguage`, and IncompleteReadError at the end."""
    length, command, number = struct.unpack("!III", await reader.readexactly(12))
    if not 12 <= length <= LONGEST:
        raise AnotherLanguage
    return Frame(command, number, await reader.readexactly(length - 12))


def write_frame(frame: Frame) -> bytes:
    """The bytes of a message."""
    return struct.pack("!III", 12 + len(frame.body), frame.command, frame.number) + frame.body


def read_login(body: bytes) -> Login:
    """A CONNECT. Raises struct.error."""
    source_addr, proof, version, stamp = _CONNECT.unpack(body)
    return Login(source_addr=_text(source_addr), proof=proof, version=version, stamp=stamp)


def proof_of(login: Login, secret: str) -> bytes:
    """AuthenticatorSource, as who knows the secret makes it."""
    return _md5(login.source_addr.encode() + bytes(9) + secret.encode() + f"{login.stamp:010}".encode())


def welcome(login: Login, version: int, status: int, secret: str) -> bytes:
    """The body of a CONNECT_RESP, with AuthenticatorISMG."""
    said = _STATUS[version].pack(status)
    return said + _md5(said + login.proof + secret.encode()) + bytes((version,))


def read_submission(body: bytes, version: int) -> Submission:
    """A SUBMIT. Raises struct.error or IndexError for one of another form."""
    form = _SUBMIT[version]
    (total, number, wanted, service, payer, udhi, fmt, src, fee_type, fee_code, src_id, count) = form.fixed.unpack_from(
        body
    )
    phones_end = form.fixed.size + count * form.phone
    start = phones_end + form.phone_type
    content = body[start + 1 : start + 1 + body[start]]
    if len(body) != start + 1 + body[start] + form.reserve:
        raise struct.error("the lengths do not add up")
    phones = body[form.fixed.size : phones_end]
    return Submission(
        pk_total=total,
        pk_number=number,
        registered_delivery=wanted,
        service_id=_text(service),
        fee_user_type=payer,
        tp_udhi=udhi,
        msg_fmt=fmt,
        msg_src=_text(src),
        fee_type=_text(fee_type),
        fee_code=_text(fee_code),
        src_id=_text(src_id),
        phones=tuple(_text(phones[at : at + form.phone]) for at in range(0, len(phones), form.phone)),
        content=content,
    )


def write_result(msg_id: int, result: int, version: int) -> bytes:
    """The body of a SUBMIT_RESP."""
    return _RESULT[version].pack(msg_id, result)


def read_result(body: bytes, version: int) -> tuple[int, int]:
    """Msg_Id and Result in a DELIVER_RESP. Raises struct.error."""
    msg_id, result = _RESULT[version].unpack(body)
    return msg_id, result


def write_up(up: Up, version: int) -> bytes:
    """The body of a DELIVER."""
    head = _DELIVER[version].pack(
        up.msg_id,
        up.src_id.encode(),
        up.service_id.encode(),
        up.tp_udhi,
        up.msg_fmt,
        up.phone.encode(),
        int(up.is_report),
        len(up.content),
    )
    return head + up.content + bytes(_SUBMIT[version].reserve)


def write_report(msg_id: int, stat: str, times: tuple[datetime, datetime], phone: str, version: int) -> bytes:
    """The content of a DELIVER that reports: when it was submitted, and when all was done."""
    submitted, done = (f"{each.astimezone(CHINA):%y%m%d%H%M}".encode() for each in times)
    return _REPORT[version].pack(msg_id, stat.encode(), submitted, done, phone.encode(), msg_id & 0xFFFF)


def make_msg_id(at: datetime, sequence: int) -> int:
    """A Msg_Id: 26 bits of China's month, day and time, 22 of the gateway, 16 of a running number."""
    here = at.astimezone(CHINA)
    time = (((here.month << 5 | here.day) << 5 | here.hour) << 6 | here.minute) << 6 | here.second
    return (time << 22 | GATEWAY) << 16 | sequence & 0xFFFF


def _text(raw: bytes) -> str:
    return raw.rstrip(b"\0").decode("ascii", errors="replace")


def _md5(whole: bytes) -> bytes:
    return hashlib.md5(whole, usedforsecurity=False).digest()
