"""CMPP's messages: one class for each, which is also the table of its fields.

Sizes stand beside each field, for CMPP 2.0 (the specification of April 2002, 7.4) and for 3.0 where they differ; 0
means that this version has no such field. gocmpp, SMSGate and Wireshark's packet-cmpp.c agree with these tables.
"""

from dataclasses import dataclass
from typing import ClassVar

from channels.sms.cmpp.fields import counted, number, octets, text, texts

RESPONSE = 0x80000000
"""The bit of a command that makes it an answer."""


class Pdu:
    """What all messages are; `command` is the Command_Id."""

    command: ClassVar[int]


@dataclass(frozen=True, kw_only=True)
class Connect(Pdu):
    """We want to be let in (7.4.1.1)."""

    command: ClassVar[int] = 0x00000001
    source_addr: str = text(6)
    authenticator: bytes = octets(16)
    version: int = number(1)
    timestamp: int = number(4)


@dataclass(frozen=True, kw_only=True)
class ConnectResp(Pdu):
    """Whether we are."""

    command: ClassVar[int] = Connect.command | RESPONSE
    status: int = number(1, 4)
    authenticator: bytes = octets(16)
    version: int = number(1)


@dataclass(frozen=True, kw_only=True)
class Terminate(Pdu):
    """Either side is about to hang up."""

    command: ClassVar[int] = 0x00000002


@dataclass(frozen=True, kw_only=True)
class TerminateResp(Pdu):
    """So be it."""

    command: ClassVar[int] = Terminate.command | RESPONSE


@dataclass(frozen=True, kw_only=True)
class Submit(Pdu):
    """One short message to phones (7.4.3.1). `link_id` is called Reserve in 2.0."""

    command: ClassVar[int] = 0x00000004
    msg_id: int = number(8)
    pk_total: int = number(1, default=1)
    pk_number: int = number(1, default=1)
    registered_delivery: int = number(1)
    msg_level: int = number(1)
    service_id: str = text(10)
    fee_user_type: int = number(1)
    fee_terminal_id: str = text(21, 32)
    fee_terminal_type: int = number(0, 1)
    tp_pid: int = number(1)
    tp_udhi: int = number(1)
    msg_fmt: int = number(1)
    msg_src: str = text(6)
    fee_type: str = text(2)
    fee_code: str = text(6)
    valid_time: str = text(17)
    at_time: str = text(17)
    src_id: str = text(21)
    dest_terminal_ids: tuple[str, ...] = texts(21, 32)
    dest_terminal_type: int = number(0, 1)
    msg_content: bytes = counted()
    link_id: str = text(8, 20)


@dataclass(frozen=True, kw_only=True)
class SubmitResp(Pdu):
    """What became of a SUBMIT, and what reports will call it."""

    command: ClassVar[int] = Submit.command | RESPONSE
    msg_id: int = number(8)
    result: int = number(1, 4)


@dataclass(frozen=True, kw_only=True)
class Deliver(Pdu):
    """A customer's message, or with `registered_delivery` a report about ours (7.4.5.1)."""

    command: ClassVar[int] = 0x00000005
    msg_id: int = number(8)
    dest_id: str = text(21)
    service_id: str = text(10)
    tp_pid: int = number(1)
    tp_udhi: int = number(1)
    msg_fmt: int = number(1)
    src_terminal_id: str = text(21, 32)
    src_terminal_type: int = number(0, 1)
    registered_delivery: int = number(1)
    msg_content: bytes = counted()
    link_id: str = text(8, 20)


@dataclass(frozen=True, kw_only=True)
class DeliverResp(Pdu):
    """We have it."""

    command: ClassVar[int] = Deliver.command | RESPONSE
    msg_id: int = number(8)
    result: int = number(1, 4)


@dataclass(frozen=True, kw_only=True)
class ActiveTest(Pdu):
    """Is anybody there?"""

    command: ClassVar[int] = 0x00000008


@dataclass(frozen=True, kw_only=True)
class ActiveTestResp(Pdu):
    """Somebody is."""

    command: ClassVar[int] = ActiveTest.command | RESPONSE
    reserved: int = number(1)


@dataclass(frozen=True, kw_only=True)
class Report:
    """The content of a DELIVER that reports (7.4.5.1). Times are YYMMDDHHMM, China's."""

    msg_id: int = number(8)
    stat: str = text(7)
    submit_time: str = text(10)
    done_time: str = text(10)
    dest_terminal_id: str = text(21, 32)
    smsc_sequence: int = number(4)
