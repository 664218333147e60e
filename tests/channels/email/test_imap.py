"""Mail fetched from a real Dovecot: nothing lost, nothing twice, and nothing marked before it is stored."""

import asyncio
import smtplib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from channels.contract import Surroundings, WebhookRequest
from channels.email import imap, imap_session
from channels.email.channel import EmailChannel
from conversations.errors import Misconfigured, PayloadUnreadable, ProviderUnavailable
from conversations.ids import AccountId, new_id
from conversations.inbound import InboundMessage, Receipt, Unknown
from tests.channels.email.test_channel import SETTINGS, read_message
from tests.support.dovecot import PASSWORD, Dovecot, running_dovecot
from tests.support.eventually import soon
from tests.support.http_file import read_http
from tests.support.proxy import running_proxy
from tests.support.surroundings import open_surroundings


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def dovecot() -> AsyncIterator[Dovecot]:
    async with running_dovecot() as server:
        yield server


@pytest.fixture
async def around() -> AsyncIterator[Surroundings]:
    async with open_surroundings() as surroundings:
        yield replace(surroundings, clock=lambda: datetime.now(UTC))


@pytest.fixture
def user() -> str:
    """A mailbox that nobody used yet."""
    return new_id()


def fetching(dovecot: Dovecot, user: str, around: Surroundings, **changes: str) -> EmailChannel:
    settings = {
        **SETTINGS,
        "imap_host": "127.0.0.1",
        "imap_port": str(dovecot.port),
        "imap_user": user,
        "imap_password": PASSWORD,
        "imap_tls": "none",
        **changes,
    }
    return EmailChannel.create(AccountId("mail"), settings, around)


def a_mail(name: str, *, body: str = "hello") -> bytes:
    return f"From: lilei@example.cn\r\nSubject: {name}\r\nMessage-ID: <{name}@example.cn>\r\n\r\n{body}\r\n".encode()


class Notebook:
    """Stands for the core: keeps each piece of news once, by its key, and the cursor with it."""

    def __init__(self, channel: EmailChannel) -> None:
        self.channel = channel
        self.place = ""
        self.kept: dict[str, InboundMessage | Unknown] = {}
        self.receipts: list[Receipt] = []
        self.quarantined: list[tuple[WebhookRequest, str]] = []
        self.is_broken = False
        self.taken = 0
        self._minute = asyncio.Event()

    async def cursor(self) -> str:
        return self.place

    async def take(self, requests: Sequence[WebhookRequest], cursor: str | None = None) -> None:
        if self.is_broken:
            raise ConnectionError("no database")
        for request in requests:
            self.channel.verify(request)
            self._keep(request)
        self.place = self.place if cursor is None else cursor
        self.taken += len(requests)

    async def wait(self, seconds: float) -> str:
        await self._minute.wait()
        self._minute.clear()
        return ""

    def let_time_pass(self) -> None:
        self._minute.set()

    @property
    def subjects(self) -> list[str]:
        return [each.subject for each in self.kept.values() if isinstance(each, InboundMessage)]

    def _keep(self, request: WebhookRequest) -> None:
        try:
            events = self.channel.parse(request).events
        except PayloadUnreadable as error:
            self.quarantined.append((request, str(error)))
            return
        for event in events:
            if isinstance(event, Receipt):
                self.receipts.append(event)
            elif isinstance(event, InboundMessage | Unknown):
                self.kept.setdefault(event.key, event)


@asynccontextmanager
async def listening(notebook: Notebook) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(notebook.channel.listen(notebook))
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def started(notebook: Notebook) -> None:
    await soon(lambda: notebook.place, "listening has begun", 10)


async def heard(notebook: Notebook, *subjects: str) -> None:
    await soon(lambda: notebook.subjects == list(subjects), f"{subjects} came, {notebook.subjects} did", 10)


