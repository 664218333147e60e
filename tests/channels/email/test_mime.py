"""Mail of every kind is read or refused; nothing else ever happens."""

import contextlib
import time
from datetime import UTC, datetime

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from channels.contract import Surroundings, WebhookRequest
from channels.email.channel import EmailChannel
from channels.email.mime import body_parts, children, header, parse_mail, sanitise, written_at
from conversations.errors import PayloadUnreadable
from conversations.ids import AccountId
from conversations.inbound import InboundEvent, InboundMessage
from conversations.parts import Html, Media, Text, plain_text
from tests.channels.email.test_channel import SETTINGS

RECEIVED = datetime(2026, 11, 21, tzinfo=UTC)

HEADER_NAMES = st.sampled_from(
    [
        "From", "To", "Subject", "Date", "Message-ID", "References", "In-Reply-To", "Content-Type", "Content-ID",
        "Content-Transfer-Encoding", "Content-Disposition", "Auto-Submitted", "MIME-Version", "Return-Path",
    ]
)  # fmt: skip
FRAGMENTS = st.sampled_from(
    [
        "multipart/mixed; boundary=b", "multipart/report; boundary=b", "message/rfc822", "message/delivery-status",
        "text/html", "text/plain; charset=", "gb2312", "utf-7", "idna", "rot13", "base64", "quoted-printable",
        "x-uuencode", "=?utf-8?B?", "=?gbk?Q?", "?=", "<a@b.c>", '"', "<", ">", "@", ";", "filename*0*=", "filename*=",
        "filename*1=x", "name*99999999999=", "utf-8''%FF", "\n ", "=", "attachment", "20 Nov 2026", "99999", "(", "\\",
    ]
)  # fmt: skip
VALUES = st.lists(FRAGMENTS | st.text(max_size=8), max_size=6).map("".join)
HEADERS = st.lists(st.tuples(HEADER_NAMES, VALUES).map(": ".join), max_size=8)
BODIES = st.lists(st.sampled_from(["\n--b\n", "\n--b--\n", "\n\n", "<div>", "<![x[", "> wrote:\n"]) | VALUES).map(
    "".join
)
MAILS = st.builds(lambda headers, body: "\n".join([*headers, "", body]), HEADERS, BODIES)
BYTES = st.binary(max_size=300) | MAILS.map(lambda mail: mail.encode("utf-8", "surrogatepass"))


def texts(event: InboundEvent) -> list[str]:
    """Everything in an event that a database must be able to keep as text."""
    if not isinstance(event, InboundMessage):
        return [str(event)]
    return [event.key, event.address, event.name, event.subject, event.external_id, plain_text(event.parts)]


def parse(raw: bytes) -> None:
    """As the gateway does, and as the database would store it."""
    around = Surroundings.__new__(Surroundings)
    channel = EmailChannel.create(AccountId("mail"), SETTINGS, around)
    headers = {"mail-from": "a@b.c", "rcpt-to": "service@huiliu.example"}
    request = WebhookRequest(method="MAIL", url="smtp:x", headers=headers, body=raw, received_at=RECEIVED)
    for event in channel.parse(request).events:
        assert event.occurred_at.tzinfo is not None
        assert [text.replace("\0", "").encode().decode() for text in texts(event)] == texts(event)


@settings(max_examples=400, deadline=None)
@given(BYTES)
@example(b"From: a@b.c\nContent-Type: text/plain; name*=x; name*0=y; name*x\n\n")
@example(b"From: a@b.c\nContent-Disposition: attachment; filename*" + b"9" * 5000 + b"=x\n\n")
@example(b"From: a@b.c\nContent-Type: text/html\n\n<![if foo]><!x[<!--")
@example(b"From: a@b.c\nContent-Type: text/plain; charset=unicode_escape\n\n\\d \\x")
@example(b"From: a@b.c\nContent-Transfer-Encoding: x-uuencode\n\nbegin 666 x\n\xff\nend")
@example(b"From: a@b.c\nSubject: nul\0nul\n\nnul\0nul")
@example(b"")
def test_no_mail_breaks_the_reader(raw: bytes) -> None:
    with contextlib.suppress(PayloadUnreadable):
        parse(raw)


def test_mail_within_mail_without_end_is_refused() -> None:
    nested = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(5000))

    with pytest.raises(PayloadUnreadable):
        parse(b"From: a@b.c\n" + nested)


