"""What a message centre is sent over the session, and what it is told about its own news."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as settings_of_hypothesis
from hypothesis import strategies as st

from channels.config import ConfigInvalid
from channels.contract import Outgoing, Rate, Surroundings, WebhookRequest
from channels.sms.smpp.channel import METHOD, SmppChannel
from channels.sms.smpp.codec import Command, Pdu, ShortMessage, Tag, read_message, write_pdu
from channels.sms.smpp.inbound import REPEATED_WITHIN
from channels.sms.smpp.receipts import id_of_receipt
from channels.sms.smpp.repeats import REMEMBERED, Repeats
from conversations.address import Address
from conversations.errors import (
    Misconfigured,
    NotSendable,
    PayloadUnreadable,
    ProviderUnavailable,
    Rejected,
    SendError,
    Throttled,
    UnknownOutcome,
)
from conversations.ids import AccountId, ConversationId, DeliveryId
from conversations.inbound import InboundMessage, Receipt, ReceiptStatus
from conversations.parts import Media, MediaType, Part, Segment, Text
from tests.channels.sms.smpp.sampler import settings
from tests.support.certificate import make_certificate
from tests.support.ears import CommitFailed, MemoryEar, listening
from tests.support.eventually import soon
from tests.support.smsc import HANG_UP, NOTHING, SUBMIT, Smsc, deliver_body, pdu, running_smsc
from tests.support.surroundings import NOW, open_surroundings

ACCOUNT = AccountId("account")
OK, WRONG_BIND, TRY_LATER = 0, 0x04, 0x64
DELIVER_RESP = 0x80000005


@pytest.fixture
async def around() -> AsyncIterator[Surroundings]:
    async with open_surroundings() as made:
        yield made


@pytest.fixture
async def smsc() -> AsyncIterator[Smsc]:
    async with running_smsc() as made:
        yield made


def make(around: Surroundings, smsc: Smsc, **other: str) -> SmppChannel:
    return SmppChannel.create(ACCOUNT, {**settings(""), "port": str(smsc.port), **other}, around)


@asynccontextmanager
async def at_work(channel: SmppChannel, smsc: Smsc, cursor: str = "") -> AsyncIterator[MemoryEar]:
    """The channel listens and can send."""
    ear = MemoryEar(channel, cursor)
    listening = await start(channel, smsc, ear)
    try:
        yield ear
    finally:
        listening.cancel()
        with suppress(asyncio.CancelledError):
            await listening


async def start(channel: SmppChannel, smsc: Smsc, ear: MemoryEar) -> asyncio.Task[None]:
    """Listen, until the channel has proved that it does."""
    listening = asyncio.create_task(channel.listen(ear))
    async with asyncio.timeout(5):
        await smsc.bound.wait()
    assert await smsc.deliver(deliver_body(b"id:0 stat:ENROUTE", esm_class=0x20)) == OK
    ear.events.clear()
    ear.taken.clear()
    return listening


def outgoing(part: Part) -> Outgoing:
    return Outgoing(
        delivery=DeliveryId("0199d5c0a2f37d4c8e1b000000000001"),
        conversation=ConversationId("c1"),
        address=Address("tel:+8613800138000"),
        part=part,
    )


def submitted(smsc: Smsc) -> list[ShortMessage]:
    return [read_message(Pdu(command=Command.SUBMIT_SM, number=1, body=body)) for body in smsc.bodies(SUBMIT)]


async def say(around: Surroundings, smsc: Smsc, text: str, **other: str) -> list[ShortMessage]:
    """Plan and send a text; what the centre was sent."""
    channel = make(around, smsc, **other)
    async with at_work(channel, smsc):
        for part in channel.plan((Text(text),)):
            await channel.send(outgoing(part))
    return submitted(smsc)


async def test_a_text_goes_to_its_number_and_asks_for_a_receipt(around: Surroundings, smsc: Smsc) -> None:
    (message,) = await say(around, smsc, "Hi [there]", source="10690000", source_ton="3", source_npi="0")
    assert (message.source.ton, message.source.npi, message.source.digits) == (3, 0, "10690000")
    assert (message.destination.ton, message.destination.npi, message.destination.digits) == (1, 1, "8613800138000")
    assert (message.data_coding, message.text) == (0, b"Hi \x1b\x3cthere\x1b\x3e")
    assert (message.registered_delivery, message.esm_class, message.parameters) == (1, 0, {})


async def test_we_bind_with_what_the_carrier_gave_us(around: Surroundings, smsc: Smsc) -> None:
    async with at_work(make(around, smsc, system_type="VMA"), smsc):
        pass
    assert smsc.received[0] == (0x09, b"huiliu\0secret-of-the-bind\0VMA\0\x34\0\0\0")


@pytest.mark.parametrize(
    ("text", "alphabet", "data_coding", "octets"),
    [
        ("您好😀", "auto", 8, "您好😀".encode("utf-16-be")),
        ("hello", "ucs2", 8, "hello".encode("utf-16-be")),
        ("¿Qué?", "auto", 0, b"\x60Qu\x05?"),
        ("¿Qué?", "latin1", 3, "¿Qué?".encode("latin-1")),
        ("5 €", "latin1", 8, "5 €".encode("utf-16-be")),
    ],
)
async def test_text_travels_in_the_alphabet_that_is_set(
    text: str, alphabet: str, data_coding: int, octets: bytes, around: Surroundings, smsc: Smsc
) -> None:
    (message,) = await say(around, smsc, text, alphabet=alphabet)
    assert (message.data_coding, message.text) == (data_coding, octets)


async def test_long_texts_get_a_header_with_8_bits(around: Surroundings, smsc: Smsc) -> None:
    first, second = await say(around, smsc, "字" * 71)
    reference = first.text[3]
    assert (first.esm_class, second.esm_class) == (0x40, 0x40)
    assert first.text == bytes((5, 0, 3, reference, 2, 1)) + ("字" * 67).encode("utf-16-be")
    assert second.text == bytes((5, 0, 3, reference, 2, 2)) + ("字" * 4).encode("utf-16-be")


async def test_long_texts_get_a_header_with_16_bits(around: Surroundings, smsc: Smsc) -> None:
    first, second = await say(around, smsc, "a" * 161, long_messages="udh16")
    assert first.text == b"\x06\x08\x04" + first.text[3:5] + b"\x02\x01" + b"a" * 152
    assert second.text == b"\x06\x08\x04" + first.text[3:5] + b"\x02\x02" + b"a" * 9


async def test_long_texts_are_joined_by_parameters(around: Surroundings, smsc: Smsc) -> None:
    first, second = await say(around, smsc, "字" * 71, long_messages="sar")
    assert (first.esm_class, first.text) == (0, ("字" * 66).encode("utf-16-be"))
    assert second.parameters == {
        Tag.SAR_MSG_REF_NUM: first.parameters[Tag.SAR_MSG_REF_NUM],
        Tag.SAR_TOTAL_SEGMENTS: b"\2",
        Tag.SAR_SEGMENT_SEQNUM: b"\2",
    }


async def test_long_texts_go_whole_where_the_centre_divides_them(around: Surroundings, smsc: Smsc) -> None:
    (message,) = await say(around, smsc, "字" * 300, long_messages="payload")
    assert message.text == b""
    assert message.parameters == {Tag.MESSAGE_PAYLOAD: ("字" * 300).encode("utf-16-be")}


@pytest.mark.parametrize(("text", "count"), [("a" * 160, 1), ("a" * 161, 2), ("字" * 70, 1), ("€" * 80, 1)])
async def test_nothing_is_longer_than_a_short_message(text: str, count: int, around: Surroundings, smsc: Smsc) -> None:
    messages = await say(around, smsc, text)
    assert len(messages) == count
    assert all(not message.parameters for message in messages)


async def test_latin_1_is_measured_like_seven_bits_and_falls_back_to_ucs_2_whole(
    around: Surroundings, smsc: Smsc
) -> None:
    """100 characters fit one message of 160, but not one of 70."""
    assert [each.data_coding for each in await say(around, smsc, "é" * 100, alphabet="latin1")] == [3]
    smsc.received.clear()
    assert [each.data_coding for each in await say(around, smsc, "€" * 100, alphabet="latin1")] == [8, 8]


async def test_the_signature_comes_once_before_the_whole(around: Surroundings, smsc: Smsc) -> None:
    first, second = await say(around, smsc, "字" * 71, signature="汇流")
    assert first.text[6:].decode("utf-16-be") == "【汇流】" + "字" * 63
    assert second.text[6:].decode("utf-16-be") == "字" * 8


async def test_the_answer_names_the_message(around: Surroundings, smsc: Smsc) -> None:
    """As receipts will be compared: without zeros at the front, in lower case."""
    smsc.script = lambda command, body: (0, b"00AF\0") if command == SUBMIT else smsc.usual(command, body)
    channel = make(around, smsc)
    async with at_work(channel, smsc):
        assert (await channel.send(outgoing(Text("hi")))).external_id == "af"


async def test_many_messages_are_on_their_way_at_once(around: Surroundings, smsc: Smsc) -> None:
    smsc.answers_after = 0.05
    channel = make(around, smsc, window="10")
    async with at_work(channel, smsc):
        smsc.most_waiting = 0
        accepted = await asyncio.gather(*(channel.send(outgoing(Text(str(number)))) for number in range(50)))
    assert smsc.most_waiting == 10
    assert len({each.external_id for each in accepted}) == 50


@pytest.mark.parametrize(
    ("status", "expected", "code"),
    [
        (0x58, Throttled, "ESME_RTHROTTLED"),
        (0x14, Throttled, "ESME_RMSGQFUL"),
        (0x0B, Rejected, "ESME_RINVDSTADR"),
        (0x08, ProviderUnavailable, "ESME_RSYSERR"),
        (0x0A, Misconfigured, "ESME_RINVSRCADR"),
        (0x0400, Rejected, "0x00000400"),
        (0xFFFFFFFF, Rejected, "0xFFFFFFFF"),
    ],
)
async def test_a_status_says_who_must_act(
    status: int, expected: type[SendError], code: str, around: Surroundings, smsc: Smsc
) -> None:
    smsc.script = lambda command, body: (status, b"") if command == SUBMIT else smsc.usual(command, body)
    channel = make(around, smsc)
    async with at_work(channel, smsc):
        with pytest.raises(SendError) as caught:
            await channel.send(outgoing(Text("hi")))
    assert type(caught.value) is expected
    assert caught.value.code == code


async def test_a_centre_that_throttles_is_tried_again_after_a_second(around: Surroundings, smsc: Smsc) -> None:
    smsc.script = lambda command, body: (0x58, b"") if command == SUBMIT else smsc.usual(command, body)
    channel = make(around, smsc)
    async with at_work(channel, smsc):
        with pytest.raises(Throttled) as caught:
            await channel.send(outgoing(Text("hi")))
    assert caught.value.after == timedelta(seconds=1)


async def test_a_request_refused_as_unknown_is_refused(around: Surroundings, smsc: Smsc) -> None:
    """By a `generic_nack`, whose command is no answer to ours but whose number is."""
    smsc.script = lambda command, body: NOTHING if command == SUBMIT else smsc.usual(command, body)
    channel = make(around, smsc)
    async with at_work(channel, smsc):
        sending = asyncio.create_task(channel.send(outgoing(Text("hi"))))
        await soon(lambda: smsc.bodies(SUBMIT), "the request")
        smsc.write(pdu(0x80000000, 0x03, 2))
        with pytest.raises(Misconfigured, match="may not send"):
            await sending


async def test_an_answer_that_never_comes_leaves_the_outcome_unknown(around: Surroundings, smsc: Smsc) -> None:
    smsc.script = lambda command, body: NOTHING if command == SUBMIT else smsc.usual(command, body)
    channel = make(around, smsc, answer_within="1")
    async with at_work(channel, smsc):
        with pytest.raises(UnknownOutcome):
            await channel.send(outgoing(Text("hi")))
    assert len(smsc.bodies(SUBMIT)) == 1, "a channel never decides on a retry"


async def test_a_line_that_drops_leaves_the_outcome_unknown(around: Surroundings, smsc: Smsc) -> None:
    smsc.script = lambda command, body: HANG_UP if command == SUBMIT else smsc.usual(command, body)
    channel = make(around, smsc)
    listening = await start(channel, smsc, MemoryEar(channel))
    with pytest.raises(UnknownOutcome):
        await channel.send(outgoing(Text("hi")))
    with pytest.raises(ProviderUnavailable):
        await channel.send(outgoing(Text("again")))
    with pytest.raises(ProviderUnavailable, match="has ended"):
        await listening


async def test_without_a_session_nothing_is_sent(around: Surroundings, smsc: Smsc) -> None:
    channel = make(around, smsc)
    with pytest.raises(ProviderUnavailable, match="no session"):
        await channel.send(outgoing(Text("hi")))
    async with at_work(channel, smsc):
        await channel.send(outgoing(Text("hi")))
    with pytest.raises(ProviderUnavailable, match="no session"):
        await channel.send(outgoing(Text("hi")))
    assert len(smsc.bodies(SUBMIT)) == 1


async def test_the_session_is_left_with_an_unbind(around: Surroundings, smsc: Smsc) -> None:
    async with at_work(make(around, smsc), smsc):
        pass
    assert smsc.received[-1] == (0x06, b"")


async def test_signs_of_life_are_given_as_often_as_is_set(around: Surroundings, smsc: Smsc) -> None:
    async with at_work(make(around, smsc, keep_alive="1"), smsc):
        await soon(lambda: (0x15, b"") in smsc.received, "a sign of life")


async def test_news_is_committed_before_it_is_acknowledged(around: Surroundings, smsc: Smsc) -> None:
    channel = make(around, smsc)
    async with at_work(channel, smsc) as ear:
        assert await smsc.deliver(deliver_body(b"hello")) == OK
        assert [event.parts for event in ear.events if isinstance(event, InboundMessage)] == [(Text("hello"),)]
        (taken,) = ear.taken
        assert [(each.method, each.url) for each in taken.requests] == [("PDU", f"smpp:127.0.0.1:{smsc.port}")]


async def test_what_could_not_be_committed_is_asked_for_again(around: Surroundings, smsc: Smsc) -> None:
    """The session ends too, so that whoever listens can tell that something is wrong."""
    channel = make(around, smsc)
    ear = MemoryEar(channel)
    listening = await start(channel, smsc, ear)
    ear.fail_once()
    assert await smsc.deliver(deliver_body(b"hello")) == TRY_LATER
    with pytest.raises(CommitFailed):
        await listening
    assert ear.events == []


async def test_news_that_comes_together_is_committed_together(around: Surroundings, smsc: Smsc) -> None:
    channel = make(around, smsc)
    async with at_work(channel, smsc) as ear:
        smsc.answered.clear()
        smsc.write(b"".join(pdu(5, 0, number, deliver_body(b"%d" % number)) for number in range(1, 41)))
        await soon(lambda: len(smsc.answered) == 40, "forty answers")
        assert smsc.answered == [(DELIVER_RESP, OK)] * 40
        assert [len(each.requests) for each in ear.taken] == [40]


async def test_what_cannot_be_read_is_acknowledged_too(around: Surroundings, smsc: Smsc) -> None:
    """It waits in quarantine; the centre would only repeat it for ever."""
    async with at_work(make(around, smsc), smsc) as ear:
        assert await smsc.deliver(b"\xff" * 30) == OK
        assert len(ear.quarantined) == 1


async def test_a_receipt_may_come_before_the_answer(around: Surroundings, smsc: Smsc) -> None:
    smsc.script = lambda command, body: NOTHING if command == SUBMIT else smsc.usual(command, body)
    channel = make(around, smsc)
    async with at_work(channel, smsc) as ear:
        sending = asyncio.create_task(channel.send(outgoing(Text("hi"))))
        await smsc.deliver(deliver_body(b"id:0A1 sub:001 dlvrd:001 stat:DELIVRD err:000", esm_class=4))
        smsc.write(pdu(0x80000004, 0, 2, b"00a1\0"))
        accepted = await sending
        (receipt,) = ear.events
    assert isinstance(receipt, Receipt)
    assert (receipt.external_id, receipt.status) == (accepted.external_id, ReceiptStatus.DELIVERED)


async def test_what_is_sent_again_in_a_new_session_is_the_same_message(around: Surroundings, smsc: Smsc) -> None:
    """The first session ended before the centre saw our answer; it repeats itself under another number."""
    channel, keys, cursor = make(around, smsc), [], ""
    for number in (11, 12):
        async with at_work(channel, smsc, cursor) as ear:
            await smsc.deliver(deliver_body(b"hello"), number=number)
            (said,) = ear.events
            assert isinstance(said, InboundMessage)
            keys.append(said.key)
            cursor = ear.committed
    assert keys[0] == keys[1]


async def test_a_customer_may_say_the_same_twice(around: Surroundings, smsc: Smsc) -> None:
    async with at_work(make(around, smsc), smsc) as ear:
        for _ in range(2):
            await smsc.deliver(deliver_body(b"1"))
    assert len({event.key for event in ear.events if isinstance(event, InboundMessage)}) == 2


REFERENCE, NAME = (0x0204, b"\0\x11"), (0x001E, b"4711\0")
PIECE = b"\x05\x00\x03\x07\x02\x01hello"


async def keys_of(channel: SmppChannel, smsc: Smsc, *bodies: bytes) -> list[str]:
    """The keys of what a centre delivers in one session."""
    async with at_work(channel, smsc) as ear:
        for body in bodies:
            assert await smsc.deliver(body) == OK
        return [event.key for event in ear.events if isinstance(event, InboundMessage)]


@pytest.mark.parametrize(
    ("body", "messages"),
    [
        (deliver_body(b"1"), 2),
        (deliver_body(b"1", parameters=[REFERENCE]), 1),
        (deliver_body(b"1", parameters=[(0x0204, b"\0\0")]), 2),
        (deliver_body(b"1", parameters=[NAME]), 1),
        (deliver_body(PIECE, esm_class=0x40), 1),
        (deliver_body(b"1", parameters=[(0x020C, b"\0\7"), (0x020E, b"\2"), (0x020F, b"\1")]), 1),
    ],
    ids=["nothing", "reference", "no reference", "name", "piece", "piece by parameters"],
)
async def test_what_is_equal_in_one_session_is_one_message_if_that_can_be_told(
    body: bytes, messages: int, around: Surroundings, smsc: Smsc
) -> None:
    """A customer may say "1" twice; the phone's reference is another one then."""
    keys = await keys_of(make(around, smsc), smsc, body, body)
    assert (len(keys), len(set(keys))) == (2, messages)


