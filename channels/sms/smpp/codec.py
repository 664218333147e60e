"""SMPP 3.4 as bytes: the requests we make, and the ones we are sent. Pure.

Source: SMPP Protocol Specification v3.4, issue 1.2, chapters 3 to 5. Reading is forgiving where short message centres
are known to be generous (longer fields, missing bodies), and raises `PayloadUnreadable` for all that makes no sense.
"""

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum

from conversations.errors import PayloadUnreadable

HEADER = 16
"""Bytes: length, command, status, sequence number, each of four."""

VERSION = 0x34

OK = 0
INVALID_COMMAND = 0x03
WRONG_BIND = 0x04
TRY_LATER = 0x64
"""ESME_RX_T_APPN: we cannot take the message now, the centre keeps it."""

HAS_HEADER = 0x40
"""The bit of `esm_class` that says: the text begins with a user data header."""

_ANSWER = 0x80000000


class Command(IntEnum):
    """What a PDU is for; its answer has the highest bit set besides."""

    GENERIC_NACK = 0x80000000
    BIND_RECEIVER = 0x00000001
    BIND_TRANSMITTER = 0x00000002
    SUBMIT_SM = 0x00000004
    DELIVER_SM = 0x00000005
    UNBIND = 0x00000006
    BIND_TRANSCEIVER = 0x00000009
    ENQUIRE_LINK = 0x00000015
    ALERT_NOTIFICATION = 0x00000102
    DATA_SM = 0x00000103


class Tag(IntEnum):
    """The optional parameters that we write or read."""

    RECEIPTED_MESSAGE_ID = 0x001E
    USER_MESSAGE_REFERENCE = 0x0204
    SAR_MSG_REF_NUM = 0x020C
    SAR_TOTAL_SEGMENTS = 0x020E
    SAR_SEGMENT_SEQNUM = 0x020F
    NETWORK_ERROR_CODE = 0x0423
    MESSAGE_PAYLOAD = 0x0424
    MESSAGE_STATE = 0x0427


@dataclass(frozen=True, kw_only=True)
class Pdu:
    """One protocol data unit, its body as it came."""

    command: int
    number: int
    status: int = OK
    body: bytes = b""


@dataclass(frozen=True, kw_only=True)
class Number:
    """An address: its type of number, its numbering plan, its digits (or, alphanumeric, its name)."""

    ton: int = 0
    npi: int = 0
    digits: str = ""


@dataclass(frozen=True, kw_only=True)
class ShortMessage:
    """The body of `submit_sm`, `deliver_sm` and `data_sm`. `text` is what the short message carries, header and all."""

    source: Number
    destination: Number
    text: bytes = b""
    data_coding: int = 0
    esm_class: int = 0
    registered_delivery: int = 0
    service_type: str = ""
    protocol_id: int = 0
    priority: int = 0
    scheduled: str = ""
    validity: str = ""
    replace_if_present: int = 0
    default_message: int = 0
    parameters: Mapping[int, bytes] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Credentials:
    """What a bind proves who we are with."""

    system_id: str
    password: str = field(repr=False)
    system_type: str = ""


def write_pdu(pdu: Pdu) -> bytes:
    """The bytes of a PDU."""
    return struct.pack("!IIII", HEADER + len(pdu.body), pdu.command, pdu.status, pdu.number) + pdu.body


def read_pdu(raw: bytes) -> Pdu:
    """Take a PDU apart. Raises `PayloadUnreadable`."""
    if len(raw) < HEADER:
        raise PayloadUnreadable("The PDU is shorter than its header")
    length, command, status, number = struct.unpack_from("!IIII", raw)
    if length != len(raw):
        raise PayloadUnreadable(f"The PDU claims {length} bytes and has {len(raw)}")
    return Pdu(command=command, status=status, number=number, body=raw[HEADER:])


def bind(command: Command, who: Credentials, number: int) -> bytes:
    """A request to open a session."""
    names = _cstring(who.system_id) + _cstring(who.password) + _cstring(who.system_type)
    return write_pdu(Pdu(command=command, number=number, body=names + bytes((VERSION, 0, 0)) + _cstring("")))


def submit(message: ShortMessage, number: int) -> bytes:
    """A request to send a short message."""
    return write_pdu(Pdu(command=Command.SUBMIT_SM, number=number, body=write_message(message)))


