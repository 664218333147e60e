"""An answer on the spot: whose it may be, and that nobody's words break out of it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.contract import Passive, Surroundings
from channels.sms.twilio.channel import TwilioSmsChannel
from channels.sms.twilio.twiml import answer
from channels.xml_text import sayable
from conversations.ids import AccountId, DeliveryId
from conversations.inbound import InboundMessage
from conversations.parts import Media, MediaType, Text
from lab.twilio.twiml import Message, messages_in
from tests.channels.sms.twilio.sampler import settings
from tests.support.http_file import read_http
from tests.support.surroundings import NOW, open_surroundings

FIXTURES = Path("tests/channels/sms/twilio/fixtures")
DELIVERY = DeliveryId("0199d5c0a2f37d4c8e1b000000000001")


@pytest.fixture
async def around() -> AsyncIterator[Surroundings]:
    async with open_surroundings() as made:
        yield made


def made(around: Surroundings, **changes: str) -> TwilioSmsChannel:
    return TwilioSmsChannel.create(AccountId("account"), {**settings("http://127.0.0.1:9"), **changes}, around)


@pytest.mark.parametrize("case", ["message", "pictures"])
def test_there_is_room_for_an_answer_to_a_message(case: str, around: Surroundings) -> None:
    parsed = made(around, passive_seconds="9.5").parse(read_http(FIXTURES / f"{case}.http", NOW))
    (news,) = parsed.events
    assert isinstance(news, InboundMessage)
    assert parsed.passive == Passive(key=news.key, address=news.address, seconds=9.5)


@pytest.mark.parametrize("case", ["stop", "stop_word", "status_delivered", "short_code"])
def test_nobody_waits_for_an_answer_to_the_rest(case: str, around: Surroundings) -> None:
    assert made(around, passive_seconds="9.5").parse(read_http(FIXTURES / f"{case}.http", NOW)).passive is None


def test_answering_on_the_spot_is_off_at_first(around: Surroundings) -> None:
    assert made(around).parse(read_http(FIXTURES / "message.http", NOW)).passive is None


def test_files_must_be_sent(around: Surroundings) -> None:
    request = read_http(FIXTURES / "message.http", NOW)
    picture = Media(MediaType.IMAGE, mime="image/png", digest="ab" * 32)
    assert made(around).passive_reply(request, picture, DELIVERY) is None


@pytest.mark.parametrize(
    ("address", "action"),
    [
        ("", ""),
        ("https://huiliu.example/hook", f"https://huiliu.example/hook?delivery={DELIVERY}"),
        ("https://huiliu.example/hook?a=%22b&c", f"https://huiliu.example/hook?a=%22b&c=&delivery={DELIVERY}"),
    ],
)
def test_statuses_of_an_answer_come_where_those_of_all_messages_come(
    address: str, action: str, around: Surroundings
) -> None:
    request = read_http(FIXTURES / "message.http", NOW)
    reply = made(around, webhook_url=address).passive_reply(request, Text("<b> & 您好"), DELIVERY)
    assert reply is not None
    assert messages_in(reply.body) == [Message("<b> & 您好", action)]


@given(words=st.text(min_size=1) | st.text(alphabet="</Message>&;]!\r\n\x00您", min_size=1))
def test_no_words_break_out(words: str) -> None:
    """Nothing is lost that XML can say at all; a parser reads each line end as one."""
    kept = sayable(words).replace("\r\n", "\n").replace("\r", "\n")
    assert messages_in(answer(words).body) == [Message(kept)]


def test_no_words_are_no_message() -> None:
    assert messages_in(answer().body) == []