async def test_another_reference_is_another_message(around: Surroundings, smsc: Smsc) -> None:
    bodies = [deliver_body(b"1", parameters=[(0x0204, bytes((0, number)))]) for number in (1, 2)]
    assert len(set(await keys_of(make(around, smsc), smsc, *bodies))) == 2


async def test_a_message_that_the_centre_names_is_no_receipt(around: Surroundings, smsc: Smsc) -> None:
    async with at_work(make(around, smsc), smsc) as ear:
        await smsc.deliver(deliver_body(b"hello", parameters=[NAME]))
        await smsc.deliver(deliver_body(b"id:4711 stat:DELIVRD", parameters=[NAME]))
    said, receipt = ear.events
    assert isinstance(said, InboundMessage)
    assert (said.parts, said.external_id) == ((Text("hello"),), "4711")
    assert isinstance(receipt, Receipt)


def said(text: bytes, *parameters: tuple[int, bytes]) -> Pdu:
    return Pdu(command=Command.DELIVER_SM, number=1, body=deliver_body(text, parameters=parameters))


def test_each_message_can_be_repeated_once() -> None:
    """Two equal ones of the last session, and a third that is new."""
    last = Repeats("")
    former = [last.stamp(said(b"1"), NOW) for _ in range(2)]
    now = Repeats(last.cursor)
    again = [now.stamp(said(b"1"), NOW + timedelta(minutes=1)) for _ in range(3)]
    assert again[:2] == former
    assert again[2] not in former
    assert Repeats(now.cursor).stamp(said(b"1"), NOW) == former[0]