def bare(command: Command, number: int) -> bytes:
    """A request without a body: `enquire_link`, `unbind`."""
    return write_pdu(Pdu(command=command, number=number))


def answer(asked: Pdu, status: int = OK) -> bytes:
    """The answer to a request of the other side; `deliver_sm_resp` has a message id, which is empty."""
    named = asked.command in (Command.DELIVER_SM, Command.DATA_SM)
    body = _cstring("") if named else b""
    return write_pdu(Pdu(command=asked.command | _ANSWER, status=status, number=asked.number, body=body))


def refuse_command(asked: Pdu) -> bytes:
    """The answer to a request that we do not know."""
    return write_pdu(Pdu(command=Command.GENERIC_NACK, status=INVALID_COMMAND, number=asked.number))


def message_id(accepted: Pdu) -> str:
    """What the message centre calls a message, in its `submit_sm_resp`; empty if it gives no name."""
    return accepted.body.partition(b"\0")[0].decode("latin-1")


def write_message(message: ShortMessage) -> bytes:
    """The body of `submit_sm` or `deliver_sm`."""
    return b"".join(
        (
            _cstring(message.service_type),
            _number(message.source),
            _number(message.destination),
            bytes((message.esm_class, message.protocol_id, message.priority)),
            _cstring(message.scheduled),
            _cstring(message.validity),
            bytes((message.registered_delivery, message.replace_if_present)),
            bytes((message.data_coding, message.default_message, len(message.text))),
            message.text,
            *(struct.pack("!HH", tag, len(value)) + value for tag, value in message.parameters.items()),
        )
    )


def read_message(pdu: Pdu) -> ShortMessage:
    """The message in a `deliver_sm` or `data_sm`. Raises `PayloadUnreadable`."""
    read = _LAYOUTS.get(pdu.command)
    if read is None:
        raise PayloadUnreadable(f"Command {pdu.command:08x} carries no message")
    return read(_Reader(pdu.body))


class _Reader:
    """Reads field after field."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw
        self._at = 0

    def octets(self, count: int) -> bytes:
        """The next bytes."""
        taken = self._raw[self._at : self._at + count]
        if len(taken) < count:
            raise PayloadUnreadable("The PDU breaks off")
        self._at += count
        return taken

    def integer(self, size: int = 1) -> int:
        """A number of so many bytes."""
        return int.from_bytes(self.octets(size))

    def cstring(self) -> str:
        """A text with a zero at its end; bytes beyond ASCII are kept as Latin-1."""
        end = self._raw.find(0, self._at)
        if end < 0:
            raise PayloadUnreadable("A text has no end")
        return self.octets(end + 1 - self._at)[:-1].decode("latin-1")

    def number(self) -> Number:
        """An address."""
        return Number(ton=self.integer(), npi=self.integer(), digits=self.cstring())

    def parameters(self) -> dict[int, bytes]:
        """The optional ones, to the end; of two with one tag the last."""
        found = {}
        while self._at < len(self._raw):
            tag, length = self.integer(2), self.integer(2)
            found[tag] = self.octets(length)
        return found


def _read_deliver(reader: _Reader) -> ShortMessage:
    return ShortMessage(
        service_type=reader.cstring(),
        source=reader.number(),
        destination=reader.number(),
        esm_class=reader.integer(),
        protocol_id=reader.integer(),
        priority=reader.integer(),
        scheduled=reader.cstring(),
        validity=reader.cstring(),
        registered_delivery=reader.integer(),
        replace_if_present=reader.integer(),
        data_coding=reader.integer(),
        default_message=reader.integer(),
        text=reader.octets(reader.integer()),
        parameters=reader.parameters(),
    )


def _read_data(reader: _Reader) -> ShortMessage:
    return ShortMessage(
        service_type=reader.cstring(),
        source=reader.number(),
        destination=reader.number(),
        esm_class=reader.integer(),
        registered_delivery=reader.integer(),
        data_coding=reader.integer(),
        parameters=reader.parameters(),
    )


_LAYOUTS: Mapping[int, Callable[[_Reader], ShortMessage]] = {
    Command.SUBMIT_SM: _read_deliver,
    Command.DELIVER_SM: _read_deliver,
    Command.DATA_SM: _read_data,
}


def _number(number: Number) -> bytes:
    return bytes((number.ton, number.npi)) + _cstring(number.digits)


def _cstring(text: str) -> bytes:
    return text.encode("latin-1") + b"\0"