def test_html_built_to_choke_a_parser_becomes_a_file() -> None:
    mail = parse_mail(b"Content-Type: text/html\n\n" + b"<div>" * 50_000 + b"x")

    started = time.perf_counter()
    text, file = body_parts(mail)

    assert time.perf_counter() - started < 2
    assert text == Text("")
    assert isinstance(file, Media)
    assert file.mime == "text/html"


def test_a_body_too_long_to_read_becomes_a_file() -> None:
    text, file = body_parts(parse_mail(b"Content-Type: text/plain\n\n" + b"x" * 600_000))

    assert (text, plain_text((file,))) == (Text(""), "[file] attachment.txt")


def test_a_forwarded_mail_is_kept_whole() -> None:
    inner = b"From: c@d.e\nSubject: =?gbk?B?1tCOxA==?=\n raw \xd6\xd0\n\nbody \xd6\xd0"
    outer = b"From: a@b.c\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: message/rfc822\n\n%b\n--b--"

    *_, file = body_parts(parse_mail(outer % inner))

    assert isinstance(file, Media)
    assert (file.name, file.content) == ("attachment.eml", inner)


@pytest.mark.parametrize(
    ("dangerous", "safe"),
    [
        ("<script>x()</script>hello", "hello"),
        ('<p onclick="x()">hello</p>', "<p>hello</p>"),
        ('<img src="https://track.example/p.gif" alt="logo">', '<img alt="logo">'),
        ('<img src="cid:unknown">', "<img>"),
        ('<img src="data:image/svg+xml,x">', "<img>"),
        ('<p style="background:url(//t.example)">hello</p>', "<p>hello</p>"),
        ('<form action="//evil.example"><input>ok</form>', "ok"),
        ('<iframe src="//evil.example"></iframe>ok', "ok"),
        ('<a href="javascript:x()">a</a>', '<a rel="noopener noreferrer nofollow">a</a>'),
    ],
)
def test_html_is_safe_to_show(dangerous: str, safe: str) -> None:
    assert sanitise(dangerous, {}) == safe


@pytest.mark.parametrize("source", ["cid:picture 1@x", "CID:picture%201@x"])
def test_a_picture_that_came_along_is_shown_from_our_store(source: str) -> None:
    assert sanitise(f'<img src="{source}">', {"picture 1@x": "abc"}) == '<img src="cid:abc">'


def test_html_alone_gives_words_too() -> None:
    html = b"<p>one</p><div>two<br>three</div><table><tr><td>a</td><td>b</td></tr></table>"

    text, formatted = body_parts(parse_mail(b"Content-Type: text/html; charset=utf-8\n\n" + html))

    assert text == Text("one\n\ntwo\nthree\n\na b")
    assert isinstance(formatted, Html)


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        ("Fri, 20 Nov 2026 12:00:00 +0800", datetime(2026, 11, 20, 4, tzinfo=UTC)),
        ("Fri, 20 Nov 2026 12:00:00 -0000", datetime(2026, 11, 20, 12, tzinfo=UTC)),
        ("Sat, 20 Nov 2027 12:00:00 +0800", RECEIVED),
        ("Fri, 20 Nov 99999 12:00:00 +9999", RECEIVED),
        ("yesterday", RECEIVED),
        ("", RECEIVED),
    ],
)
def test_a_mail_is_never_from_the_future(date: str, expected: datetime) -> None:
    assert written_at(parse_mail(f"Date: {date}\n\n".encode()), RECEIVED) == expected


def test_a_file_name_cannot_leave_its_folder() -> None:
    mail = parse_mail(b'Content-Disposition: attachment; filename="../../etc/passwd"\n\nx')

    assert [part.name for part in body_parts(mail) if isinstance(part, Media)] == ["passwd"]


def test_a_folded_header_is_one_line() -> None:
    assert header(parse_mail(b"Subject: one\r\n\ttwo\r\n three\r\n\r\n"), "Subject") == "one two three"


def test_what_calls_itself_a_container_and_is_none_holds_nothing() -> None:
    """Found by the fuzz run: the charset names a NUL, which no decoder takes."""
    assert children(parse_mail(b'Content-Type: multipart/report; charset="a\0b"\n\n\x80')) == []
