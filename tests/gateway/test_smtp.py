"""The listener as a mail server meets it: 250 means committed, anything else means the sender still has it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
from aiosmtplib import SMTP, SMTPDataError, SMTPRecipientRefused, SMTPResponseException, SMTPSenderRefused

from channels.contract import WebhookReply, WebhookRequest
from gateway.smtp import MailListener

NOW = datetime(2026, 11, 21, 4, tzinfo=UTC)
KNOWN = ("service@huiliu.example", "sales@huiliu.example")

Taken = list[tuple[str, WebhookRequest]]


class Post:
    """Stands for the gateway: keeps what it takes, answers what it is told to."""

    def __init__(self, **replies: WebhookReply) -> None:
        self.taken: Taken = []
        self.loops: set[asyncio.AbstractEventLoop] = set()
        self._replies = {f"{name}@huiliu.example": reply for name, reply in replies.items()}

    async def knows(self, recipient: str) -> bool:
        return recipient in KNOWN

    async def deliver(self, recipient: str, request: WebhookRequest) -> WebhookReply:
        self.loops.add(asyncio.get_running_loop())
        self.taken.append((recipient, request))
        return self._replies.get(recipient, WebhookReply())


@asynccontextmanager
async def listener(post: Post, *, max_bytes: int = 100_000, is_lmtp: bool = False) -> AsyncIterator[int]:
    """A listener's port."""
    made = MailListener(
        "127.0.0.1",
        0,
        knows=post.knows,
        deliver=post.deliver,
        clock=lambda: NOW,
        max_bytes=max_bytes,
        is_lmtp=is_lmtp,
    )
    await made.start()
    try:
        yield made.port
    finally:
        await made.stop()


@asynccontextmanager
async def listening(post: Post, *, max_bytes: int = 100_000) -> AsyncIterator[SMTP]:
    async with (
        listener(post, max_bytes=max_bytes) as port,
        SMTP(hostname="127.0.0.1", port=port, start_tls=False) as client,
    ):
        yield client


async def send(client: SMTP, mail: bytes, *recipients: str, sender: str = "li@example.cn") -> int:
    await client.mail(sender)
    for recipient in recipients:
        await client.rcpt(recipient)
    return (await client.data(mail)).code


async def test_hands_a_mail_over_with_its_envelope_and_every_byte() -> None:
    mail = b"Subject: \xd3\xe0\xb6\xee\r\n\r\n.dot\r\n..\r\n" + b"x" * 5000 + b"\r\n"
    post = Post()

    async with listening(post) as client:
        assert await send(client, mail, "service@huiliu.example") == 250

    ((recipient, request),) = post.taken
    assert recipient == "service@huiliu.example"
    assert (request.method, request.url) == ("MAIL", "smtp:service@huiliu.example")
    assert request.headers == {"mail-from": "li@example.cn", "rcpt-to": "service@huiliu.example"}
    assert request.body == mail
    assert request.received_at == NOW
    assert post.loops == {asyncio.get_running_loop()}


async def test_a_bounce_has_an_empty_sender() -> None:
    post = Post()

    async with listening(post) as client:
        await send(client, b"x", "service@huiliu.example", sender="")

    assert post.taken[0][1].headers["mail-from"] == ""


async def test_each_recipient_gets_the_mail() -> None:
    post = Post()

    async with listening(post) as client:
        assert await send(client, b"x", *KNOWN) == 250

    assert [recipient for recipient, _ in post.taken] == list(KNOWN)


async def test_an_unknown_recipient_is_refused_before_the_mail_is_sent() -> None:
    post = Post()

    async with listening(post) as client:
        await client.mail("li@example.cn")
        with pytest.raises(SMTPRecipientRefused) as caught:
            await client.rcpt("nobody@huiliu.example")

    assert caught.value.code == 550
    assert post.taken == []


LATER = WebhookReply(status=503)
GONE = WebhookReply(status=550, body=b"5.1.1 No such\r\nmailbox")


@pytest.mark.parametrize(
    ("post", "code"),
    [
        (Post(service=LATER), 451),
        (Post(service=GONE, sales=GONE), 550),
        (Post(service=LATER, sales=GONE), 451),
        (Post(service=WebhookReply(), sales=LATER), 451),
        (Post(service=GONE, sales=WebhookReply(status=554)), 550),
    ],
)
async def test_a_mail_that_was_not_stored_is_not_confirmed(post: Post, code: int) -> None:
    async with listening(post) as client:
        with pytest.raises(SMTPDataError) as caught:
            await send(client, b"x", *KNOWN)

    assert caught.value.code == code


async def test_one_refusal_does_not_bounce_what_another_has() -> None:
    async with listening(Post(service=GONE)) as client:
        assert await send(client, b"x", *KNOWN) == 250


class DatabaseAway(Post):
    """Cannot look anything up, or cannot store."""

    async def deliver(self, recipient: str, request: WebhookRequest) -> WebhookReply:
        raise ConnectionError("no database")


class DatabaseAwayFromTheStart(Post):
    async def knows(self, recipient: str) -> bool:
        raise ConnectionError("no database")


