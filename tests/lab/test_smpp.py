"""A message centre as the product, Kannel and npm's smpp meet it."""

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from channels.contract import Outgoing
from channels.sms.smpp.channel import SmppChannel
from conversations.address import Address
from conversations.errors import (
    Misconfigured,
    ProviderUnavailable,
    Rejected,
    SendError,
    Throttled,
    UnknownOutcome,
)
from conversations.ids import AccountId, ConversationId, DeliveryId
from conversations.inbound import Fragment, InboundMessage, Receipt, ReceiptStatus
from conversations.parts import Text
from lab.app import open_lab
from lab.books import Answered, Heard, Outcome, Refused, Reported
from lab.config import AccountConfig, LabConfig
from lab.world import Playing, Saying, World
from tests.lab.product import QUICK, MovableClock
from tests.support.ears import CommitFailed, MemoryEar
from tests.support.eventually import soon
from tests.support.kannel import Kannel, running_kannel
from tests.support.node import run_node
from tests.support.ports import free_port
from tests.support.surroundings import open_surroundings

PATIENT = replace(QUICK, callback_pauses=(0.3, 0.3, 0.3))

LOGIN = {"system_id": "huiliu", "password": "secret12", "source": "10690000"}


@dataclass(frozen=True)
class Room:
    """A lab whose only account is one at a message centre."""

    world: World
    centre: Playing
    account: AccountConfig

    def heard(self) -> list[str]:
        """What the phones show."""
        return [entry.text for entry in self.world.books if isinstance(entry, Heard)]

    def outcomes(self) -> list[Outcome]:
        """How the product answered what it was delivered."""
        return [entry.outcome for entry in self.world.books if isinstance(entry, Answered)]

    async def say(self, text: str) -> None:
        """李雷 writes, and the centre delivers it."""
        _said, delivery = self.centre.phone.say(Saying(account=self.account, customer="李雷", text=text))
        await delivery


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as made:
        yield made


async def open_room(stack: AsyncExitStack, folder: Path, **settings: str) -> Room:
    port = free_port()
    account = AccountConfig(id="smpp", kind="sms_smpp", settings={**LOGIN, **settings})
    config = LabConfig(accounts=(account,), data_folder=folder, smpp_port=port, timings=PATIENT)
    world, providers = await stack.enter_async_context(open_lab(config, MovableClock()))
    return Room(world, providers["sms_smpp"], account)


@pytest.fixture
async def room(stack: AsyncExitStack, tmp_path: Path) -> Room:
    return await open_room(stack, tmp_path)


@asynccontextmanager
async def product(room: Room, **changes: str) -> AsyncIterator[tuple[SmppChannel, MemoryEar]]:
    """The product's own channel, bound to the lab."""
    settings = {"host": "127.0.0.1", "port": str(room.world.config.smpp_port), **room.account.settings, **changes}
    async with open_surroundings() as around:
        channel = SmppChannel.create(AccountId("smpp"), settings, around)
        ear = MemoryEar(channel)
        listening = asyncio.create_task(keep_listening(channel, ear))
        await soon(lambda: links(room), "the session")
        try:
            yield channel, ear
        finally:
            listening.cancel()
            with suppress(asyncio.CancelledError):
                await listening


async def keep_listening(channel: SmppChannel, ear: MemoryEar) -> None:
    """As the core does: after a pause it is begun again."""
    while True:
        with suppress(ProviderUnavailable, CommitFailed):
            await channel.listen(ear)
        await asyncio.sleep(0.01)


def links(room: Room) -> object:
    return room.centre.commands["links"](room.account, {})


async def send(channel: SmppChannel, text: str, phone: str = "+8613800138000") -> list[str]:
    """Plan and send; the ids that the centre gave."""
    return [
        (
            await channel.send(
                Outgoing(
                    delivery=DeliveryId("d"),
                    conversation=ConversationId("c"),
                    address=Address(f"tel:{phone}"),
                    part=part,
                )
            )
        ).external_id
        for part in channel.plan((Text(text),))
    ]


@pytest.mark.parametrize("alphabet", ["auto", "latin1", "ucs2"])
@pytest.mark.parametrize("way", ["udh8", "udh16", "sar", "payload"])
@pytest.mark.parametrize("text", ["Hi [there], 5 €!", "Hello, wörld! " * 30, "您好😀，" * 60])
async def test_what_the_product_sends_is_on_the_phone(text: str, way: str, alphabet: str, room: Room) -> None:
    if way == "payload" and len(text) > 70:
        # The lab's centre takes no more than a short message, whatever way it comes.
        text = text[:70]
    async with product(room, long_messages=way, alphabet=alphabet) as (channel, _ear):
        await send(channel, text)
    assert room.heard() == [text]