def test_the_same_word_much_later_is_a_new_message() -> None:
    last = Repeats("")
    former = last.stamp(said(b"1"), NOW)
    assert Repeats(last.cursor).stamp(said(b"1"), NOW + timedelta(minutes=11)) != former


@pytest.mark.parametrize("parameter", [NAME, REFERENCE])
def test_what_is_marked_needs_no_stamp(parameter: tuple[int, bytes]) -> None:
    repeats = Repeats("")
    assert (repeats.stamp(said(b"1", parameter), NOW), repeats.cursor) == ("", "")


@pytest.mark.parametrize(
    ("parameters", "lasts"), [((), None), ((REFERENCE,), REPEATED_WITHIN), ((NAME,), None), ((REFERENCE, NAME), None)]
)
def test_a_name_is_for_ever_and_a_reference_for_a_while(
    parameters: tuple[tuple[int, bytes], ...], lasts: timedelta | None, around: Surroundings
) -> None:
    frame = write_pdu(said(b"1", *parameters))
    request = WebhookRequest(method=METHOD, url="", body=frame, received_at=NOW)
    (event,) = SmppChannel.create(ACCOUNT, settings(""), around).parse(request).events
    assert isinstance(event, InboundMessage)
    assert event.key_lasts == lasts


def test_what_another_process_was_given_may_be_the_customers_second() -> None:
    """It came over the other session, without anything that tells."""
    mine, other = Repeats(""), Repeats("")
    first = mine.stamp(said(b"1"), NOW)
    other.learn(mine.cursor)
    assert other.stamp(said(b"1"), NOW + timedelta(minutes=1)) != first
    assert set(mine.cursor.splitlines()) <= set(other.cursor.splitlines())


