"""SMPP as bytes, against two other programs' idea of it: npm's smpp and PyPI's smpp34."""

import struct
from pathlib import Path
from typing import Any

import pytest
import smpp34
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.sms.smpp.codec import (
    Command,
    Credentials,
    Number,
    Pdu,
    ShortMessage,
    Tag,
    answer,
    bare,
    bind,
    message_id,
    read_message,
    read_pdu,
    refuse_command,
    submit,
    write_message,
    write_pdu,
)
from conversations.errors import PayloadUnreadable
from tests.support.node import run_node

GOLDEN = Path(__file__).with_name("golden.js")

WHO = Credentials(system_id="huiliu", password="secret12", system_type="VMA")

GREETING = ShortMessage(
    source=Number(ton=5, npi=0, digits="HUILIU"),
    destination=Number(ton=1, npi=1, digits="8613800138000"),
    text="您好😀".encode("utf-16-be"),
    data_coding=8,
    registered_delivery=1,
)
RECEIPT = ShortMessage(
    source=Number(ton=1, npi=1, digits="8613800138000"),
    destination=Number(digits="10690000"),
    text=b"id:1 stat:DELIVRD",
    esm_class=4,
    parameters={Tag.RECEIPTED_MESSAGE_ID: b"1A\0", Tag.MESSAGE_STATE: b"\2"},
)
DATA = ShortMessage(
    source=Number(digits="8613800138000"),
    destination=Number(digits="10690000"),
    parameters={Tag.MESSAGE_PAYLOAD: b"hello"},
)


@pytest.fixture
async def npm() -> dict[str, Any]:
    """What npm's smpp writes, and what it reads in ours."""
    ours = [submit(GREETING, 4), write_pdu(Pdu(command=Command.DELIVER_SM, number=5, body=write_message(RECEIPT)))]
    found: dict[str, Any] = await run_node(GOLDEN.read_text(), [each.hex() for each in ours])
    return found


def test_we_write_the_same_bytes_as_npm(npm: dict[str, Any]) -> None:
    ours = {
        "bind_transceiver": bind(Command.BIND_TRANSCEIVER, WHO, 1),
        "enquire_link": bare(Command.ENQUIRE_LINK, 2),
        "unbind": bare(Command.UNBIND, 3),
        "submit_sm": submit(GREETING, 4),
        "deliver_sm_resp": answer(Pdu(command=Command.DELIVER_SM, number=7)),
        "generic_nack": refuse_command(Pdu(command=0x99, number=8)),
    }
    # npm says 5.0 by itself; we speak 3.4.
    theirs = npm["written"]["bind_transceiver"].replace("50000000", "34000000")
    assert {name: raw.hex() for name, raw in ours.items()} == {
        name: theirs if name == "bind_transceiver" else npm["written"][name] for name in ours
    }


@pytest.mark.parametrize(("name", "expected"), [("deliver_sm", RECEIPT), ("data_sm", DATA), ("submit_sm", GREETING)])
def test_we_read_what_npm_writes(name: str, expected: ShortMessage, npm: dict[str, Any]) -> None:
    assert read_message(read_pdu(bytes.fromhex(npm["written"][name]))) == expected


def test_npm_reads_what_we_write(npm: dict[str, Any]) -> None:
    greeting, receipt = npm["read"]
    assert (greeting["command"], greeting["sequence_number"]) == ("submit_sm", 4)
    assert (greeting["source_addr"], greeting["destination_addr"]) == ("HUILIU", "8613800138000")
    assert (greeting["short_message"], greeting["registered_delivery"]) == ("您好😀", 1)
    assert (receipt["receipted_message_id"], receipt["message_state"]) == ("1A", 2)
    assert receipt["short_message"] == "id:1 stat:DELIVRD"


def test_smpp34_reads_what_we_write() -> None:
    read = smpp34.decode(submit(GREETING, 4))
    assert isinstance(read, smpp34.SubmitSm)
    assert (read.source_addr_ton, read.source_addr, read.destination_addr) == (5, "HUILIU", "8613800138000")
    assert (read.data_coding, read.registered_delivery, read.short_message) == (8, 1, GREETING.text)