@pytest.mark.parametrize("receipt_ids", ["as_is", "hex_to_dec", "dec_to_hex"])
async def test_receipts_name_the_message_in_both_forms(receipt_ids: str, stack: AsyncExitStack, tmp_path: Path) -> None:
    """Two messages: one receipt has parameters, the other is text."""
    room = await open_room(stack, tmp_path, receipt_ids=receipt_ids)
    async with product(room) as (channel, ear):
        ids = await send(channel, "one") + await send(channel, "two")
        await room.world.errands.settle()
        receipts = [event for event in ear.events if isinstance(event, Receipt)]
    assert sorted(each.external_id for each in receipts) == sorted(ids)
    assert {each.status for each in receipts} == {ReceiptStatus.DELIVERED}
    assert [entry.key for entry in room.world.books if isinstance(entry, Reported)] == ids


async def test_an_early_receipt_overtakes_the_answer(room: Room) -> None:
    room.world.manners.change("sms_smpp", receipts="early")
    async with product(room) as (channel, ear):
        ids = await send(channel, "one")
        assert [event.external_id for event in ear.events if isinstance(event, Receipt)] == ids


@pytest.mark.parametrize(
    ("receipts", "expected"),
    [("twice", ["DELIVRD"] * 2), ("failed", ["UNDELIV"]), ("late", ["DELIVRD"]), ("never", [])],
)
async def test_receipts_misbehave_when_told(receipts: str, expected: list[str], room: Room) -> None:
    room.world.manners.change("sms_smpp", receipts=receipts, failure_code="UNDELIV")
    async with product(room) as (channel, ear):
        await send(channel, "one")
        await room.world.errands.settle()
        assert [event.code for event in ear.events if isinstance(event, Receipt)] == expected


@pytest.mark.parametrize("manner", ["normal", "swapped"])
async def test_what_a_customer_writes_comes_whole_or_in_pieces(manner: str, room: Room) -> None:
    """Three long texts: joined by parameters, by a header of 8 bits and by one of 16."""
    room.world.manners.change("sms_smpp", receipts=manner)
    texts = ["Short & [sweet]", "很长的话。" * 30, "Long words " * 20, "更长的话😀" * 40]
    async with product(room) as (_channel, ear):
        for text in texts:
            await room.say(text)
    assert put_together(ear) == texts


def put_together(ear: MemoryEar) -> list[str]:
    """As the core does with fragments."""
    found: dict[str, dict[int, str]] = {}
    for event in ear.events:
        assert isinstance(event, InboundMessage)
        piece = event.fragment or Fragment(reference=event.key, number=1, total=1)
        found.setdefault(piece.reference, {})[piece.number] = words_of(event)
    return ["".join(text for _number, text in sorted(pieces.items())) for pieces in found.values()]


def words_of(message: InboundMessage) -> str:
    """Of a whole one, or of a piece that tears no character apart, as the lab's do."""
    if message.fragment is not None:
        return message.fragment.octets.decode(message.fragment.charset)
    (part,) = message.parts
    assert isinstance(part, Text)
    return part.text


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ("busy", Throttled),
        ("error", ProviderUnavailable),
        ("cut", UnknownOutcome),
        ("html", UnknownOutcome),
        ("lost", UnknownOutcome),
    ],
)
async def test_answers_misbehave_when_told(answers: str, expected: type[SendError], room: Room) -> None:
    room.world.manners.change("sms_smpp", answers=answers)
    async with product(room) as (channel, _ear):
        with pytest.raises(SendError) as caught:
            await send(channel, "one")
    assert type(caught.value) is expected
    assert room.heard() == (["one"] if answers == "lost" else [])


async def test_the_window_is_filled_and_kept(room: Room) -> None:
    room.world.manners.change("sms_smpp", answers="slow", seconds=0.05, receipts="never")
    async with product(room, window="10") as (channel, _ear):
        await asyncio.gather(*(send(channel, str(number)) for number in range(50)))
        assert room.centre.commands["most_outstanding"](room.account, {}) == 10
    assert len(room.heard()) == 50


async def test_more_than_the_window_is_throttled(stack: AsyncExitStack, tmp_path: Path) -> None:
    room = await open_room(stack, tmp_path, window="2")
    room.world.manners.change("sms_smpp", answers="slow", seconds=0.05, receipts="never")
    async with product(room, window="4") as (channel, _ear):
        outcomes = await asyncio.gather(*(send(channel, str(n)) for n in range(4)), return_exceptions=True)
    assert sorted(type(each).__name__ for each in outcomes) == ["Throttled", "Throttled", "list", "list"]


async def test_what_was_not_taken_is_brought_again(room: Room) -> None:
    async with product(room) as (_channel, ear):
        ear.fail_once()
        await room.say("hello")
    assert (room.outcomes()[0], room.outcomes()[-1]) == (Outcome.REFUSED, Outcome.TAKEN)
    assert put_together(ear) == ["hello"]


