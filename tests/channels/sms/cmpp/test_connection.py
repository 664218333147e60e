"""The connection itself, with gateways that do one thing each: proofs, signs of life, farewells, nonsense."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from hashlib import md5

import pytest

from channels.contract import Outgoing, Surroundings
from channels.sms.cmpp.channel import CmppChannel
from channels.sms.cmpp.codec import HEADER, decode, encode, number_of
from channels.sms.cmpp.config import CmppConfig
from channels.sms.cmpp.fields import Version
from channels.sms.cmpp.login import connect_request, is_proved
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
from conversations.address import Address
from conversations.errors import Misconfigured, ProviderUnavailable, SendError, UnknownOutcome
from conversations.ids import AccountId, ConversationId, DeliveryId
from conversations.inbound import InboundMessage
from conversations.parts import Text
from tests.channels.sms.cmpp.test_codec import read
from tests.support.cmpp import SETTINGS
from tests.support.ears import MemoryEar
from tests.support.surroundings import open_surroundings

V20 = Version.V20
MSG_ID = 0xB4C5530000010000
DOCUMENTED = CmppConfig(
    host="gateway", source_addr="900001", secret="888888", src_id="1069", signature="汇流", signature_by="us"
)
"""The account in gocmpp's connect_test.go."""


@pytest.fixture
async def around() -> AsyncIterator[Surroundings]:
    async with open_surroundings() as made:
        yield made