@pytest.mark.parametrize("post", [DatabaseAway(), DatabaseAwayFromTheStart()])
async def test_while_the_database_is_away_senders_come_again(post: Post) -> None:
    async with listening(post) as client:
        with pytest.raises(SMTPResponseException) as caught:
            await send(client, b"x", "service@huiliu.example")

    assert caught.value.code == 451


async def announced(client: SMTP, mail: bytes) -> None:
    await client.mail("li@example.cn", options=[f"SIZE={len(mail)}"])


async def unannounced(client: SMTP, mail: bytes) -> None:
    await send(client, mail, "service@huiliu.example")


@pytest.mark.parametrize(("sending", "error"), [(announced, SMTPSenderRefused), (unannounced, SMTPDataError)])
async def test_a_mail_too_large_is_refused(
    sending: Callable[[SMTP, bytes], Awaitable[None]], error: type[SMTPResponseException]
) -> None:
    post = Post()

    async with listening(post, max_bytes=1000) as client:
        with pytest.raises(error) as caught:
            await sending(client, b"x\r\n" * 1000)
        assert caught.value.code == 552
        await client.rset()
        assert await send(client, b"small", "service@huiliu.example") == 250

    assert len(post.taken) == 1


async def test_too_many_recipients_are_asked_to_come_in_turns() -> None:
    async with listening(Post()) as client:
        await client.mail("li@example.cn")
        for _ in range(100):
            await client.rcpt("service@huiliu.example")
        with pytest.raises(SMTPRecipientRefused) as caught:
            await client.rcpt("service@huiliu.example")

    assert caught.value.code == 452


async def test_stopping_hangs_up_on_everybody_and_frees_the_port() -> None:
    post = Post()
    made = MailListener("127.0.0.1", 0, knows=post.knows, deliver=post.deliver, clock=lambda: NOW)
    await made.start()
    reader, writer = await asyncio.open_connection("127.0.0.1", made.port)
    assert (await reader.readline()).startswith(b"220")
    port = made.port

    await made.stop()
    await made.stop()

    assert await reader.read() == b""
    writer.close()
    again = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", port)
    again.close()
    await again.wait_closed()


class LmtpClient:
    """A mail server that hands mail in by LMTP; Python's own client reads one answer only."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def ask(self, line: str) -> int:
        """Say something; the code of the answer."""
        self._writer.write(f"{line}\r\n".encode())
        return await self.answer()

    async def answer(self) -> int:
        """The code of the next answer, however many lines it has."""
        while (line := await self._reader.readline())[3:4] == b"-":
            pass
        return int(line[:3])

    async def hand_in(self, content: str, *recipients: str) -> list[int]:
        """Hand in a mail for these, who must be known; what is answered for each."""
        for line in ("LHLO mx.example", "MAIL FROM:<>", *(f"RCPT TO:<{each}>" for each in recipients)):
            assert await self.ask(line) == 250
        assert await self.ask("DATA") == 354
        self._writer.write(f"{content}\r\n.\r\n".encode())
        return [await self.answer() for _ in recipients]


@asynccontextmanager
async def lmtp_client(post: Post, *, max_bytes: int = 100_000) -> AsyncIterator[LmtpClient]:
    async with listener(post, max_bytes=max_bytes, is_lmtp=True) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            client = LmtpClient(reader, writer)
            assert await client.answer() == 220
            yield client
        finally:
            writer.close()


class OneIsAway(Post):
    """Takes mail for everybody but one, for whom it cannot be stored now."""

    async def deliver(self, recipient: str, request: WebhookRequest) -> WebhookReply:
        if recipient == KNOWN[0]:
            raise ConnectionError("no database")
        return await super().deliver(recipient, request)


@pytest.mark.parametrize(
    ("post", "answers"),
    [
        (Post(), [250, 250]),
        (Post(service=GONE), [550, 250]),
        (Post(sales=LATER), [250, 451]),
        (OneIsAway(), [451, 250]),
    ],
)
async def test_lmtp_answers_for_each_recipient(post: Post, answers: list[int]) -> None:
    async with lmtp_client(post) as client:
        assert await client.hand_in("x", *KNOWN) == answers
        assert await client.hand_in("x", KNOWN[0]) == answers[:1]
        assert await client.hand_in("x", KNOWN[1], KNOWN[0], KNOWN[1]) == [answers[1], answers[0], answers[1]]


async def test_lmtp_refuses_an_unknown_recipient() -> None:
    async with lmtp_client(Post()) as client:
        await client.ask("LHLO mx.example")
        await client.ask("MAIL FROM:<>")
        assert await client.ask("RCPT TO:<nobody@huiliu.example>") == 550


async def test_lmtp_keeps_count_when_a_mail_is_too_large() -> None:
    post = Post()
    async with lmtp_client(post, max_bytes=1000) as client:
        assert await client.hand_in("x\r\n" * 1000, *KNOWN) == [552, 552]
        assert await client.hand_in("small", *KNOWN) == [250, 250]
        assert await client.ask("DATA") == 503

    assert len(post.taken) == 2


@pytest.mark.parametrize("greeting", ["HELO", "EHLO"])
async def test_lmtp_is_not_taken_for_smtp(greeting: str) -> None:
    async with lmtp_client(Post()) as client:
        assert await client.ask(f"{greeting} mx.example") == 500
