"""Documents that are almost WeChat's: read, or refused by the one word for it."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.wechat.document import read_news
from channels.wechat.events import EVENTS
from channels.wechat.inbound import PARTS, events_of
from conversations.errors import PayloadUnreadable
from conversations.ids import AccountId
from conversations.inbound import InboundEvent, InboundMessage, Receipt
from lab.wechat.xml import render
from tests.channels.wechat.sampler import ACCOUNT

NAMES = [
    "Content",
    "MediaId",
    "Format",
    "Recognition",
    "Location_X",
    "Location_Y",
    "Label",
    "Url",
    "MsgDataId",
    "bizmsgmenuid",
    "EventKey",
    "Ticket",
    "MsgID",
    "Status",
    "ScanCodeInfo",
    "ScanResult",
    "SubscribeMsgPopupEvent",
    "SubscribeMsgChangeEvent",
    "SubscribeMsgSentEvent",
    "List",
    "TemplateId",
    "SubscribeStatusString",
    "ErrorCode",
    "ErrorStatus",
]
WORDS = st.sampled_from(["", "accept", "reject", "0", "-1", "nan", "1e999", "qrscene_", "qrscene_1", "您好"])


def fields(values: st.SearchStrategy[object]) -> st.SearchStrategy[dict[str, object]]:
    return st.dictionaries(st.sampled_from(NAMES), values | st.lists(values, max_size=3), max_size=6)


NESTED = st.recursive(WORDS, fields, max_leaves=8)
HEADS = st.fixed_dictionaries(
    {
        "FromUserName": st.sampled_from(["oABCD1234", ""]),
        "CreateTime": st.sampled_from(["1600000000", "", "-1", "99999999999999", "now"]),
        "MsgType": st.sampled_from([*PARTS, "event", "EVENT", "device_event", "hologram", ""]),
        "Event": st.sampled_from([*EVENTS, "subscribe", "LOCATION", "hologram", ""]),
        "MsgId": st.sampled_from(["1", ""]),
    }
)


def read(document: bytes, account: AccountId = ACCOUNT) -> tuple[InboundEvent, ...]:
    return events_of(read_news(account, document.decode()))


@settings(max_examples=150, deadline=None)
@given(head=HEADS, more=fields(NESTED))
def test_nothing_else_is_raised_and_nothing_is_lost(head: dict[str, object], more: dict[str, object]) -> None:
    try:
        events = read(render({**head, **more}))
    except PayloadUnreadable:
        return
    assert events


def message(**more: object) -> bytes:
    return render(
        {"FromUserName": "o1", "CreateTime": 1600000000, "MsgType": "text", "MsgId": 1, "Content": "您好", **more}
    )


def event(name: str, **more: object) -> bytes:
    return render({"FromUserName": "o1", "CreateTime": 1600000000, "MsgType": "event", "Event": name, **more})


def test_create_time_counts_seconds() -> None:
    (news,) = read(message())
    assert isinstance(news, InboundMessage)
    assert news.occurred_at == datetime(2020, 9, 13, 12, 26, 40, tzinfo=UTC)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (event("CLICK", EventKey="A"), event("CLICK", EventKey="B")),
        (event("CLICK", EventKey="A"), event("SCAN", EventKey="A")),
        (event("CLICK", EventKey="A"), event("CLICK", EventKey="A", CreateTime=1600000001)),
        (event("CLICK", EventKey="A"), event("CLICK", EventKey="A", FromUserName="o2")),
        (message(), message(MsgId=2)),
    ],
    ids=["button", "kind", "second", "customer", "MsgId"],
)
def test_what_is_told_apart(one: bytes, other: bytes) -> None:
    keys = [news.key for document in (one, other) for news in read(document) if isinstance(news, InboundMessage)]
    assert len(set(keys)) == 2


def test_what_became_of_a_template_is_told_apart_by_its_message() -> None:
    """Even in one second; a receipt is matched by its name."""
    receipts = [
        read(event("TEMPLATESENDJOBFINISH", MsgID=each, Status="success"))[0] for each in (200163836, 200163840)
    ]
    assert [each.external_id for each in receipts if isinstance(each, Receipt)] == ["200163836", "200163840"]