async def test_new_mail_is_told_of_at_once_and_old_mail_is_left_alone(
    dovecot: Dovecot, user: str, around: Surroundings
) -> None:
    dovecot.put(user, a_mail("old"))
    notebook = Notebook(fetching(dovecot, user, around))

    async with listening(notebook):
        await started(notebook)
        dovecot.put(user, a_mail("one"))
        await heard(notebook, "one")
        dovecot.put(user, a_mail("two"))
        await heard(notebook, "one", "two")
        await soon(lambda: dovecot.seen(user) == [2, 3], "what was read is marked", 10)


async def test_older_mail_is_read_at_first_if_asked_for(dovecot: Dovecot, user: str, around: Surroundings) -> None:
    with dovecot.client(user) as client:
        client.append("INBOX", a_mail("ancient"), msg_time=datetime.now(UTC) - timedelta(days=9))
        client.append("INBOX", a_mail("old"), msg_time=datetime.now(UTC) - timedelta(days=2))
    notebook = Notebook(fetching(dovecot, user, around, imap_backfill="7"))

    async with listening(notebook):
        dovecot.put(user, a_mail("new"))
        await heard(notebook, "old", "new")


async def test_a_mail_that_was_not_stored_is_not_marked_and_comes_again(
    dovecot: Dovecot, user: str, around: Surroundings
) -> None:
    notebook = Notebook(fetching(dovecot, user, around))
    async with listening(notebook) as task:
        await started(notebook)
        notebook.is_broken = True
        dovecot.put(user, a_mail("one"))
        with pytest.raises(ConnectionError):
            await asyncio.wait_for(task, 10)
    assert dovecot.seen(user) == []

    notebook.is_broken = False
    async with listening(notebook):
        await heard(notebook, "one")
        await soon(lambda: dovecot.seen(user) == [1], "it is marked now", 10)


async def test_listening_goes_on_where_it_was_left_off(dovecot: Dovecot, user: str, around: Surroundings) -> None:
    notebook = Notebook(fetching(dovecot, user, around))
    async with listening(notebook):
        await started(notebook)
        dovecot.put(user, a_mail("one"))
        await heard(notebook, "one")

    dovecot.put(user, a_mail("two"), a_mail("three"))
    async with listening(notebook):
        await heard(notebook, "one", "two", "three")

    assert notebook.taken == 3


async def test_a_mailbox_with_new_numbers_is_read_again_and_nothing_comes_twice(
    dovecot: Dovecot, user: str, around: Surroundings
) -> None:
    with dovecot.client(user) as client:
        client.append("INBOX", a_mail("before our time"), msg_time=datetime.now(UTC) - timedelta(hours=1))
    notebook = Notebook(fetching(dovecot, user, around))
    async with listening(notebook):
        await started(notebook)
        dovecot.put(user, a_mail("one"))
        await heard(notebook, "one")
    left_off = notebook.place

    dovecot.forget(user)
    dovecot.put(user, a_mail("two"))
    async with listening(notebook):
        await heard(notebook, "one", "two")
        await soon(lambda: notebook.place.partition(":")[0] != left_off.partition(":")[0], "the numbers changed", 10)

    assert notebook.taken == 3, "one was read again, and known by its key"


async def test_a_folder_may_have_any_name(dovecot: Dovecot, user: str, around: Surroundings) -> None:
    dovecot.put(user, a_mail("one"), folder="客户 & 投诉")
    notebook = Notebook(fetching(dovecot, user, around, imap_folder="客户 & 投诉", imap_backfill="1"))

    async with listening(notebook):
        await heard(notebook, "one")


async def test_a_mail_too_large_is_held_with_the_reason_and_does_not_stop_the_next(
    dovecot: Dovecot, user: str, around: Surroundings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imap, "LARGEST", 2000)
    dovecot.put(user, a_mail("one"), a_mail("huge", body="x" * 3000), a_mail("two"))
    notebook = Notebook(fetching(dovecot, user, around, imap_backfill="1"))

    async with listening(notebook):
        await heard(notebook, "one", "two")
        await soon(lambda: dovecot.seen(user) == [1, 3], "it stays unread for somebody with a mail program", 10)

    ((request, reason),) = notebook.quarantined
    assert reason.startswith("This mail has 3")
    assert "UID 2 in the folder INBOX" in reason
    assert b"Subject: huge" in request.body


