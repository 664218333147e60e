"""Whatever a gateway puts into the fields of a DELIVER is news, or unreadable by that name."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.sms.cmpp.codec import encode
from channels.sms.cmpp.fields import Version
from channels.sms.cmpp.inbound import read_deliver
from channels.sms.cmpp.messages import Deliver
from channels.sms.optout import change_words
from conversations.errors import PayloadUnreadable
from conversations.inbound import ContactChanged, InboundEvent, InboundMessage, Receipt
from tests.support.surroundings import NOW

WORDS = change_words("CN")

deliver = st.builds(
    Deliver,
    msg_id=st.integers(0, 2**64 - 1),
    dest_id=st.text("0123456789", max_size=21),
    src_terminal_id=st.sampled_from(("13800138000", "8613800138000", "10086", "", "\xff")),
    src_terminal_type=st.integers(0, 2),
    registered_delivery=st.integers(0, 2),
    tp_udhi=st.integers(0, 255),
    msg_fmt=st.integers(0, 255),
    msg_content=st.one_of(
        st.binary(max_size=140), st.binary(min_size=60, max_size=60), st.binary(min_size=71, max_size=71)
    ),
)


def read(pdu: Deliver, version: Version, at: datetime = NOW) -> tuple[InboundEvent, ...]:
    return read_deliver(encode(pdu, 1, version), version, at, country="CN", words=WORDS)


@pytest.mark.parametrize("version", Version)
@given(pdu=deliver)
def test_any_deliver_is_news_or_unreadable(version: Version, pdu: Deliver) -> None:
    try:
        events = read(pdu, version)
    except PayloadUnreadable:
        return
    assert events == read(pdu, version)
    for event in events:
        assert isinstance(event, InboundMessage | Receipt | ContactChanged)
        assert event.occurred_at.utcoffset() == timedelta()


def test_what_comes_again_on_another_day_has_the_same_key() -> None:
    pdu = Deliver(msg_id=7, src_terminal_id="13800138000", msg_content=b"hi")
    keys = [
        event.key
        for day in (NOW, NOW + timedelta(days=2))
        for event in read(pdu, Version.V20, day)
        if isinstance(event, InboundMessage)
    ]
    assert keys[0] == keys[1]
    assert len(keys) == 2


def test_a_message_of_new_years_eve_is_not_one_of_next_year() -> None:
    """Msg_Id has no year: 12-31 23:59:59 in China, which comes four seconds later."""
    msg_id = int(f"{12:04b}{31:05b}{23:05b}{59:06b}{59:06b}{1:022b}{1:016b}", 2)
    pdu = Deliver(msg_id=msg_id, src_terminal_id="13800138000", msg_content=b"hi")
    (event,) = read(pdu, Version.V20, datetime(2026, 12, 31, 16, 0, 3, tzinfo=UTC))
    assert isinstance(event, InboundMessage)
    assert event.occurred_at == datetime(2026, 12, 31, 15, 59, 59, tzinfo=UTC)