def test_only_the_last_messages_are_remembered() -> None:
    last, other = Repeats(""), Repeats("")
    for number in range(1000):
        last.stamp(said(b"%d" % number), NOW + timedelta(seconds=number))
    other.stamp(said(b"other"), NOW)
    other.learn(last.cursor)
    assert other.cursor == last.cursor
    assert len(last.cursor.splitlines()) == REMEMBERED


async def test_separate_sessions_send_and_hear(around: Surroundings, smsc: Smsc) -> None:
    await make(around, smsc, bind_mode="separate").check()
    assert [command for command, _body in smsc.received] == [0x02, 0x01, 0x06, 0x06]


async def test_a_transmitter_takes_no_news(around: Surroundings, smsc: Smsc) -> None:
    channel = make(around, smsc, bind_mode="separate")
    ear = MemoryEar(channel)
    async with listening(channel, ear):
        await soon(lambda: smsc.bodies(Command.BIND_RECEIVER), "both sessions")
        assert await smsc.deliver(deliver_body(b"hello"), session=0) == WRONG_BIND
        assert await smsc.deliver(deliver_body(b"hello")) == OK
    assert len(ear.events) == 1


@pytest.mark.parametrize("lost", [0, 1])
async def test_the_end_of_either_session_is_noticed(lost: int, around: Surroundings, smsc: Smsc) -> None:
    channel = make(around, smsc, bind_mode="separate")
    listener = asyncio.create_task(channel.listen(MemoryEar(channel)))
    await soon(lambda: smsc.bodies(Command.BIND_RECEIVER), "both sessions")
    smsc.hang_up(session=lost)
    with pytest.raises(ProviderUnavailable):
        await listener
    with pytest.raises(ProviderUnavailable, match="no session"):
        await channel.send(outgoing(Text("hi")))