async def test_whatever_lies_in_the_mailbox_the_next_mail_is_read(
    dovecot: Dovecot, user: str, around: Surroundings
) -> None:
    strange = [
        b"\r\n",
        b"no header",
        b"\xff\xfe\x80\r\n\r\n\x80",
        b"From: \r\nDate: \r\n\r\n",
        b"Content-Type: x/\r\n\r\n",
    ]
    nested = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(3000))
    dovecot.put(user, *strange, nested, a_mail("last"))
    notebook = Notebook(fetching(dovecot, user, around, imap_backfill="1"))

    async with listening(notebook):
        await heard(notebook, "last")

    assert [reason for _, reason in notebook.quarantined] == ["the message is nested too deeply"]


def hand_in(dovecot: Dovecot, user: str, mail: bytes, *, sender: str, to: str) -> None:
    """As a mail server does, which writes down the envelope."""
    with smtplib.LMTP("127.0.0.1", dovecot.lmtp_port) as server:
        server.sendmail(sender, [to.replace("service", user, 1)], mail)


async def test_the_same_mail_by_both_doors_is_one_message(dovecot: Dovecot, user: str, around: Surroundings) -> None:
    notebook = Notebook(fetching(dovecot, user, around))
    mail = a_mail("one", body="您好\r\n.\r\n再见")

    async with listening(notebook):
        await started(notebook)
        hand_in(dovecot, user, mail, sender="lilei@example.cn", to="service@huiliu.example")
        await heard(notebook, "one")

    assert list(notebook.kept) == [read_message(notebook.channel, mail).key]


async def test_a_bounce_is_a_receipt(dovecot: Dovecot, user: str, around: Surroundings) -> None:
    notebook = Notebook(fetching(dovecot, user, around))
    bounce = read_http(Path("tests/channels/email/fixtures/bounce.http"), datetime.now(UTC)).body

    async with listening(notebook):
        await started(notebook)
        hand_in(dovecot, user, bounce, sender="", to="service@huiliu.example")
        await soon(lambda: notebook.receipts, "the bounce came", 10)

    assert notebook.receipts[0].code == "5.1.1"


async def test_the_envelope_is_taken_from_what_the_server_wrote_down(around: Surroundings, user: str) -> None:
    channel = EmailChannel.create(AccountId("mail"), SETTINGS, around)
    written = (
        b"Return-Path: <>\r\nDelivered-To: sales@huiliu.example\r\nX-Original-To: service+detail@huiliu.example\r\n\r\n"
    )

    envelope = imap.envelope(written, "service@huiliu.example", channel.receives)

    assert envelope == {"mail-from": "", "rcpt-to": "service+detail@huiliu.example"}
    assert imap.envelope(b"", "service@huiliu.example", channel.receives) == {"rcpt-to": "service@huiliu.example"}


async def test_a_server_that_tells_nothing_is_looked_at_every_minute(user: str, around: Surroundings) -> None:
    async with running_dovecot(capabilities="IMAP4rev1") as dovecot:
        notebook = Notebook(fetching(dovecot, user, around))
        async with listening(notebook):
            await started(notebook)
            dovecot.put(user, a_mail("one"))
            notebook.let_time_pass()
            await heard(notebook, "one")


async def test_idling_is_begun_anew_every_minute(dovecot: Dovecot, user: str, around: Surroundings) -> None:
    async with running_proxy(dovecot.port) as proxy:
        notebook = Notebook(fetching(dovecot, user, around, imap_port=str(proxy.port)))
        async with listening(notebook):
            await started(notebook)
            await soon(lambda: b"+ idling" in proxy.told, "it waits to be told", 10)
            notebook.let_time_pass()
            await soon(lambda: proxy.said.count(b"IDLE") == 2, "it asked anew to be told", 10)
            dovecot.put(user, a_mail("one"))
            await heard(notebook, "one")


