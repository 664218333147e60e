"""The lab's gateway of China Mobile as the product meets it."""

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from channels.sms.cmpp.codec import HEADER, decode, decode_report, encode, number_of
from channels.sms.cmpp.config import CmppConfig
from channels.sms.cmpp.fields import Version
from channels.sms.cmpp.login import connect_request
from channels.sms.cmpp.messages import (
    ActiveTest,
    ActiveTestResp,
    Connect,
    ConnectResp,
    Deliver,
    DeliverResp,
    Pdu,
    Submit,
    SubmitResp,
    Terminate,
    TerminateResp,
)
from lab.books import Answered, Heard, Outcome, Refused, Reported
from lab.cmpp.wire import make_msg_id
from lab.world import CannotSay, Saying
from tests.support.cmpp import SETTINGS, CmppLab, running_gateway
from tests.support.surroundings import NOW

GOOD = Submit(
    registered_delivery=1,
    service_id="HUILIU",
    fee_user_type=2,
    msg_fmt=8,
    msg_src="900001",
    fee_type="01",
    fee_code="000000",
    src_id="10690001",
    dest_terminal_ids=("13800138000",),
    msg_content="【汇流客服】您好".encode("utf-16-be"),
)
CONNECT = connect_request(CmppConfig(**SETTINGS, host="gateway"), NOW)


@pytest.fixture
async def lab(tmp_path: Path) -> AsyncIterator[CmppLab]:
    async with running_gateway(tmp_path) as made:
        yield made