@pytest.mark.parametrize("refused", [0x01, 0x02])
async def test_both_sessions_are_needed(refused: int, around: Surroundings, smsc: Smsc) -> None:
    smsc.script = lambda command, body: (0x0D, b"") if command == refused else smsc.usual(command, body)
    with pytest.raises(Misconfigured, match="bind_mode"):
        await make(around, smsc, bind_mode="separate").check()


@pytest.mark.parametrize(
    ("status", "advice"),
    [
        (0x0E, "does not take the password"),
        (0x0F, "does not know the system_id"),
        (0x0D, "refuses the login"),
        (0x53, "system_type"),
        (0x1234, "0x00001234"),
    ],
)
async def test_the_check_says_what_to_repair(status: int, advice: str, around: Surroundings, smsc: Smsc) -> None:
    smsc.script = lambda command, body: (status, b"")
    with pytest.raises(Misconfigured, match=advice):
        await make(around, smsc).check()


async def test_the_check_opens_a_session_and_leaves_it(around: Surroundings, smsc: Smsc) -> None:
    await make(around, smsc).check()
    assert [command for command, _body in smsc.received] == [0x09, 0x06]


async def test_a_centre_that_holds_our_last_session_is_tried_again(around: Surroundings, smsc: Smsc) -> None:
    smsc.script = lambda command, body: (0x05, b"")
    with pytest.raises(ProviderUnavailable):
        await make(around, smsc).check()


