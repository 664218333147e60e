"""Every mail we know, broken in every way: it is read or refused, and nothing else ever happens."""

import contextlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.contract import Surroundings, WebhookRequest
from channels.email.channel import EmailChannel
from channels.email.imap import envelope
from conversations.errors import PayloadUnreadable
from conversations.ids import AccountId
from tests.channels.email.test_channel import RECEIVED, SETTINGS
from tests.support.http_file import read_http

FIXTURES = sorted(Path("tests/channels/email/fixtures").glob("*.http"))
MAILS = [read_http(path, RECEIVED).body for path in FIXTURES]

SPLINTERS = st.binary(max_size=6) | st.sampled_from(
    [b"\r\n", b"\n\n", b"\0", b"--B", b"--B--", b"\xff\xfe", b"=?gbk?B?", b"?=", b"charset=", b"<", b">", b";", b"\r"]
)
WOUNDS = st.lists(st.tuples(st.integers(0, 3000), st.integers(0, 40), SPLINTERS), min_size=1, max_size=6)


def wounded(mail: bytes, wounds: list[tuple[int, int, bytes]]) -> bytes:
    """The mail with pieces cut out and others put in."""
    for place, length, splinter in wounds:
        at = place % (len(mail) + 1)
        mail = mail[:at] + splinter + mail[at + length :]
    return mail


def channel() -> EmailChannel:
    """Reading needs nothing around it."""
    settings = {**SETTINGS, "bounce_address": "bounces@huiliu.example"}
    return EmailChannel.create(AccountId("mail"), settings, Surroundings.__new__(Surroundings))


@pytest.mark.parametrize("method", ["MAIL", "IMAP"])
@pytest.mark.parametrize("sender", ["", "lilei@example.cn"])
@settings(max_examples=150, deadline=None)
@given(mail=st.sampled_from(MAILS), wounds=WOUNDS)
def test_no_wound_breaks_the_reader(
    method: str, sender: str, mail: bytes, wounds: list[tuple[int, int, bytes]]
) -> None:
    reader = channel()
    headers = {"mail-from": sender, "rcpt-to": SETTINGS["mailbox"]}
    body = wounded(mail, wounds)
    request = WebhookRequest(method=method, url="smtp:x", headers=headers, body=body, received_at=RECEIVED)

    with contextlib.suppress(PayloadUnreadable):
        events = reader.parse(request).events
        assert events
        assert reader.parse(request).events == events
        assert str(events).encode(errors="strict")


@settings(max_examples=200, deadline=None)
@given(mail=st.sampled_from(MAILS) | st.binary(max_size=300), wounds=WOUNDS)
def test_no_wound_breaks_the_envelope(mail: bytes, wounds: list[tuple[int, int, bytes]]) -> None:
    reader = channel()

    found = envelope(wounded(mail, wounds), SETTINGS["mailbox"], reader.receives)

    assert reader.receives(found["rcpt-to"])
    assert all(value.encode() for value in found.values() if value)