async def test_a_dead_line_is_noticed(
    dovecot: Dovecot, user: str, around: Surroundings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imap_session, "TIMEOUT", 0.5)
    async with running_proxy(dovecot.port) as proxy:
        notebook = Notebook(fetching(dovecot, user, around, imap_port=str(proxy.port)))
        async with listening(notebook) as task:
            await soon(lambda: b"+ idling" in proxy.told, "it waits to be told", 10)
            proxy.is_dead = True
            notebook.let_time_pass()
            with pytest.raises(ProviderUnavailable):
                await asyncio.wait_for(task, 10)


async def test_a_line_that_is_cut_is_noticed(dovecot: Dovecot, user: str, around: Surroundings) -> None:
    async with running_proxy(dovecot.port) as proxy:
        notebook = Notebook(fetching(dovecot, user, around, imap_port=str(proxy.port)))
        async with listening(notebook) as task:
            await soon(lambda: b"+ idling" in proxy.told, "it waits to be told", 10)
            proxy.cut()
            with pytest.raises(ProviderUnavailable):
                await asyncio.wait_for(task, 10)


async def test_listening_ends_at_once_even_in_the_middle_of_an_answer(
    dovecot: Dovecot, user: str, around: Surroundings
) -> None:
    async with running_proxy(dovecot.port) as proxy:
        notebook = Notebook(fetching(dovecot, user, around, imap_port=str(proxy.port)))
        async with listening(notebook) as task:
            await soon(lambda: b"+ idling" in proxy.told, "it waits to be told", 10)
            proxy.is_dead = True
            notebook.let_time_pass()
            await soon(lambda: b"DONE" in proxy.said, "it waits for an answer that never comes", 10)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asyncio.wait_for(task, 5)


async def test_without_a_server_there_is_nothing_to_listen_to(around: Surroundings) -> None:
    channel = EmailChannel.create(AccountId("mail"), SETTINGS, around)
    notebook = Notebook(channel)
    await channel.listen(notebook)
    assert notebook.taken == 0


@pytest.mark.parametrize(("tls", "port"), [("starttls", "port"), ("tls", "tls_port")])
async def test_certificates_are_checked(
    tls: str, port: str, dovecot: Dovecot, user: str, around: Surroundings, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel = fetching(dovecot, user, around, imap_tls=tls, imap_port=str(getattr(dovecot, port)))

    with pytest.raises(Misconfigured, match="TLS cannot be trusted"):
        await imap.check(channel.config)

    monkeypatch.setenv("SSL_CERT_FILE", str(dovecot.certificate))
    await imap.check(channel.config)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"imap_password": "guessed"}, "refuses the login"),
        ({"imap_folder": "No such folder"}, "folder cannot be opened"),
    ],
)
async def test_check_finds_what_is_misconfigured(
    wrong: dict[str, str], says: str, dovecot: Dovecot, user: str, around: Surroundings
) -> None:
    with pytest.raises(Misconfigured, match=says) as caught:
        await imap.check(fetching(dovecot, user, around, **wrong).config)

    assert PASSWORD not in str(caught.value)


async def test_nobody_at_the_port(dovecot: Dovecot, user: str, around: Surroundings) -> None:
    channel = fetching(dovecot, user, around, imap_port="9")
    with pytest.raises(ProviderUnavailable):
        await channel.listen(Notebook(channel))


def test_a_login_that_works_later_is_not_our_mistake() -> None:
    assert isinstance(imap_session.login_error("[UNAVAILABLE] try later"), ProviderUnavailable)
    assert isinstance(imap_session.login_error("[AUTHENTICATIONFAILED] no"), Misconfigured)