async def test_a_login_without_an_answer_is_tried_again(around: Surroundings, smsc: Smsc) -> None:
    smsc.script = lambda command, body: HANG_UP
    with pytest.raises(ProviderUnavailable, match="login was not answered"):
        await make(around, smsc).check()


async def test_the_session_can_be_encrypted(
    around: Surroundings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate, key = make_certificate(tmp_path)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    async with AsyncExitStack() as stack:
        smsc = await stack.enter_async_context(running_smsc(context))
        with pytest.raises(ProviderUnavailable, match="SSLCertVerificationError"):
            await make(around, smsc, tls="tls").check()
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        await make(around, smsc, tls="tls").check()


async def test_there_are_no_files_to_fetch(around: Surroundings, smsc: Smsc) -> None:
    with pytest.raises(NotSendable):
        await make(around, smsc).fetch_media(Media(MediaType.IMAGE, ref="1"))


async def test_segments_of_an_older_setting_still_go_out(around: Surroundings, smsc: Smsc) -> None:
    channel = make(around, smsc, long_messages="payload")
    async with at_work(channel, smsc):
        await channel.send(outgoing(Segment("字", 1, 2, 2)))
    (message,) = submitted(smsc)
    assert message.text == b"\x05\x00\x03\x01\x02\x02" + "字".encode("utf-16-be")


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"port": "0"}, "port"),
        ({"window": "many"}, "window"),
        ({"tls": "yes"}, "tls"),
        ({"alphabet": "gbk"}, "alphabet"),
        ({"long_messages": "udh"}, "long_messages"),
        ({"receipt_ids": "hex"}, "receipt_ids"),
        ({"system_id": "a" * 16}, "system_id"),
        ({"password": "密码"}, "password"),
        ({"signature": "【汇流】"}, "signature"),
        ({"country": "China"}, "country"),
        ({"in_doubt": "maybe"}, "in_doubt"),
    ],
)
def test_settings_that_cannot_work_are_named(change: dict[str, str], problem: str, around: Surroundings) -> None:
    with pytest.raises(ConfigInvalid) as caught:
        SmppChannel.create(ACCOUNT, {**settings(""), **change}, around)
    assert [each.partition(":")[0] for each in caught.value.problems] == [problem]