class Client:
    """A product that says exactly what it is told to, and answers signs of life."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, version: Version) -> None:
        self._reader = reader
        self._writer = writer
        self._version = version
        self._number = 0

    def say(self, pdu: Pdu, number: int = 0) -> int:
        """Send a message under this number or the next one."""
        self._number += 1
        self._writer.write(encode(pdu, number or self._number, self._version))
        return number or self._number

    def write(self, raw: bytes) -> None:
        """Send bytes as they are."""
        self._writer.write(raw)

    async def hear(self) -> tuple[Pdu, int]:
        """What the gateway says next."""
        async with asyncio.timeout(5):
            head = await self._reader.readexactly(HEADER)
            frame = head + await self._reader.readexactly(int.from_bytes(head[:4]) - HEADER)
        pdu, number = decode(frame, self._version), number_of(frame)
        if isinstance(pdu, ActiveTest):
            self.say(ActiveTestResp(), number)
            return await self.hear()
        return pdu, number

    async def until_the_end(self) -> None:
        """Hear nothing but signs of life, and nonsense, until the line drops."""
        async with asyncio.timeout(5):
            await self._reader.read()

    async def submit(self, submit: Submit) -> SubmitResp:
        """Submit, and be answered."""
        number = self.say(submit)
        answer, answered = await self.hear()
        assert isinstance(answer, SubmitResp)
        assert answered == number
        return answer

    async def take(self, result: int = 0) -> Deliver:
        """Be delivered something, and say so."""
        deliver, number = await self.hear()
        assert isinstance(deliver, Deliver)
        self.say(DeliverResp(msg_id=deliver.msg_id, result=result), number)
        return deliver


@asynccontextmanager
async def connected(
    lab: CmppLab, connect: Connect = CONNECT, version: Version = Version.V20
) -> AsyncIterator[tuple[Client, ConnectResp]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", lab.world.config.cmpp_port)
    client = Client(reader, writer, version)
    client.say(connect)
    answer, _number = await client.hear()
    assert isinstance(answer, ConnectResp)
    try:
        yield client, answer
    finally:
        writer.close()


@pytest.mark.parametrize(
    ("connect", "status"),
    [
        (CONNECT, 0),
        (replace(CONNECT, source_addr="900002"), 2),
        (replace(CONNECT, authenticator=bytes(16)), 3),
        (replace(CONNECT, timestamp=CONNECT.timestamp + 1), 3),
        (connect_request(CmppConfig(**SETTINGS, host="gateway"), NOW - timedelta(hours=8)), 3),
        (replace(CONNECT, version=0x21), 1),
    ],
)
async def test_only_who_proves_it_is_let_in(connect: Connect, status: int, lab: CmppLab) -> None:
    async with connected(lab, connect) as (_client, answer):
        assert answer.status == status
    assert [entry.code for entry in lab.entries(Refused)] == [str(status)] * (status > 0)


async def test_an_old_gateway_refuses_a_new_version(lab: CmppLab) -> None:
    """Its answer has the form of the version that it was asked in."""
    async with connected(lab, replace(CONNECT, version=Version.V30), Version.V30) as (_client, answer):
        assert answer.status == 4


@pytest.mark.parametrize(
    "raw", [b"GET / HTTP/1.1\r\n\r\n", struct.pack("!III", 12, 8, 1), struct.pack("!III", 12, 1, 1)]
)
async def test_who_speaks_something_else_is_hung_up_on(raw: bytes, lab: CmppLab) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", lab.world.config.cmpp_port)
    writer.write(raw)
    async with asyncio.timeout(5):
        assert await reader.read() == b""
    writer.close()


@pytest.mark.parametrize(
    ("change", "result"),
    [
        ({"msg_src": "900002"}, 11),
        ({"src_id": "10690002"}, 10),
        ({"service_id": "OTHER"}, 7),
        ({"fee_type": "99"}, 5),
        ({"fee_code": ""}, 5),
        ({"fee_user_type": 9}, 1),
        ({"registered_delivery": 7}, 1),
        ({"dest_terminal_ids": ("12345",)}, 13),
        ({"dest_terminal_ids": ()}, 13),
        ({"msg_content": b""}, 4),
        ({"msg_content": "【汇流客服】".encode("utf-16-be") + bytes(130)}, 4),
        ({"msg_content": "您好".encode("utf-16-be")}, 76),
        ({"msg_content": "【别家】您好".encode("utf-16-be")}, 76),
        ({"msg_content": "【汇流客服】".encode("utf-16-be") + b"\xd8\x3d"}, 1),
        ({"msg_fmt": 4}, 1),
        ({"pk_total": 2}, 1),
        ({"tp_udhi": 1}, 1),
        ({"tp_udhi": 1, "msg_content": bytes.fromhex("050003aa0201") + GOOD.msg_content}, 1),
        ({"tp_udhi": 1, "pk_total": 2, "pk_number": 3, "msg_content": bytes.fromhex("050003aa0203")}, 1),
    ],
)
async def test_faults_of_a_message_are_named(change: dict[str, object], result: int, lab: CmppLab) -> None:
    async with connected(lab) as (client, _answer):
        answer = await client.submit(replace(GOOD, **change))  # type: ignore[arg-type]
    assert (answer.result, answer.msg_id) == (result, 0)
    assert lab.entries(Heard) == []
    assert [entry.code for entry in lab.entries(Refused)] == [str(result)]


async def test_a_message_of_the_other_version_is_malformed(lab: CmppLab) -> None:
    async with connected(lab) as (client, _answer):
        client.write(encode(GOOD, 5, Version.V30))
        assert (await client.hear()) == (SubmitResp(result=1), 5)


async def test_a_taken_message_is_on_the_phone_and_reported(lab: CmppLab) -> None:
    async with connected(lab) as (client, _answer):
        answer = await client.submit(GOOD)
        deliver = await client.take()
        await lab.world.errands.settle()
    report = decode_report(deliver.msg_content)
    (heard,), (reported,) = lab.entries(Heard), lab.entries(Reported)
    assert (heard.customer, heard.text, heard.key) == ("李雷", "【汇流客服】您好", str(answer.msg_id))
    assert (deliver.registered_delivery, deliver.dest_id, deliver.src_terminal_id) == (1, "10690001", "13800138000")
    assert (report.msg_id, report.stat, report.dest_terminal_id) == (answer.msg_id, "DELIVRD", "13800138000")
    assert (report.submit_time, report.done_time) == ("2611210800", "2611210800")
    assert (reported.key, reported.success) == (heard.key, True)
    assert [entry.outcome for entry in lab.entries(Answered)] == [Outcome.TAKEN]


async def test_pieces_are_shown_together_in_any_order(lab: CmppLab) -> None:
    lab.misbehave(receipts="never")
    words = "【汇流客服】您好", "，再见"
    pieces = [
        replace(
            GOOD,
            pk_total=2,
            pk_number=number,
            tp_udhi=1,
            msg_content=bytes((5, 0, 3, 0x2E, 2, number)) + text.encode("utf-16-be"),
        )
        for number, text in enumerate(words, start=1)
    ]
    async with connected(lab) as (client, _answer):
        await client.submit(pieces[1])
        assert lab.entries(Heard) == []
        first = await client.submit(pieces[0])
    assert [(heard.text, heard.key) for heard in lab.entries(Heard)] == [("".join(words), str(first.msg_id))]


async def test_who_does_not_ask_for_a_report_gets_none(lab: CmppLab) -> None:
    async with connected(lab) as (client, _answer):
        await client.submit(replace(GOOD, registered_delivery=0))
        await lab.world.errands.settle()
    assert lab.entries(Reported) == []


async def test_more_than_the_window_is_refused(tmp_path: Path) -> None:
    async with running_gateway(tmp_path, window="2") as lab:
        lab.misbehave(answers="slow", seconds=0.05, receipts="never")
        async with connected(lab) as (client, _answer):
            for _ in range(3):
                client.say(GOOD)
            answers = [pdu for pdu, _number in [await client.hear() for _ in range(3)] if isinstance(pdu, SubmitResp)]
            assert lab.command("most_outstanding") == 3
    assert sorted(answer.result for answer in answers) == [0, 0, 8]


@pytest.mark.parametrize(("answers", "result"), [("busy", 8), ("error", 53)])
async def test_a_gateway_in_trouble_says_so(answers: str, result: int, lab: CmppLab) -> None:
    lab.misbehave(answers=answers)
    async with connected(lab) as (client, _answer):
        assert (await client.submit(GOOD)).result == result
    assert lab.entries(Heard) == []


@pytest.mark.parametrize(("answers", "heard"), [("cut", 0), ("html", 0), ("lost", 1)])
async def test_a_line_may_drop(answers: str, heard: int, lab: CmppLab) -> None:
    lab.misbehave(answers=answers, receipts="never")
    async with connected(lab) as (client, _answer):
        client.say(GOOD)
        await client.until_the_end()
    assert len(lab.entries(Heard)) == heard


async def test_what_is_not_taken_is_delivered_again(lab: CmppLab) -> None:
    async with connected(lab) as (client, _answer):
        said, delivery = lab.playing.phone.say(Saying(account=lab.account, customer="李雷", text="TD"))
        bringing = asyncio.create_task(delivery)
        refused, taken = await client.take(result=9), await client.take()
        await bringing
    assert refused == taken
    assert (taken.msg_content, taken.msg_fmt, str(taken.msg_id)) == (b"TD", 0, said.key)
    assert [entry.outcome for entry in lab.entries(Answered)] == [Outcome.REFUSED, Outcome.TAKEN]


async def test_without_a_connection_the_gateway_gives_up_in_the_end(lab: CmppLab) -> None:
    await lab.say("在吗")
    assert {entry.outcome for entry in lab.entries(Answered)} == {Outcome.UNREACHABLE}
    assert len(lab.entries(Answered)) == lab.playing.deliveries


@pytest.mark.parametrize("manner", ["normal", "swapped"])
async def test_a_long_message_comes_in_pieces(manner: str, lab: CmppLab) -> None:
    """70 characters fit into one; 😀 has two units, and stays whole."""
    text = "字" * 66 + "😀" + "字" * 40
    lab.misbehave(receipts=manner)
    async with connected(lab) as (client, _answer):
        _said, delivery = lab.playing.phone.say(Saying(account=lab.account, customer="李雷", text=text))
        bringing = asyncio.create_task(delivery)
        pieces = [(await client.take()).msg_content for _ in range(2)]
        await bringing
    assert [piece[5] for piece in pieces] == ([1, 2] if manner == "normal" else [2, 1])
    assert {piece[:5] for piece in pieces} == {b"\x05\x00\x03" + pieces[0][3:5]}
    assert b"".join(piece[6:] for piece in sorted(pieces)).decode("utf-16-be") == text


async def test_a_farewell_is_answered(lab: CmppLab) -> None:
    async with connected(lab) as (client, _answer):
        client.say(ActiveTest(), 8)
        client.say(Terminate(), 9)
        assert [await client.hear(), await client.hear()] == [(ActiveTestResp(), 8), (TerminateResp(), 9)]
        with pytest.raises(asyncio.IncompleteReadError):
            await client.hear()


def test_an_sms_needs_words(lab: CmppLab) -> None:
    with pytest.raises(CannotSay):
        lab.playing.phone.say(Saying(account=lab.account, customer="李雷", picture=b"1"))


def test_a_msg_id_holds_the_time_of_china() -> None:
    """Month 11, day 21, 14:05:09, gateway 106900, number 7: 4, 5, 5, 6, 6, 22 and 16 bits."""
    expected = int(f"{11:04b}{21:05b}{14:05b}{5:06b}{9:06b}{106900:022b}{7:016b}", 2)
    assert make_msg_id(datetime(2026, 11, 21, 6, 5, 9, tzinfo=UTC), 7) == expected