class Line:
    """The gateway's end of a connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def hear(self) -> tuple[Pdu, int]:
        """The next message of the product, and its number."""
        head = await self._reader.readexactly(HEADER)
        frame = head + await self._reader.readexactly(int.from_bytes(head[:4]) - HEADER)
        return decode(frame, V20), number_of(frame)

    async def expect(self, *kinds: type[Pdu]) -> list[int]:
        """The numbers of the next messages, which are of these kinds."""
        heard = [await self.hear() for _ in kinds]
        assert [type(pdu) for pdu, _number in heard] == list(kinds)
        return [number for _pdu, number in heard]

    def say(self, pdu: Pdu, number: int) -> None:
        """Answer, or ask."""
        self._writer.write(encode(pdu, number, V20))

    def write(self, raw: bytes) -> None:
        """Send bytes as they are."""
        self._writer.write(raw)

    async def let_in(self, *, status: int = 0, secret: str = SETTINGS["secret"]) -> None:
        """Answer the CONNECT."""
        connect, number = await self.hear()
        assert isinstance(connect, Connect)
        proof = md5(bytes((status,)) + connect.authenticator + secret.encode(), usedforsecurity=False).digest()
        self.say(ConnectResp(status=status, authenticator=proof, version=V20), number)


Serve = Callable[[Line], Awaitable[None]]


@asynccontextmanager
async def gateway_that(serve: Serve) -> AsyncIterator[dict[str, str]]:
    """A gateway that does this with each connection and hangs up; settings for it. What goes wrong in it, fails."""
    tasks: list[asyncio.Task[None]] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await serve(Line(reader, writer))
        finally:
            writer.close()

    def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.append(asyncio.ensure_future(handle(reader, writer)))

    server = await asyncio.start_server(take, "127.0.0.1", 0)
    try:
        yield {**SETTINGS, "host": "127.0.0.1", "port": str(server.sockets[0].getsockname()[1])}
        async with asyncio.timeout(5):
            await asyncio.gather(*tasks)
    finally:
        server.close()


def make(settings: dict[str, str], around: Surroundings, **other: str) -> CmppChannel:
    return CmppChannel.create(AccountId("account"), {**settings, **other}, around)


def outgoing() -> Outgoing:
    return Outgoing(
        delivery=DeliveryId("d1"),
        conversation=ConversationId("c1"),
        address=Address("tel:+8613800138000"),
        part=Text("您好"),
    )


def test_the_proof_is_the_one_that_others_make() -> None:
    """08:05:10 in China. The bytes are in the frames of gocmpp."""
    asked = connect_request(DOCUMENTED, datetime(2026, 10, 21, 0, 5, 10, tzinfo=UTC))
    frame, version = read("connect")
    expected = decode(frame, version)
    assert isinstance(expected, Connect)
    assert (asked.authenticator, asked.timestamp) == (expected.authenticator, expected.timestamp)


@pytest.mark.parametrize("name", ["connect_resp_20", "connect_resp_30"])
def test_the_gateways_proof_is_checked(name: str) -> None:
    asked = connect_request(DOCUMENTED, datetime(2026, 10, 21, 0, 5, 10, tzinfo=UTC))
    answer = decode(*read(name))
    assert isinstance(answer, ConnectResp)
    assert is_proved(answer, asked, "888888")
    assert not is_proved(answer, asked, "888889")


async def test_a_gateway_that_knows_another_secret_is_not_trusted(around: Surroundings) -> None:
    async def serve(line: Line) -> None:
        await line.let_in(secret="another")
        await line.expect(Terminate)

    async with gateway_that(serve) as settings:
        with pytest.raises(Misconfigured, match="another secret"):
            await make(settings, around).check()


async def test_a_gateway_need_not_prove_anything_if_nobody_asks(around: Surroundings) -> None:
    async def serve(line: Line) -> None:
        await line.let_in(secret="another")
        (number,) = await line.expect(Terminate)
        line.say(TerminateResp(), number)

    async with gateway_that(serve) as settings:
        await make(settings, around, gateway_proof="ignored").check()


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (None, ProviderUnavailable),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", ProviderUnavailable),
        (encode(ConnectResp(), 1, Version.V30), Misconfigured),
        (encode(SubmitResp(), 1, V20), Misconfigured),
    ],
)
async def test_a_strange_welcome_is_named(
    answer: bytes | None, expected: type[SendError], around: Surroundings
) -> None:
    async def serve(line: Line) -> None:
        await line.expect(Connect)
        line.write(answer or b"")

    async with gateway_that(serve) as settings:
        with pytest.raises(expected):
            await make(settings, around).check()


async def test_signs_of_life_go_both_ways(around: Surroundings) -> None:
    done = asyncio.Event()

    async def serve(line: Line) -> None:
        await line.let_in()
        line.say(ActiveTest(), 77)
        assert await line.expect(ActiveTestResp) == [77]
        (number,) = await line.expect(ActiveTest)
        line.say(ActiveTestResp(), number)
        done.set()
        await line.expect(Terminate)

    async with gateway_that(serve) as settings:
        channel = make(settings, around, keep_alive="1")
        await until(done, channel)


async def test_a_gateway_that_gives_no_sign_of_life_is_left(around: Surroundings) -> None:
    async def serve(line: Line) -> None:
        await line.let_in()
        await line.expect(ActiveTest)
        with pytest.raises(asyncio.IncompleteReadError):
            await line.hear()

    async with gateway_that(serve) as settings:
        channel = make(settings, around, keep_alive="1", answer_within="1")
        with pytest.raises(ProviderUnavailable):
            await channel.listen(MemoryEar(channel))


async def test_a_gateways_farewell_is_answered(around: Surroundings) -> None:
    async def serve(line: Line) -> None:
        await line.let_in()
        line.say(Terminate(), 9)
        assert await line.expect(TerminateResp) == [9]

    async with gateway_that(serve) as settings:
        channel = make(settings, around)
        with pytest.raises(ProviderUnavailable):
            await channel.listen(MemoryEar(channel))


async def test_what_cannot_be_read_is_kept_and_answered(around: Surroundings) -> None:
    """Its Msg_Id stands in front, whatever comes behind."""
    done = asyncio.Event()
    half = bytes(3) + b"\x14" + Deliver.command.to_bytes(4) + (5).to_bytes(4) + MSG_ID.to_bytes(8)
    bare = bytes(3) + b"\x0c" + Deliver.command.to_bytes(4) + (6).to_bytes(4)
    unheard = bytes(3) + b"\x0c" + (0x99).to_bytes(4) + (7).to_bytes(4)

    async def serve(line: Line) -> None:
        await line.let_in()
        line.write(unheard + half + bare)
        assert await line.hear() == (DeliverResp(msg_id=MSG_ID, result=0), 5)
        assert await line.hear() == (DeliverResp(msg_id=0, result=0), 6)
        done.set()
        await line.expect(Terminate)

    async with gateway_that(serve) as settings:
        ear = await until(done, make(settings, around))
    assert [request.body for request in ear.quarantined] == [half, bare]
    assert {request.url for request in ear.quarantined} == {f"cmpp:127.0.0.1:{settings['port']}"}


async def test_what_comes_at_once_is_committed_at_once(around: Surroundings) -> None:
    done = asyncio.Event()

    async def serve(line: Line) -> None:
        await line.let_in()
        frames = (
            encode(Deliver(msg_id=id, src_terminal_id="13800138000", msg_content=b"hi"), id, V20) for id in range(50)
        )
        line.write(b"".join(frames))
        assert await line.expect(*[DeliverResp] * 50) == list(range(50))
        done.set()
        await line.expect(Terminate)

    async with gateway_that(serve) as settings:
        ear = await until(done, make(settings, around))
    assert len([event for event in ear.events if isinstance(event, InboundMessage)]) == 50
    assert len(ear.taken) < 50


@pytest.mark.parametrize(
    "answer", [encode(SubmitResp(msg_id=MSG_ID), 2, Version.V30), encode(ActiveTestResp(), 2, V20)]
)
async def test_an_answer_that_makes_no_sense_leaves_the_outcome_unknown(answer: bytes, around: Surroundings) -> None:
    ready, done = asyncio.Event(), asyncio.Event()

    async def serve(line: Line) -> None:
        await line.let_in()
        line.say(Deliver(src_terminal_id="13800138000", msg_content=b"hi"), 1)
        await line.expect(DeliverResp)
        ready.set()
        assert await line.expect(Submit) == [2]
        line.write(answer)
        done.set()
        await line.expect(Terminate)

    async with gateway_that(serve) as settings:
        channel = make(settings, around)
        listening = asyncio.create_task(until(done, channel))
        await ready.wait()
        with pytest.raises(UnknownOutcome):
            await channel.send(outgoing())
        await listening


async def test_what_is_submitted_says_who_pays_and_asks_for_a_report(around: Surroundings) -> None:
    ready, done = asyncio.Event(), asyncio.Event()
    heard: list[Pdu] = []

    async def serve(line: Line) -> None:
        await line.let_in()
        line.say(Deliver(src_terminal_id="13800138000", msg_content=b"hi"), 1)
        await line.expect(DeliverResp)
        ready.set()
        submit, number = await line.hear()
        heard.append(submit)
        line.say(SubmitResp(msg_id=MSG_ID), number)
        done.set()
        await line.expect(Terminate)

    async with gateway_that(serve) as settings:
        channel = make(settings, around, fee_type="05", fee_code="10")
        listening = asyncio.create_task(until(done, channel))
        await ready.wait()
        accepted = await channel.send(outgoing())
        await listening
    assert accepted.external_id == str(MSG_ID)
    assert heard == [
        Submit(
            registered_delivery=1,
            service_id="HUILIU",
            fee_user_type=2,
            msg_fmt=8,
            msg_src="900001",
            fee_type="05",
            fee_code="10",
            src_id="10690001",
            dest_terminal_ids=("13800138000",),
            msg_content="【汇流客服】您好".encode("utf-16-be"),
        )
    ]


async def until(done: asyncio.Event, channel: CmppChannel) -> MemoryEar:
    """Listen until something is done, then leave."""
    ear = MemoryEar(channel)
    listening = asyncio.create_task(channel.listen(ear))
    async with asyncio.timeout(5):
        await asyncio.wait((listening, asyncio.ensure_future(done.wait())), return_when=asyncio.FIRST_COMPLETED)
    listening.cancel()
    with suppress(asyncio.CancelledError):
        await listening
    return ear
