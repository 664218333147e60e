"""Our client with other people's message centres: npm's smpp and PyPI's smpp34."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
import smpp34

from channels.contract import Outgoing, Surroundings
from channels.sms.smpp.channel import SmppChannel
from conversations.address import Address
from conversations.errors import Misconfigured
from conversations.ids import AccountId, ConversationId, DeliveryId
from conversations.inbound import InboundEvent, InboundMessage, Receipt, ReceiptStatus
from conversations.parts import Text
from tests.channels.sms.smpp.sampler import settings
from tests.support.ears import MemoryEar
from tests.support.eventually import eventually, soon
from tests.support.node import PEERS
from tests.support.ports import free_port
from tests.support.surroundings import open_surroundings

NPM = """
const smpp = require("smpp");
const told = [];
let waiting = [];
let hears = null;
const server = smpp.createServer((session) => {
  const bind = (pdu) => {
    const known = pdu.system_id === "huiliu" && pdu.password === "secret-of-the-bind";
    session.send(pdu.response(known ? { system_id: "npm" } : { command_status: smpp.ESME_RINVPASWD }));
    if (known) session.deliver_sm({ source_addr: "8613800138000", source_addr_ton: 1, destination_addr: "10690000",
      short_message: "在吗😀", data_coding: 8 });
  };
  session.on("bind_transceiver", bind);
  session.on("bind_receiver", (pdu) => { hears = session; bind(pdu); });
  session.on("bind_transmitter", (pdu) => session.send(pdu.response({ system_id: "npm" })));
  session.on("enquire_link", (pdu) => session.send(pdu.response()));
  session.on("unbind", (pdu) => { session.send(pdu.response()); session.close(); });
  session.on("error", () => {});
  session.on("submit_sm", (pdu) => {
    waiting.push(pdu);
    console.log(JSON.stringify({ text: pdu.short_message.message, to: pdu.destination_addr, waiting: waiting.length }));
    if (waiting.length < 5) return;
    for (const each of waiting.reverse()) {
      const id = `00${each.sequence_number.toString(16)}A`;
      session.send(each.response({ message_id: id }));
      (hears || session).deliver_sm({ source_addr: each.destination_addr, source_addr_ton: 1,
        destination_addr: each.source_addr, esm_class: 4,
        short_message: `id:${id} sub:001 dlvrd:001 stat:DELIVRD err:000 text:` });
    }
    waiting = [];
  });
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
"""


@asynccontextmanager
async def listening(channel: SmppChannel, ear: MemoryEar) -> AsyncIterator[None]:
    task = asyncio.create_task(channel.listen(ear))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@pytest.fixture
async def around() -> AsyncIterator[Surroundings]:
    async with open_surroundings() as made:
        yield made


@pytest.fixture
async def npm() -> AsyncIterator[tuple[int, asyncio.StreamReader]]:
    """The port of npm's message centre, and what it says about what it was sent."""
    process = await asyncio.create_subprocess_exec("node", "-e", NPM, cwd=PEERS, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    try:
        yield int(await process.stdout.readline()), process.stdout
    finally:
        process.kill()
        await process.wait()


def make(around: Surroundings, port: int, **other: str) -> SmppChannel:
    return SmppChannel.create(AccountId("account"), {**settings(""), "port": str(port), **other}, around)


def outgoing(text: str) -> Outgoing:
    return Outgoing(
        delivery=DeliveryId("d"),
        conversation=ConversationId("c"),
        address=Address("tel:+8613800138000"),
        part=Text(text),
    )


def said(events: list[InboundEvent]) -> list[object]:
    return [event.parts for event in events if isinstance(event, InboundMessage)]


@pytest.mark.parametrize("bind_mode", ["transceiver", "separate"])
async def test_npms_centre_sees_a_window_and_answers_it_backwards(
    bind_mode: str, npm: tuple[int, asyncio.StreamReader], around: Surroundings
) -> None:
    port, told = npm
    channel = make(around, port, bind_mode=bind_mode)
    ear = MemoryEar(channel)
    async with listening(channel, ear):
        await soon(lambda: said(ear.events), "npm's message")
        accepted = await asyncio.gather(*(channel.send(outgoing(f"Nr. {n} [€]")) for n in range(5)))
        seen = [json.loads(await told.readline()) for _ in range(5)]
        await soon(lambda: len(ear.events) == 6, "the receipts")
    assert said(ear.events) == [(Text("在吗😀"),)]
    assert [each["text"] for each in seen] == [f"Nr. {n} [€]" for n in range(5)]
    assert [each["waiting"] for each in seen] == [1, 2, 3, 4, 5]
    receipts = [event for event in ear.events if isinstance(event, Receipt)]
    assert sorted(each.external_id for each in receipts) == sorted(each.external_id for each in accepted)
    assert {each.status for each in receipts} == {ReceiptStatus.DELIVERED}


async def test_npms_centre_refuses_the_password(npm: tuple[int, asyncio.StreamReader], around: Surroundings) -> None:
    with pytest.raises(Misconfigured, match="password"):
        await make(around, npm[0], password="wrong").check()


async def test_a_centre_of_smpp34_takes_what_we_send_and_brings_news(around: Surroundings) -> None:
    port = free_port()
    server = smpp34.Server("127.0.0.1", port, system_id="smpp34")
    await server.start()
    channel = make(around, port)
    ear = MemoryEar(channel)
    try:
        async with listening(channel, ear), asyncio.timeout(10):
            esme = await server.next()
            assert isinstance(esme, smpp34.Esme)
            assert (esme.system_id, esme.can_receive) == ("huiliu", True)
            answer = await esme.deliver_sm("10690000", b"hello", source_addr="8613800138000", source_addr_ton=1)
            assert answer.is_success
            assert said(ear.events) == [(Text("hello"),)]

            async def send() -> str:
                return (await channel.send(outgoing("您好"))).external_id

            sending = asyncio.create_task(send())
            submitted = await server.next()
            assert isinstance(submitted, smpp34.SubmitSmEvent)
            assert submitted.short_message == "您好".encode("utf-16-be")
            assert (submitted.destination_addr, submitted.registered_delivery) == ("8613800138000", 1)
            submitted.accept("00Ab")
            assert await sending == "ab"
        unbound = await eventually(server.next, "the end of the session")
        assert isinstance(unbound, smpp34.Unbound)
    finally:
        await server.stop()
