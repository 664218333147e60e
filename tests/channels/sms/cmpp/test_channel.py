"""What the lab's gateway is sent, what it brings, and what both mean. The kit in `test_contract` covers the rest."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from channels.config import ConfigInvalid
from channels.contract import Outgoing, Surroundings
from channels.sms.cmpp.channel import CmppChannel
from channels.sms.cmpp.content import write_words
from channels.sms.cmpp.errors import connect_error, submit_error
from conversations.address import Address
from conversations.errors import (
    Misconfigured,
    NotSendable,
    OptedOut,
    ProviderUnavailable,
    Rejected,
    SendError,
    Throttled,
    UnknownOutcome,
)
from conversations.ids import AccountId, ConversationId, DeliveryId
from conversations.inbound import InboundMessage, Receipt, ReceiptStatus
from conversations.parts import Media, MediaType, Part, Segment, Text
from lab.books import Answered, Heard, Outcome, Refused, Reported
from tests.support.cmpp import CmppLab, running_gateway
from tests.support.ears import CommitFailed, MemoryEar
from tests.support.eventually import soon
from tests.support.surroundings import open_surroundings

LILEI = Address("tel:+8613800138000")
VERSIONS = ["2.0", "3.0"]
LONG = "您的账单已出，应还 3,482.60 元，请于 11 月 28 日前还款。😀" * 5


@pytest.fixture
async def around() -> AsyncIterator[Surroundings]:
    async with open_surroundings() as made:
        yield made


@pytest.fixture
async def lab(tmp_path: Path) -> AsyncIterator[CmppLab]:
    async with running_gateway(tmp_path) as made:
        yield made


def make(lab: CmppLab, around: Surroundings, **other: str) -> CmppChannel:
    return CmppChannel.create(AccountId("account"), {**lab.settings, **other}, around)


async def start(channel: CmppChannel, lab: CmppLab, ear: MemoryEar) -> asyncio.Task[None]:
    """Listen; returns when a message proved it."""
    listening = asyncio.create_task(channel.listen(ear))
    await soon(lambda: lab.command("links"), "a connection")
    await lab.say("在吗")
    ear.events.clear()
    return listening


@asynccontextmanager
async def at_work(channel: CmppChannel, lab: CmppLab) -> AsyncIterator[MemoryEar]:
    """The channel listens, and can send."""
    ear = MemoryEar(channel)
    listening = await start(channel, lab, ear)
    try:
        yield ear
    finally:
        listening.cancel()
        with suppress(asyncio.CancelledError):
            await listening


def outgoing(part: Part, address: Address = LILEI) -> Outgoing:
    return Outgoing(
        delivery=DeliveryId("0199d5c0a2f37d4c8e1b000000000001"),
        conversation=ConversationId("c1"),
        address=address,
        part=part,
    )


async def say(channel: CmppChannel, text: str) -> list[str]:
    """Plan and send a text; what the gateway calls its messages."""
    return [(await channel.send(outgoing(part))).external_id for part in channel.plan((Text(text),))]


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_text_and_its_report_find_each_other(version: str, tmp_path: Path, around: Surroundings) -> None:
    async with running_gateway(tmp_path, version=version) as lab:
        channel = make(lab, around)
        async with at_work(channel, lab) as ear:
            (id,) = await say(channel, "您的订单已发货 100%")
            await lab.world.errands.settle()
    (heard,) = lab.entries(Heard)
    assert (heard.customer, heard.text, heard.key) == ("李雷", "【汇流客服】您的订单已发货 100%", id)
    (receipt,) = ear.events
    assert isinstance(receipt, Receipt)
    assert (receipt.status, receipt.external_id, receipt.address) == (ReceiptStatus.DELIVERED, id, LILEI)
    assert lab.entries(Refused) == []


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(("long_messages", "pieces"), [("udh8", 3), ("udh16", 4)])
async def test_a_long_text_is_one_on_the_phone_and_has_a_report_for_each_piece(
    version: str, long_messages: str, pieces: int, tmp_path: Path, around: Surroundings
) -> None:
    """With its signature it has 201 units: 3 × 67, but more than 3 × 66."""
    async with running_gateway(tmp_path, version=version) as lab:
        channel = make(lab, around, long_messages=long_messages)
        async with at_work(channel, lab) as ear:
            ids = await say(channel, LONG)
            await lab.world.errands.settle()
    assert [heard.text for heard in lab.entries(Heard)] == [f"【汇流客服】{LONG}"]
    assert len(set(ids)) == pieces
    assert sorted(event.external_id for event in ear.events if isinstance(event, Receipt)) == sorted(ids)
    assert lab.entries(Refused) == []


async def test_the_carrier_may_add_the_signature_for_which_room_is_left(tmp_path: Path, around: Surroundings) -> None:
    """65 units and the 6 of the signature are more than 70."""
    async with running_gateway(tmp_path, signature_by="carrier") as lab:
        channel = make(lab, around)
        assert [len(channel.plan((Text("字" * units),))) for units in (64, 65)] == [1, 2]
        async with at_work(channel, lab):
            await say(channel, "字" * 65)
    assert [heard.text for heard in lab.entries(Heard)] == ["【汇流客服】" + "字" * 65]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("Code 1234", (0, b"Code 1234")),
        ("a`b", (8, "a`b".encode("utf-16-be"))),
        ("您", (8, b"\x60\xa8")),
        ("😀", (8, bytes.fromhex("d83dde00"))),
    ],
)
def test_what_every_phone_has_travels_as_ascii_and_the_rest_as_ucs2(words: str, expected: tuple[int, bytes]) -> None:
    assert write_words(words) == expected


def test_texts_are_divided_as_they_are_charged(around: Surroundings, lab: CmppLab) -> None:
    """【汇流客服】 has 6 units: 64 more fit into one message, 67 and 61 into two."""
    channel = make(lab, around)
    planned = [channel.plan((Text("字" * units),)) for units in (64, 65, 128, 129)]
    assert [len(parts) for parts in planned] == [1, 2, 2, 3]
    first, second = planned[2]
    assert isinstance(first, Segment)
    assert isinstance(second, Segment)
    assert (len(first.text), len(second.text)) == (61, 67)


async def test_no_more_than_the_window_wait_for_their_answers(tmp_path: Path, around: Surroundings) -> None:
    async with running_gateway(tmp_path, window="4") as lab:
        channel = make(lab, around)
        async with at_work(channel, lab):
            lab.misbehave(answers="slow", seconds=0.05)
            await asyncio.gather(*(channel.send(outgoing(Text(f"第 {number} 条"))) for number in range(12)))
            assert lab.command("most_outstanding") == 4
    assert len(lab.entries(Heard)) == 12
    assert lab.entries(Refused) == []


@pytest.mark.parametrize(("answers", "expected"), [("busy", Throttled), ("error", ProviderUnavailable)])
async def test_a_gateway_that_says_no_took_nothing(
    answers: str, expected: type[SendError], lab: CmppLab, around: Surroundings
) -> None:
    channel = make(lab, around)
    async with at_work(channel, lab):
        lab.misbehave(answers=answers)
        with pytest.raises(expected):
            await channel.send(outgoing(Text("您好")))
    assert lab.entries(Heard) == []


@pytest.mark.parametrize(("answers", "heard"), [("html", 0), ("cut", 0), ("lost", 1)])
async def test_without_an_answer_nobody_knows(answers: str, heard: int, lab: CmppLab, around: Surroundings) -> None:
    channel = make(lab, around)
    listening = await start(channel, lab, MemoryEar(channel))
    lab.misbehave(answers=answers, receipts="never")
    with pytest.raises(UnknownOutcome):
        await channel.send(outgoing(Text("您好")))
    with pytest.raises(ProviderUnavailable):
        await listening
    assert len(lab.entries(Heard)) == heard


async def test_without_a_connection_nothing_is_sent(lab: CmppLab, around: Surroundings) -> None:
    channel = make(lab, around)
    with pytest.raises(ProviderUnavailable):
        await channel.send(outgoing(Text("您好")))
    async with at_work(channel, lab):
        pass
    with pytest.raises(ProviderUnavailable):
        await channel.send(outgoing(Text("您好")))
    assert lab.entries(Heard) == []


async def test_what_was_not_planned_is_not_sent(lab: CmppLab, around: Surroundings) -> None:
    channel = make(lab, around)
    async with at_work(channel, lab):
        with pytest.raises(NotSendable, match="140 bytes"):
            await channel.send(outgoing(Text("字" * 65)))
    with pytest.raises(NotSendable):
        await channel.fetch_media(Media(MediaType.FILE, ref="1"))
    assert lab.entries(Refused) == []


async def test_a_number_that_the_gateway_does_not_take_is_rejected(lab: CmppLab, around: Surroundings) -> None:
    channel = make(lab, around)
    async with at_work(channel, lab):
        with pytest.raises(Rejected) as caught:
            await channel.send(outgoing(Text("您好"), Address("tel:+8612345678901")))
    assert caught.value.code == "13"


async def test_numbers_abroad_keep_their_country(lab: CmppLab, around: Surroundings) -> None:
    channel = make(lab, around)
    async with at_work(channel, lab):
        await channel.send(outgoing(Text("您好"), Address("tel:+85261234567")))
    assert [heard.customer for heard in lab.entries(Heard)] == ["Alice"]


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_customers_message_arrives(version: str, tmp_path: Path, around: Surroundings) -> None:
    async with running_gateway(tmp_path, version=version) as lab, at_work(make(lab, around), lab) as ear:
        said = await lab.say("余额多少？😀")
    (event,) = ear.events
    assert isinstance(event, InboundMessage)
    assert (event.address, event.parts, event.external_id) == (LILEI, (Text("余额多少？😀"),), said.key)
    assert event.occurred_at == said.at


@pytest.mark.parametrize("manner", ["normal", "swapped"])
async def test_the_pieces_of_a_long_message_make_it_up(manner: str, lab: CmppLab, around: Surroundings) -> None:
    lab.misbehave(receipts=manner)
    async with at_work(make(lab, around), lab) as ear:
        await lab.say(LONG)
    pieces = {
        event.fragment.number: event.fragment.octets
        for event in ear.events
        if isinstance(event, InboundMessage) and event.fragment
    }
    assert b"".join(octets for _number, octets in sorted(pieces.items())).decode("utf-16-be") == LONG
    assert len({event.key for event in ear.events if isinstance(event, InboundMessage)}) == len(pieces) == 3


async def test_a_message_that_comes_three_times_has_one_key(lab: CmppLab, around: Surroundings) -> None:
    async with at_work(make(lab, around), lab) as ear:
        lab.misbehave(thrice=True)
        await lab.say("在吗？")
    events = [event for event in ear.events if isinstance(event, InboundMessage)]
    assert len(events) == 3
    assert len({event.key for event in events}) == 1


async def test_the_gateway_is_told_only_what_was_committed(lab: CmppLab, around: Surroundings) -> None:
    channel = make(lab, around)
    ear = MemoryEar(channel)
    ear.fail_once()
    said = asyncio.create_task(lab.say("别丢"))
    with pytest.raises(CommitFailed):
        await channel.listen(ear)
    assert ear.events == []
    async with at_work(channel, lab) as ear:
        await said
    outcomes = [entry.outcome for entry in lab.entries(Answered) if entry.to == said.result().id]
    assert outcomes[-1] is Outcome.TAKEN
    assert Outcome.TAKEN not in outcomes[:-1]


@pytest.mark.parametrize("receipts", ["early", "twice", "late", "swapped"])
async def test_reports_come_when_they_like(receipts: str, lab: CmppLab, around: Surroundings) -> None:
    channel = make(lab, around)
    async with at_work(channel, lab) as ear:
        lab.misbehave(receipts=receipts)
        ids = [id for text in ("一", "二") for id in await say(channel, text)]
        await lab.world.errands.settle()
    told = [event.external_id for event in ear.events if isinstance(event, Receipt)]
    expected = {"early": ids, "twice": sorted(ids * 2), "late": sorted(ids), "swapped": sorted(ids)}[receipts]
    assert (told if receipts == "early" else sorted(told)) == expected
    assert len(lab.entries(Reported)) == len(expected)


async def test_a_report_names_the_networks_code(lab: CmppLab, around: Surroundings) -> None:
    channel = make(lab, around)
    async with at_work(channel, lab) as ear:
        lab.misbehave(receipts="failed", failure_code="MK:0001")
        await say(channel, "您好")
        await lab.world.errands.settle()
    (receipt,) = ear.events
    assert isinstance(receipt, Receipt)
    assert (receipt.status, receipt.code) == (ReceiptStatus.FAILED, "MK:0001")
    assert receipt.text == "The message could not be delivered"


async def test_a_dropped_connection_ends_the_listening(lab: CmppLab, around: Surroundings) -> None:
    channel = make(lab, around)
    listening = await start(channel, lab, MemoryEar(channel))
    lab.command("hang_up")
    with pytest.raises(ProviderUnavailable):
        await listening
    with pytest.raises(ProviderUnavailable):
        await channel.send(outgoing(Text("您好")))


@pytest.mark.parametrize("version", VERSIONS)
async def test_the_check_comes_and_goes(version: str, tmp_path: Path, around: Surroundings) -> None:
    async with running_gateway(tmp_path, version=version) as lab:
        await make(lab, around).check()
        await soon(lambda: not lab.command("links"), "the farewell")
    assert lab.entries(Refused) == []


@pytest.mark.parametrize(
    ("change", "advice"),
    [
        ({"secret": "wrong"}, "does not accept the secret"),
        ({"source_addr": "900002"}, "does not know source_addr"),
        ({"version": "3.0"}, "set version to 2.0"),
    ],
)
async def test_the_check_says_what_to_repair(
    change: dict[str, str], advice: str, lab: CmppLab, around: Surroundings
) -> None:
    with pytest.raises(Misconfigured, match=advice):
        await make(lab, around, **change).check()


async def test_a_clock_that_is_wrong_is_named(lab: CmppLab, around: Surroundings) -> None:
    late = replace(around, clock=lambda: around.clock() + timedelta(hours=8))
    with pytest.raises(Misconfigured, match="clock"):
        await make(lab, late).check()


async def test_nobody_at_the_port_is_no_fault_of_ours(lab: CmppLab, around: Surroundings) -> None:
    with pytest.raises(ProviderUnavailable):
        await make(lab, around, port="9").check()


@pytest.mark.parametrize(
    ("status", "expected"),
    [(1, Misconfigured), (2, Misconfigured), (3, Misconfigured), (4, Misconfigured), (5, ProviderUnavailable)],
)
def test_each_status_says_who_must_act(status: int, expected: type[SendError]) -> None:
    error = connect_error(status)
    assert (type(error), error.code) == (expected, str(status))


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        (1, Rejected),
        (2, Misconfigured),
        (3, ProviderUnavailable),
        (4, Rejected),
        (5, Misconfigured),
        (6, Rejected),
        (7, Misconfigured),
        (8, Throttled),
        (9, Rejected),
        (10, Misconfigured),
        (11, Misconfigured),
        (12, Misconfigured),
        (13, Rejected),
        (53, ProviderUnavailable),
        (69, OptedOut),
        (76, Rejected),
        (77, Throttled),
        (255, Rejected),
    ],
)
def test_each_result_says_who_must_act(result: int, expected: type[SendError]) -> None:
    error = submit_error(result)
    assert (type(error), error.code) == (expected, str(result))
    assert not isinstance(error, Throttled) or error.after == timedelta(seconds=5)


def test_who_wants_certainty_may_send_again(lab: CmppLab, around: Surroundings) -> None:
    assert [make(lab, around, in_doubt=choice).capabilities.resend_is_safe for choice in ("once", "again")] == [
        False,
        True,
    ]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"port": "http"}, "port"),
        ({"port": "65536"}, "port"),
        ({"version": "2.1"}, "version"),
        ({"source_addr": "9000"}, "source_addr"),
        ({"service_id": "服务"}, "service_id"),
        ({"src_id": "1" * 22}, "src_id"),
        ({"signature": "【汇流】"}, "signature"),
        ({"signature_by": "both"}, "signature_by"),
        ({"window": "0"}, "window"),
        ({"max_segments": "256"}, "max_segments"),
        ({"long_messages": "sar"}, "long_messages"),
        ({"gateway_proof": "no"}, "gateway_proof"),
        ({"in_doubt": "never"}, "in_doubt"),
        ({"country": "China"}, "country"),
    ],
)
def test_settings_that_cannot_work_are_named(
    change: dict[str, str], problem: str, lab: CmppLab, around: Surroundings
) -> None:
    with pytest.raises(ConfigInvalid) as caught:
        make(lab, around, **change)
    assert [each.partition(":")[0] for each in caught.value.problems] == [problem]