def test_smpp34_writes_the_same_bytes() -> None:
    theirs = smpp34.SubmitSm(
        "HUILIU",
        "8613800138000",
        GREETING.text,
        source_addr_ton=5,
        dest_addr_ton=1,
        dest_addr_npi=1,
        registered_delivery=1,
        data_coding=8,
        sequence_number=4,
    )
    assert theirs.encode() == submit(GREETING, 4)


def test_we_read_what_smpp34_writes() -> None:
    theirs = smpp34.DeliverSm(
        "8613800138000",
        "10690000",
        b"id:1 stat:DELIVRD",
        source_addr_ton=1,
        source_addr_npi=1,
        esm_class=4,
        tlvs=[smpp34.Tlv(0x1E, b"1A\0"), smpp34.Tlv(0x427, b"\2")],
        sequence_number=5,
    )
    assert read_message(read_pdu(theirs.encode())) == RECEIPT


@pytest.mark.parametrize(
    ("body", "name"), [(b"1A2B\0", "1A2B"), (b"", ""), (b"\0", ""), (b"no end", "no end"), (b"7\0\x14\0\0\1x", "7")]
)
def test_a_message_is_called_what_the_answer_says(body: bytes, name: str) -> None:
    """Refusals have no body; some centres forget the zero, others add parameters."""
    assert message_id(Pdu(command=Command.SUBMIT_SM | 0x80000000, number=1, body=body)) == name


def test_the_password_does_not_show() -> None:
    assert WHO.password not in repr(WHO)


DELIVER = write_pdu(Pdu(command=Command.DELIVER_SM, number=5, body=write_message(RECEIPT)))


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        DELIVER[:15],
        DELIVER[:-1],
        DELIVER + b"\0",
        struct.pack("!I", 16 * 1024 * 1024) + DELIVER[4:],
        struct.pack("!I", 0) + DELIVER[4:],
        struct.pack("!I", 0xFFFFFFFF) + DELIVER[4:],
        bare(Command.ENQUIRE_LINK, 1),
        bare(Command.DELIVER_SM, 1),
        write_pdu(Pdu(command=Command.DELIVER_SM, number=1, body=b"x" * 60_000)),
        write_pdu(Pdu(command=Command.DELIVER_SM, number=1, body=write_message(RECEIPT) + b"\4\x24\xff\xff")),
        write_pdu(Pdu(command=Command.DELIVER_SM, number=1, body=write_message(RECEIPT) + b"\4")),
    ],
)
def test_lies_about_lengths_are_unreadable(raw: bytes) -> None:
    with pytest.raises(PayloadUnreadable):
        read_message(read_pdu(raw))


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300), st.sampled_from([Command.DELIVER_SM, Command.DATA_SM, Command.SUBMIT_SM]))
def test_random_bodies_are_read_or_unreadable(body: bytes, command: Command) -> None:
    raw = write_pdu(Pdu(command=command, number=1, body=body))
    try:
        message = read_message(read_pdu(raw))
    except PayloadUnreadable:
        return
    assert message == read_message(read_pdu(raw))


@settings(max_examples=200, deadline=None)
@given(st.integers(0, len(DELIVER) - 1), st.integers(0, 255))
def test_a_changed_byte_is_read_or_unreadable(place: int, value: int) -> None:
    raw = bytearray(DELIVER)
    raw[place] = value
    try:
        read_message(read_pdu(bytes(raw)))
    except PayloadUnreadable:
        return


numbers = st.builds(
    Number,
    ton=st.integers(0, 255),
    npi=st.integers(0, 255),
    digits=st.text(st.characters(min_codepoint=1, max_codepoint=255), max_size=30),
)


@settings(max_examples=100, deadline=None)
@given(
    st.builds(
        ShortMessage,
        source=numbers,
        destination=numbers,
        text=st.binary(max_size=255),
        data_coding=st.integers(0, 255),
        esm_class=st.integers(0, 255),
        registered_delivery=st.integers(0, 255),
        parameters=st.dictionaries(st.integers(0, 0xFFFF), st.binary(max_size=300), max_size=5),
    )
)
def test_what_is_written_is_read(message: ShortMessage) -> None:
    assert read_message(Pdu(command=Command.SUBMIT_SM, number=1, body=write_message(message))) == message
