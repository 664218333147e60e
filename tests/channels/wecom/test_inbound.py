"""Pages of any content are read, or kept raw: no entry costs its neighbours."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from channels.wecom.inbound import EVENTS, PARTS, read_page
from conversations.errors import PayloadUnreadable
from conversations.ids import AccountId
from conversations.inbound import InboundMessage
from tests.support.surroundings import NOW

ACCOUNT = AccountId("account")
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
WELL_KNOWN = st.sampled_from(
    ["msgid", "origin", "msgtype", "event", "send_time", "external_userid", "text", "content", "media_id", "event_type"]
)


@st.composite
def entries(draw: st.DrawFn) -> Any:
    """Nearly right: known names, often with values of the wrong kind."""
    kind = draw(st.sampled_from([*PARTS, "event", "hologram"]))
    entry = {
        "msgid": draw(st.text(max_size=4)),
        "origin": draw(st.sampled_from([3, 4, 5, 6])),
        "msgtype": kind,
        "send_time": draw(st.integers(0, 2**40) | JSON),
        "external_userid": draw(st.just("wm1") | JSON),
        kind: draw(st.dictionaries(WELL_KNOWN | st.text(max_size=4), JSON, max_size=4) | JSON),
        "event": {"event_type": draw(st.sampled_from([*EVENTS, "other"])), "external_userid": "wm1"},
    }
    dropped = draw(st.sets(st.sampled_from(sorted(entry)), max_size=2))
    return {name: value for name, value in entry.items() if name not in dropped}


@settings(max_examples=150, deadline=None)
@given(st.lists(entries() | JSON, max_size=4))
def test_every_entry_becomes_something(found: list[Any]) -> None:
    events = read_page(ACCOUNT, json.dumps({"msg_list": found}).encode(), NOW)
    assert len(events) >= len(found)


@given(st.binary(max_size=60) | JSON.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    try:
        read_page(ACCOUNT, body, NOW)
    except PayloadUnreadable:
        return


def test_a_nested_body_is_refused_or_read() -> None:
    for body in (b"[" * 100_000, b'{"msg_list":' + b"[" * 100_000):
        try:
            read_page(ACCOUNT, body, NOW)
        except PayloadUnreadable:
            continue


def test_an_entry_that_makes_no_sense_does_not_cost_its_neighbours() -> None:
    said = {"msgid": "m2", "origin": 3, "msgtype": "text", "external_userid": "wm1", "text": {"content": "在吗"}}
    page = {"msg_list": [{**said, "msgid": "m1", "text": None}, said]}
    events = read_page(ACCOUNT, json.dumps(page).encode(), NOW)
    assert [(event.key, type(event) is InboundMessage) for event in events if hasattr(event, "key")] == [
        ("m1", False),
        ("m2", True),
    ]