async def test_everything_may_come_three_times(room: Room) -> None:
    """As it does in life: the line drops before the answer is heard. It stays one message."""
    room.world.manners.change("sms_smpp", thrice=True)
    async with product(room) as (_channel, ear):
        await room.say("hello")
    keys = [event.key for event in ear.events if isinstance(event, InboundMessage)]
    assert (len(keys), len(set(keys))) == (3, 1)


@pytest.mark.parametrize(
    ("change", "advice"), [({"password": "wrong"}, "password"), ({"system_id": "nobody"}, "system_id")]
)
async def test_strangers_are_not_let_in(change: dict[str, str], advice: str, room: Room) -> None:
    settings = {"host": "127.0.0.1", "port": str(room.world.config.smpp_port), **LOGIN, **change}
    async with open_surroundings() as around:
        with pytest.raises(Misconfigured, match=advice):
            await SmppChannel.create(AccountId("smpp"), settings, around).check()
    assert [entry.where for entry in room.world.books if isinstance(entry, Refused)] == ["smpp"]


@pytest.mark.parametrize(
    ("change", "phone", "expected"),
    [
        ({"source": "1"}, "+8613800138000", Misconfigured),
        ({"source_ton": "5"}, "+8613800138000", Misconfigured),
        ({"destination_ton": "0"}, "+8613800138000", Misconfigured),
        ({}, "+861", Rejected),
    ],
)
async def test_what_the_login_does_not_allow_is_refused(
    change: dict[str, str], phone: str, expected: type[SendError], room: Room
) -> None:
    async with product(room, **change) as (channel, _ear):
        with pytest.raises(SendError) as caught:
            await send(channel, "one", phone)
    assert type(caught.value) is expected
    assert room.heard() == []


async def test_a_login_with_separate_sessions_sends_over_one_and_hears_over_the_other(
    stack: AsyncExitStack, tmp_path: Path
) -> None:
    room = await open_room(stack, tmp_path, bind_mode="separate")
    async with product(room) as (channel, ear):
        await soon(lambda: links(room) == 2, "both sessions")
        await room.say("在吗")
        await send(channel, "您好")
        await room.world.errands.settle()
        room.centre.commands["hang_up"](room.account, {})
        await soon(lambda: links(room) == 2, "both sessions again")
        await room.say("还在吗")
    assert room.heard() == ["您好"]
    assert [type(event).__name__ for event in ear.events] == ["InboundMessage", "Receipt", "InboundMessage"]


async def test_a_login_with_separate_sessions_has_no_transceiver(stack: AsyncExitStack, tmp_path: Path) -> None:
    room = await open_room(stack, tmp_path, bind_mode="separate")
    settings = {"host": "127.0.0.1", "port": str(room.world.config.smpp_port), **LOGIN}
    async with open_surroundings() as around:
        with pytest.raises(Misconfigured, match="bind_mode"):
            await SmppChannel.create(AccountId("smpp"), settings, around).check()


def pdu(command: int, body: bytes = b"", number: int = 1) -> bytes:
    return struct.pack("!IIII", 16 + len(body), command, 0, number) + body


def bind(command: int = 9) -> bytes:
    return pdu(command, b"huiliu\0secret12\0\0\x34\0\0\0")


