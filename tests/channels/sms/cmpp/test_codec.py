"""CMPP's messages as bytes: those that other programs make, and those that nobody should."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.sms.cmpp.codec import command_of, decode, decode_msg_id, decode_report, encode, number_of
from channels.sms.cmpp.fields import Malformed, Version
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

FRAMES = sorted(Path("tests/channels/sms/cmpp/frames").glob("*.json"))
VERSIONS = {"# CMPP 2.0": Version.V20, "# CMPP 3.0": Version.V30}

digits = st.text("0123456789", max_size=21)
content = st.binary(max_size=255)
byte = st.integers(0, 255)
msg_id = st.integers(0, 2**64 - 1)

PDUS = st.one_of(
    st.builds(
        Connect, source_addr=st.text("0123456789", max_size=6), authenticator=st.binary(min_size=16, max_size=16)
    ),
    st.builds(ConnectResp, status=byte, version=byte),
    st.builds(Terminate),
    st.builds(TerminateResp),
    st.builds(ActiveTest),
    st.builds(ActiveTestResp, reserved=byte),
    st.builds(
        Submit,
        src_id=digits,
        msg_fmt=byte,
        dest_terminal_ids=st.lists(digits, max_size=3).map(tuple),
        msg_content=content,
        link_id=st.text("abc", max_size=8),
    ),
    st.builds(SubmitResp, msg_id=msg_id, result=byte),
    st.builds(Deliver, msg_id=msg_id, src_terminal_id=digits, registered_delivery=byte, msg_content=content),
    st.builds(DeliverResp, msg_id=msg_id, result=byte),
)


def read(name: str) -> tuple[bytes, Version]:
    """The bytes of a fixture, and the version they are in."""
    source, version, *lines = Path(f"tests/channels/sms/cmpp/frames/{name}.hex").read_text().splitlines()
    assert source.startswith("# "), f"{name} does not say where it comes from"
    return bytes.fromhex("".join(lines)), VERSIONS[version]


def shown(pdu: Pdu, number: int) -> dict[str, Any]:
    told = {name: value.hex() if isinstance(value, bytes) else value for name, value in dataclasses.asdict(pdu).items()}  # type: ignore[call-overload]
    return {"is": type(pdu).__name__, "number": number, **told}


@pytest.mark.parametrize("case", FRAMES, ids=lambda case: case.stem)
def test_what_other_programs_write_is_read_and_written_alike(case: Path) -> None:
    frame, version = read(case.stem)
    pdu = decode(frame, version)
    assert json.loads(json.dumps(shown(pdu, number_of(frame)))) == json.loads(case.read_text())
    assert encode(pdu, number_of(frame), version) == frame


def test_a_report_is_read() -> None:
    """Msg_Id 8, Stat 7, Submit_time 10, Done_time 10, Dest_terminal_Id 21, SMSC_sequence 4: 60 bytes."""
    body, _version = read("report_20")
    expected = Report(
        msg_id=13025908756704198656,
        stat="DELIVRD",
        submit_time="1511120955",
        done_time="1511120957",
        dest_terminal_id="13412340000",
        smsc_sequence=0x12345678,
    )
    assert decode_report(body) == expected
    assert decode_report(body[:-4] + bytes(11) + body[-4:]) == expected, "in 3.0 the number has 32 bytes"


@pytest.mark.parametrize("size", [0, 59, 61, 70, 72])
def test_reports_of_other_lengths_are_none(size: int) -> None:
    with pytest.raises(Malformed):
        decode_report(bytes(size))


@pytest.mark.parametrize("version", Version)
@given(pdu=PDUS, number=st.integers(0, 2**32 - 1))
def test_what_is_written_can_be_read(version: Version, pdu: Pdu, number: int) -> None:
    frame = encode(pdu, number, version)
    assert (decode(frame, version), number_of(frame), command_of(frame)) == (pdu, number, pdu.command)


@pytest.mark.parametrize("version", Version)
@given(body=st.binary(max_size=300))
def test_random_bytes_are_malformed_at_worst(version: Version, body: bytes) -> None:
    assert_harmless(body, version)
    for kind in Pdu.__subclasses__():
        assert_harmless((12 + len(body)).to_bytes(4) + kind.command.to_bytes(4) + bytes(4) + body, version)


@pytest.mark.parametrize("case", FRAMES, ids=lambda case: case.stem)
def test_messages_that_break_off_are_malformed(case: Path) -> None:
    frame, version = read(case.stem)
    for end in range(len(frame)):
        with pytest.raises(Malformed):
            decode(frame[:end], version)
        with pytest.raises(Malformed):
            decode(end.to_bytes(4) + frame[4:end], version)


@pytest.mark.parametrize("name", ["submit_20", "submit_30", "deliver_20", "deliver_30", "connect_resp_20"])
def test_a_message_of_the_other_version_is_not_mistaken(name: str) -> None:
    frame, version = read(name)
    other = Version.V30 if version is Version.V20 else Version.V20
    with pytest.raises(Malformed):
        decode(frame, other)


@pytest.mark.parametrize(
    "pdu",
    [
        Submit(src_id="1" * 22),
        Submit(service_id="服务"),
        Submit(msg_content=bytes(256)),
        Submit(pk_total=256),
        Connect(authenticator=bytes(15)),
        SubmitResp(msg_id=2**64),
    ],
)
def test_nothing_is_cut_to_fit(pdu: Pdu) -> None:
    with pytest.raises(Malformed):
        encode(pdu, 1, Version.V30)


def test_the_bits_of_a_msg_id_tell_when_and_where() -> None:
    """Of 0xb4c5530000010000: 1011 01001 10001 010101 001100, 22 bits of gateway, 16 of number."""
    assert str(decode_msg_id(0xB4C5530000010000)) == "11-09 17:21:12, gateway 1, number 0"


def assert_harmless(frame: bytes, version: Version) -> None:
    try:
        pdu = decode(frame, version)
    except Malformed:
        return
    assert decode(encode(pdu, number_of(frame), version), version) == pdu