@pytest.mark.parametrize(("per_second", "rates"), [("0", ()), ("30", (Rate(parts=30, within=timedelta(seconds=1)),))])
def test_the_carriers_rate_is_told_to_the_core(per_second: str, rates: tuple[Rate, ...], around: Surroundings) -> None:
    channel = SmppChannel.create(ACCOUNT, {**settings(""), "per_second": per_second}, around)
    assert channel.capabilities.rates == rates


def test_a_text_becomes_as_many_short_messages_as_are_allowed(around: Surroundings) -> None:
    channel = SmppChannel.create(ACCOUNT, {**settings(""), "max_segments": "2"}, around)
    planned = channel.plan((Text("字" * 268),))
    assert [part.total for part in planned if isinstance(part, Segment)] == [2, 2, 2, 2]


@pytest.mark.parametrize(("in_doubt", "safe"), [("once", False), ("again", True)])
def test_the_operator_chooses_between_none_and_two(in_doubt: str, safe: bool, around: Surroundings) -> None:
    channel = SmppChannel.create(ACCOUNT, {**settings(""), "in_doubt": in_doubt}, around)
    assert channel.capabilities.resend_is_safe is safe


@settings_of_hypothesis(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300, deadline=None)
@given(
    text=st.binary(max_size=200),
    esm_class=st.integers(0, 255),
    data_coding=st.integers(0, 255),
    parameters=st.lists(st.tuples(st.sampled_from([*Tag]), st.binary(max_size=20)), max_size=4),
    alphabet=st.sampled_from(["auto", "latin1"]),
    receipt_ids=st.sampled_from(["as_is", "hex_to_dec", "dec_to_hex"]),
)
def test_whatever_a_centre_brings_is_read_or_unreadable(
    text: bytes,
    esm_class: int,
    data_coding: int,
    parameters: list[tuple[int, bytes]],
    alphabet: str,
    receipt_ids: str,
    around: Surroundings,
) -> None:
    chosen = {**settings(""), "alphabet": alphabet, "receipt_ids": receipt_ids}
    channel = SmppChannel.create(ACCOUNT, chosen, around)
    body = deliver_body(text, esm_class=esm_class, data_coding=data_coding, parameters=parameters)
    request = WebhookRequest(method="PDU", url="smpp:here:1", body=pdu(5, 0, 1, body), received_at=NOW)
    try:
        events = channel.parse(request).events
    except PayloadUnreadable:
        return
    assert len(events) in (1, 2)
    assert all("\0" not in part.text for event in events for part in getattr(event, "parts", ()) if part.kind == "text")


@pytest.mark.parametrize("id", ["0" * 40_000, "f" * 60_000, "1_000", "", "-", "²"])
@pytest.mark.parametrize("receipt_ids", ["as_is", "hex_to_dec", "dec_to_hex"])
def test_strange_ids_do_no_harm(id: str, receipt_ids: str) -> None:
    assert isinstance(id_of_receipt(id, receipt_ids), str)
