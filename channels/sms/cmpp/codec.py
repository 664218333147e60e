"""CMPP's messages as bytes, and back. Pure."""

import dataclasses
from dataclasses import dataclass
from typing import Any

from channels.sms.cmpp.fields import Form, Malformed, Version
from channels.sms.cmpp.messages import (
    ActiveTest,
    ActiveTestResp,
    Connect,
    ConnectResp,
    Deliver,
    DeliverResp,
    Pdu,
    Report,
    Submit,
    SubmitResp,
    Terminate,
    TerminateResp,
)

HEADER = 12
"""Bytes of Total_Length, Command_Id and Sequence_Id, four each."""

_PDUS: dict[int, type[Pdu]] = {
    kind.command: kind
    for kind in (
        Connect,
        ConnectResp,
        Terminate,
        TerminateResp,
        Submit,
        SubmitResp,
        Deliver,
        DeliverResp,
        ActiveTest,
        ActiveTestResp,
    )
}


@dataclass(frozen=True)
class MsgId:
    """What a gateway's 64 bits say: when, in China, which gateway, and its running number."""

    month: int
    day: int
    hour: int
    minute: int
    second: int
    gateway: int
    sequence: int

    def __str__(self) -> str:
        when = f"{self.month:02}-{self.day:02} {self.hour:02}:{self.minute:02}:{self.second:02}"
        return f"{when}, gateway {self.gateway}, number {self.sequence}"


_MSG_ID_BITS = (4, 5, 5, 6, 6, 22, 16)
"""Of month, day, hour, minute, second, gateway and sequence, from the highest (7.4.3.2)."""

_REPORT_VERSIONS = {60: Version.V20, 71: Version.V30}
"""By length: some gateways speak 3.0 and keep the reports of 2.0."""


def encode(pdu: Pdu, number: int, version: Version) -> bytes:
    """The whole message, with its Sequence_Id. Raises `Malformed` if a value is too long for its field."""
    body = _write(pdu, version)
    return (HEADER + len(body)).to_bytes(4) + pdu.command.to_bytes(4) + number.to_bytes(4) + body


def decode(frame: bytes, version: Version) -> Pdu:
    """The message in these bytes. Raises `Malformed`.

    Bytes that are left over are an error too: a message of the other version would otherwise be read as a wrong one.
    """
    if len(frame) < HEADER or int.from_bytes(frame[:4]) != len(frame):
        raise Malformed("The length is not the one it says")
    kind = _PDUS.get(command_of(frame))
    if kind is None:
        raise Malformed(f"There is no command 0x{command_of(frame):08x}")
    return kind(**_read(kind, frame[HEADER:], version))


def command_of(frame: bytes) -> int:
    """The Command_Id of a frame with a whole header."""
    return int.from_bytes(frame[4:8])


def number_of(frame: bytes) -> int:
    """The Sequence_Id of a frame with a whole header."""
    return int.from_bytes(frame[8:12])


def decode_report(content: bytes) -> Report:
    """The report in a DELIVER. Raises `Malformed`."""
    version = _REPORT_VERSIONS.get(len(content))
    if version is None:
        raise Malformed(f"A report has 60 or 71 bytes, not {len(content)}")
    return Report(**_read(Report, content, version))


def decode_msg_id(msg_id: int) -> MsgId:
    """What the bits of a Msg_Id mean, where a gateway keeps to the specification."""
    found = []
    for bits in reversed(_MSG_ID_BITS):
        found.append(msg_id & ((1 << bits) - 1))
        msg_id >>= bits
    return MsgId(*reversed(found))


def _write(pdu: Pdu, version: Version) -> bytes:
    return b"".join(form.write(getattr(pdu, name), version) for name, form in _forms(type(pdu)))


def _read(kind: type[Pdu | Report], body: bytes, version: Version) -> dict[str, Any]:
    found = {}
    for name, form in _forms(kind):
        found[name], body = form.read(body, version)
    if body:
        raise Malformed(f"{len(body)} bytes are left over")
    return found


def _forms(kind: type[Pdu | Report]) -> list[tuple[str, Form]]:
    return [(each.name, each.metadata["form"]) for each in dataclasses.fields(kind)]  # type: ignore[arg-type]
