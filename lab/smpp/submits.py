"""What the centre takes over: it checks each submit_sm, and finds out which piece of a long message it is."""

import re
import struct
from dataclasses import dataclass

from lab.config import AccountConfig
from lab.phones import read_phone
from lab.smpp import wire
from lab.smpp.alphabet import UCS2, read
from lab.smpp.wire import MESSAGE_PAYLOAD, SAR, ShortMessage, read_submission

HAS_HEADER = 0x40
KNOWN_CLASSES = frozenset((0, HAS_HEADER, 3, 3 | HAS_HEADER))
RECEIPT = 0x03
"""The bits of `registered_delivery` for receipts: none, each, or failures; further ones ask for more (5.2.17)."""

UNUSED = 0xE0

SEPTETS, OCTETS = 160, 140
"""What a short message holds, its header included."""

_HEADER = re.compile(rb"(?:\x05\x00\x03(.)|\x06\x08\x04(..))(.)(.)", re.DOTALL)


class Refuses(Exception):
    """The centre says no, by one of the command_status of submit_sm_resp."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


@dataclass(frozen=True)
class Piece:
    """A short message that may be one of several."""

    reference: bytes
    number: int
    total: int
    words: str


def checked(body: bytes, account: AccountConfig) -> tuple[ShortMessage, Piece]:
    """A submit_sm that is in order. Raises `Refuses`."""
    try:
        message = read_submission(body)
    except (ValueError, struct.error) as error:
        raise Refuses(wire.RINVCMDLEN, str(error)) from None
    _check_fields(message, account)
    return message, _piece(message)


def _check_fields(message: ShortMessage, account: AccountConfig) -> None:
    ours = account.settings
    source, destination = message.source, message.destination
    checks = {
        (wire.RINVSERTYP, "no such service_type"): message.service_type == "",
        (wire.RINVSRCADR, "another one's source address"): source.digits == ours.get("source", ""),
        (wire.RINVSRCTON, "another type of source"): str(source.ton) == ours.get("source_ton", "1"),
        (wire.RINVSRCNPI, "another plan of source"): str(source.npi) == ours.get("source_npi", "1"),
        (wire.RINVDSTTON, "numbers are international"): destination.ton == 1,
        (wire.RINVDSTNPI, "numbers are telephone numbers"): destination.npi == 1,
        (wire.RINVDSTADR, "no phone has this number"): bool(read_phone(destination.digits))
        and destination.digits.isdecimal(),
        (wire.RINVESMCLASS, "esm_class is none"): message.esm_class in KNOWN_CLASSES,
        (wire.RINVREGDLVFLG, "registered_delivery is none"): message.registered_delivery & RECEIPT != RECEIPT
        and not message.registered_delivery & UNUSED,
        (wire.RINVMSGLEN, "no text, or two"): bool(message.text) != (MESSAGE_PAYLOAD in message.parameters),
        (wire.RINVMSGLEN, "more than fits"): _size(message) <= (SEPTETS if _is_small(message) else OCTETS),
    }
    for (status, text), fine in checks.items():
        if not fine:
            raise Refuses(status, text)


def _is_small(message: ShortMessage) -> bool:
    """Latin-1 is sent on in the small alphabet."""
    return message.data_coding != UCS2


def _size(message: ShortMessage) -> int:
    """A header takes the place of as many septets as hold its bytes."""
    if not message.esm_class & HAS_HEADER or not message.text or not _is_small(message):
        return len(message.text)
    header = message.text[0] + 1
    return len(message.text) - header + -(-header * 8 // 7)


def _piece(message: ShortMessage) -> Piece:
    place, octets = _by_header(message) if message.esm_class & HAS_HEADER else _by_parameters(message)
    reference, total, number = place
    if not 1 <= number <= total:
        raise Refuses(wire.RSUBMITFAIL, f"piece {number} of {total}")
    try:
        words = read(octets, message.data_coding)
    except ValueError as error:
        raise Refuses(wire.RSUBMITFAIL, str(error)) from None
    return Piece(reference, number, total, words)


Place = tuple[bytes, int, int]


def _by_header(message: ShortMessage) -> tuple[Place, bytes]:
    found = _HEADER.match(message.text)
    if found is None:
        raise Refuses(wire.RINVESMCLASS, "esm_class promises a header")
    return (found[1] or found[2], found[3][0], found[4][0]), message.text[found.end() :]


def _by_parameters(message: ShortMessage) -> tuple[Place, bytes]:
    octets = message.text or message.parameters[MESSAGE_PAYLOAD]
    values = [message.parameters[tag] for tag in SAR if tag in message.parameters]
    if not values:
        return (b"", 1, 1), octets
    if len(values) < len(SAR):
        raise Refuses(wire.RMISSINGOPTPARAM, "sar_* come together")
    if [len(value) for value in values] != [2, 1, 1]:
        raise Refuses(wire.RINVOPTPARAMVAL, "sar_* have two bytes, one and one")
    return (values[0], values[1][0], values[2][0]), octets
