"""Receipts: short messages from the centre itself, which say what became of ours (SMPP 3.4, 5.3.2 and appendix B).

The parameters are believed first. The text is read with tolerance, since each carrier writes it a little differently.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from channels.sms.smpp.codec import ShortMessage, Tag
from channels.sms.smpp.config import AS_IS, DEC_TO_HEX, HEX_TO_DEC

_TYPE = 0x3C
_KINDS = frozenset((0x04, 0x20))
"""Types of message in `esm_class`: the centre's receipt, and its word that it still tries."""

_FIELDS = re.compile(r"\b(id|stat|err)\s*:\s*(?!(?:id|sub|dlvrd|submit|done|stat|err|text)\b)(\S+)", re.IGNORECASE)
"""A field may be empty; what follows then is the name of the next one."""

_STATES = {
    1: "ENROUTE",
    2: "DELIVRD",
    3: "EXPIRED",
    4: "DELETED",
    5: "UNDELIV",
    6: "ACCEPTD",
    7: "UNKNOWN",
    8: "REJECTD",
}
"""`message_state` (5.2.28) in the words of the text."""

_NO_ERROR = frozenset("0")


@dataclass(frozen=True)
class Told:
    """Which message a receipt is about, its state, and the network's error if it names one."""

    id: str
    state: str
    error: str


def is_receipt(message: ShortMessage, octets: bytes) -> bool:
    """Whether this is from the centre rather than from a customer, whose message some centres name in the same way."""
    named = bool(name_of(message)) and read_receipt(message, octets) is not None
    return named or message.esm_class & _TYPE in _KINDS


def name_of(message: ShortMessage) -> str:
    """The `receipted_message_id`; empty if there is none."""
    return _cstring(message.parameters.get(Tag.RECEIPTED_MESSAGE_ID, b""))


def read_receipt(message: ShortMessage, octets: bytes) -> Told | None:
    """What a receipt says; None if it does not name a message and a state."""
    text = {name.lower(): value for name, value in reversed(_FIELDS.findall(octets.decode("latin-1")))}
    id = name_of(message) or text.get("id", "")
    state = _state(message.parameters.get(Tag.MESSAGE_STATE, b"")) or text.get("stat", "")
    error = _network_error(message.parameters.get(Tag.NETWORK_ERROR_CODE, b"")) or text.get("err", "")
    if not id or not state:
        return None
    return Told(id, state.upper(), "" if set(error) <= _NO_ERROR else error)


def same_id(id: str) -> str:
    """An id in the form in which equal ones are equal: some centres fill up with zeros, some change the case."""
    return id.strip().lower().lstrip("0") or id.strip()


def id_of_receipt(id: str, receipt_ids: str) -> str:
    """The id in a receipt as the answer to our request had it."""
    convert = _CONVERSIONS[receipt_ids]
    try:
        return convert(id)
    except ValueError:
        return same_id(id)


def _hex_to_dec(id: str) -> str:
    return str(int(id, 16))


def _dec_to_hex(id: str) -> str:
    return f"{int(id):x}"


_CONVERSIONS: Mapping[str, Callable[[str], str]] = {AS_IS: same_id, HEX_TO_DEC: _hex_to_dec, DEC_TO_HEX: _dec_to_hex}


def _cstring(octets: bytes) -> str:
    return octets.partition(b"\0")[0].decode("latin-1").strip()


def _state(octets: bytes) -> str:
    return _STATES.get(int.from_bytes(octets), "")


def _network_error(octets: bytes) -> str:
    """A byte for the kind of network, two for the error (5.3.2.31)."""
    return str(int.from_bytes(octets[1:])) if len(octets) == 3 else ""
