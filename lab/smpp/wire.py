"""SMPP 3.4 on the wire, from the centre's side: chapters 3 to 5 of the specification."""

import asyncio
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field

from lab.links import AnotherLanguage

BIND_RECEIVER, BIND_TRANSMITTER, SUBMIT, DELIVER, UNBIND, BIND_TRANSCEIVER = 1, 2, 4, 5, 6, 9
ENQUIRE_LINK = 0x15
RESPONSE = 0x80000000
GENERIC_NACK = RESPONSE

ROK, RINVMSGLEN, RINVCMDLEN, RINVCMDID, RINVBNDSTS, RALYBND = 0, 1, 2, 3, 4, 5
RINVREGDLVFLG, RSYSERR, RINVSRCADR, RINVDSTADR = 0x07, 0x08, 0x0A, 0x0B
RBINDFAIL, RINVPASWD, RINVSYSID = 0x0D, 0x0E, 0x0F
RINVSERTYP, RINVESMCLASS, RSUBMITFAIL, RINVSRCTON, RINVSRCNPI = 0x15, 0x43, 0x45, 0x48, 0x49
RINVDSTTON, RINVDSTNPI, RTHROTTLED, RMISSINGOPTPARAM, RINVOPTPARAMVAL = 0x50, 0x51, 0x58, 0xC3, 0xC4

RECEIPTED_MESSAGE_ID, MESSAGE_STATE, MESSAGE_PAYLOAD = 0x001E, 0x0427, 0x0424
SAR = (0x020C, 0x020E, 0x020F)
USER_MESSAGE_REFERENCE = 0x0204

HEADER = 16
LONGEST = 70_000
TIMES_OF_DELIVERY = 2
"""Texts that a submit_sm has and we do not use: when to deliver, until when."""


@dataclass(frozen=True)
class Frame:
    """One PDU, its body as it came."""

    command: int
    status: int
    number: int
    body: bytes = b""


@dataclass(frozen=True, kw_only=True)
class Login:
    """A bind."""

    system_id: str
    password: str = field(repr=False)
    system_type: str
    version: int


@dataclass(frozen=True, kw_only=True)
class Party:
    """An address with its type of number and its numbering plan."""

    ton: int = 1
    npi: int = 1
    digits: str


@dataclass(frozen=True, kw_only=True)
class ShortMessage:
    """What a submit_sm and a deliver_sm carry."""

    source: Party
    destination: Party
    text: bytes
    data_coding: int = 0
    esm_class: int = 0
    registered_delivery: int = 0
    service_type: str = ""
    parameters: Mapping[int, bytes] = field(default_factory=dict)


class Scroll:
    """A body that is read from its beginning. Raises `ValueError` where it ends too soon."""

    def __init__(self, body: bytes) -> None:
        self._rest = body

    def __bool__(self) -> bool:
        return bool(self._rest)

    def take(self, size: int) -> bytes:
        """So many bytes."""
        taken, self._rest = self._rest[:size], self._rest[size:]
        if len(taken) != size:
            raise ValueError("the body is too short")
        return taken

    def number(self, size: int = 1) -> int:
        """An integer of so many bytes."""
        return int.from_bytes(self.take(size))

    def text(self, longest: int) -> str:
        """A text that ends with a zero, which counts."""
        text, zero, rest = self._rest.partition(b"\0")
        if not zero or len(text) >= longest:
            raise ValueError(f"a text of more than {longest} bytes")
        self._rest = rest
        return text.decode("ascii")

    def party(self) -> Party:
        """An address."""
        return Party(ton=self.number(), npi=self.number(), digits=self.text(21))


async def read_frame(reader: asyncio.StreamReader) -> Frame:
    """The next PDU. Raises `AnotherLanguage`, and `asyncio.IncompleteReadError` at the end."""
    length, command, status, number = struct.unpack("!IIII", await reader.readexactly(HEADER))
    if not HEADER <= length <= LONGEST:
        raise AnotherLanguage
    return Frame(command, status, number, await reader.readexactly(length - HEADER))


def write_frame(frame: Frame) -> bytes:
    """The bytes of a PDU."""
    return struct.pack("!IIII", HEADER + len(frame.body), frame.command, frame.status, frame.number) + frame.body


def read_login(body: bytes) -> Login:
    """A bind. Longer passwords than the specification's are taken, as many carriers do. Raises `ValueError`."""
    scroll = Scroll(body)
    login = Login(
        system_id=scroll.text(16), password=scroll.text(33), system_type=scroll.text(13), version=scroll.number()
    )
    scroll.take(2)
    scroll.text(41)
    return login


def read_submission(body: bytes) -> ShortMessage:
    """A submit_sm. Raises `ValueError`."""
    scroll = Scroll(body)
    service_type, source, destination = scroll.text(6), scroll.party(), scroll.party()
    esm_class, _protocol_id, _priority = scroll.take(3)
    for _ in range(TIMES_OF_DELIVERY):
        scroll.text(17)
    registered_delivery, _replace, data_coding, _default = scroll.take(4)
    return ShortMessage(
        service_type=service_type,
        source=source,
        destination=destination,
        esm_class=esm_class,
        registered_delivery=registered_delivery,
        data_coding=data_coding,
        text=scroll.take(scroll.number()),
        parameters=_parameters(scroll),
    )


def write_delivery(message: ShortMessage) -> bytes:
    """The body of a deliver_sm."""
    parties = (message.source, message.destination)
    return b"".join(
        (
            b"\0",
            *(bytes((each.ton, each.npi)) + each.digits.encode() + b"\0" for each in parties),
            bytes((message.esm_class, 0, 0)),
            bytes(TIMES_OF_DELIVERY),
            bytes((0, 0, message.data_coding, 0, len(message.text))) + message.text,
            *(struct.pack("!HH", tag, len(value)) + value for tag, value in message.parameters.items()),
        )
    )


def _parameters(scroll: Scroll) -> dict[int, bytes]:
    found = {}
    while scroll:
        tag = scroll.number(2)
        found[tag] = scroll.take(scroll.number(2))
    return found