def submit(
    text: bytes = b"hi", *, source: bytes = b"10690000", data_coding: int = 0, esm_class: int = 0, receipts: int = 0
) -> bytes:
    parties = b"\1\1" + source + b"\0\1\0018613800138000\0"
    rest = bytes((esm_class, 0, 0, 0, 0, receipts, 0, data_coding, 0, len(text)))
    return pdu(4, b"\0" + parties + rest + text, 2)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (submit(), (0x80000004, 0x04)),
        (pdu(9, b"huiliu\0" + b"x" * 40), (0x80000009, 0x02)),
        (bind() + bind(), (0x80000009, 0x05)),
        (bind(1) + submit(), (0x80000004, 0x04)),
        (bind(2) + submit(), (0x80000004, 0)),
        (bind() + pdu(0x21), (0x80000000, 0x03)),
        (bind() + pdu(0x15), (0x80000015, 0)),
        (bind() + pdu(6), (0x80000006, 0)),
        (bind() + submit(b""), (0x80000004, 0x01)),
        (bind() + submit(b"a" * 161), (0x80000004, 0x01)),
        (bind() + submit(b"\x82"), (0x80000004, 0x45)),
        (bind() + submit(b"\x1b\x01"), (0x80000004, 0x45)),
        (bind() + submit(b"a", data_coding=8), (0x80000004, 0x45)),
        (bind() + submit(b"a", data_coding=4), (0x80000004, 0x45)),
        (bind() + submit(b"a", esm_class=0x40), (0x80000004, 0x43)),
        (bind() + submit(b"\5\0\3\1\2\3a", esm_class=0x40), (0x80000004, 0x45)),
        (bind() + submit(b"a", esm_class=0x80), (0x80000004, 0x43)),
        (bind() + submit(source=b"1"), (0x80000004, 0x0A)),
        (bind() + submit(receipts=3), (0x80000004, 0x07)),
        (bind() + submit(receipts=0x11), (0x80000004, 0)),
        (bind() + pdu(4, b"\0\1"), (0x80000004, 0x02)),
        (bind() + struct.pack("!IIII", 16 * 1024 * 1024, 4, 0, 1), (0x80000000, 0x02)),
    ],
)
async def test_the_centre_refuses_by_the_codes_of_the_specification(
    said: bytes, expected: tuple[int, int], room: Room
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", room.world.config.smpp_port)
    writer.write(said)
    answers = []
    async with asyncio.timeout(5):
        while expected not in answers:
            length, command, status, _number = struct.unpack("!IIII", await reader.readexactly(16))
            await reader.readexactly(length - 16)
            answers.append((command, status))
    writer.close()
    await writer.wait_closed()
    assert answers[-1] == expected


NPM = """
const smpp = require("smpp");
const [port, message, parts] = given;
const told = { receipts: [], said: [] };
const session = smpp.connect({ url: `smpp://127.0.0.1:${port}` }, () => {
  session.bind_transceiver({ system_id: "huiliu", password: "secret12", interface_version: 0x34 }, (bound) => {
    told.bound = bound.command_status;
    const common = { source_addr: "10690000", source_addr_ton: 1, source_addr_npi: 1, destination_addr: "8613800138000",
      dest_addr_ton: 1, dest_addr_npi: 1, registered_delivery: 1 };
    session.submit_sm({ ...common, ...message }, (answer) => {
      told.id = answer.message_id;
      told.status = answer.command_status;
    });
  });
});
session.on("deliver_sm", (pdu) => {
  session.send(pdu.response());
  const text = pdu.short_message.message;
  if (pdu.esm_class & 4) told.receipts.push([pdu.receipted_message_id || "", pdu.message_state || 0, text]);
  else told.said.push(text);
  if (told.receipts.length && told.said.length === parts) session.unbind(() => { session.close(); say(told); });
});
session.on("enquire_link", (pdu) => session.send(pdu.response()));
session.on("error", (error) => { throw error; });
"""


async def test_a_client_of_npm_works_with_it(room: Room) -> None:
    port = room.world.config.smpp_port
    client = asyncio.create_task(run_node(NPM, port, {"short_message": "Hi [there] 5€", "data_coding": 0}, 1))
    await soon(lambda: links(room), "the client")
    await room.say("在吗😀")
    async with asyncio.timeout(15):
        told = await client
    assert (told["bound"], told["status"], told["said"]) == (0, 0, ["在吗😀"])
    assert room.heard() == ["Hi [there] 5€"]
    ((id, state, text),) = told["receipts"]
    assert (id, state) == (told["id"].upper().zfill(8), 2) or f"id:{told['id'].upper().zfill(8)} " in text
    assert set(room.outcomes()) == {Outcome.TAKEN}


@pytest.fixture
async def kannel(room: Room, tmp_path: Path, stack: AsyncExitStack) -> Kannel:
    return await stack.enter_async_context(running_kannel(tmp_path, room.world.config.smpp_port, LOGIN))


async def test_kannel_sends_through_it_and_is_told_what_became_of_it(kannel: Kannel, room: Room) -> None:
    """Bearerbox binds as transceiver; both halves of a long message get their receipts."""
    await kannel.send("8613800138000", "很长的话。" * 20, source="10690000")
    await kannel.send("8613800138000", "Short [one]", source="10690000")
    await soon(lambda: len(room.heard()) == 2, "the messages on the phone", 15)
    assert sorted(room.heard()) == sorted(["很长的话。" * 20, "Short [one]"])
    await soon(lambda: len(kannel.receipts) >= 2, "the receipts", 15)
    assert {receipt["status"] for receipt in kannel.receipts} == {"1"}
    assert room.outcomes() == [Outcome.TAKEN] * len(room.outcomes())


async def test_kannel_is_brought_what_customers_write(kannel: Kannel, room: Room) -> None:
    await soon(lambda: links(room), "Kannel's session")
    await room.say("在吗😀")
    await room.say("Hi [there]")
    await soon(lambda: len(kannel.said) == 2, "what the customer wrote", 15)
    assert [(each["from"], each["text"]) for each in kannel.said] == [
        ("+8613800138000", "在吗😀"),
        ("+8613800138000", "Hi [there]"),
    ]
