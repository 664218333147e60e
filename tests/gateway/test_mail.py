"""Mail on its whole way into a gateway: from a real Dovecot and by LMTP, once, over restarts, to one conversation."""

import asyncio
import smtplib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio
from cryptography.fernet import Fernet

from conversations.ids import AccountId
from conversations.message import Message
from gateway.mail import mail_listener, mail_problem
from storage import messages, quarantine
from tests.support.dovecot import PASSWORD, Dovecot, running_dovecot
from tests.support.eventually import eventually, soon
from tests.support.gateway import Gateway, open_gateway
from tests.support.ports import free_port
from tests.support.postgres import PostgresServer

MAIL = AccountId("mail")
KEY = Fernet.generate_key().decode()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def dovecot() -> AsyncIterator[Dovecot]:
    async with running_dovecot() as server:
        yield server


def mailbox(dovecot: Dovecot, user: str) -> dict[str, str]:
    return {
        "mailbox": "service@huiliu.example",
        "smtp_host": "127.0.0.1",
        "thread_secret": "a thread secret for tests",
        "imap_host": "127.0.0.1",
        "imap_port": str(dovecot.port),
        "imap_user": user,
        "imap_password": PASSWORD,
        "imap_tls": "none",
        "imap_backfill": "1",
    }


def a_mail(name: str) -> bytes:
    return f"From: lilei@example.cn\r\nSubject: {name}\r\nMessage-ID: <{name}@example.cn>\r\n\r\nhello\r\n".encode()


@asynccontextmanager
async def running(
    folder: Path, redis_url: str, *, lmtp_port: int = 0, database_url: str = ""
) -> AsyncIterator[Gateway]:
    """A gateway with its listeners; it may be started again in the same folder."""
    smtp_port = str(free_port())
    async with (
        open_gateway(
            folder,
            redis_url,
            database_url=database_url,
            secret_key=KEY,
            smtp_port=smtp_port,
            lmtp_port=str(lmtp_port),
        ) as gateway,
        mail_listener(gateway.services) as listeners,
    ):
        assert await mail_problem(listeners) == ""
        yield gateway


async def stored(gateway: Gateway, name: str) -> list[Message]:
    return await gateway.services.database.read(messages.by_external_id, MAIL, f"<{name}@example.cn>")


async def came(gateway: Gateway, name: str) -> Message:
    return (await eventually(lambda: stored(gateway, name), f"{name} is stored", 20))[0]


async def test_mail_is_fetched_once_over_restarts(dovecot: Dovecot, tmp_path: Path, redis_url: str) -> None:
    dovecot.put("fetched", a_mail("one"))
    async with running(tmp_path, redis_url) as gateway:
        await gateway.add_account(MAIL, "邮箱", "email", **mailbox(dovecot, "fetched"))
        await came(gateway, "one")
        await soon(lambda: dovecot.seen("fetched") == [1], "what is stored is marked", 20)

    dovecot.put("fetched", a_mail("two"))
    async with running(tmp_path, redis_url) as gateway:
        await came(gateway, "two")
        assert len(await stored(gateway, "one")) == 1


def hand_in(port: int, mail: bytes) -> None:
    with smtplib.LMTP("127.0.0.1", port) as server:
        server.sendmail("lilei@example.cn", ["service@huiliu.example"], mail)


async def test_the_same_mail_by_both_doors_is_one_message(dovecot: Dovecot, tmp_path: Path, redis_url: str) -> None:
    port = free_port()
    async with running(tmp_path, redis_url, lmtp_port=port) as gateway:
        await gateway.add_account(MAIL, "邮箱", "email", **mailbox(dovecot, "both"))
        await asyncio.to_thread(hand_in, port, a_mail("one"))
        dovecot.put("both", a_mail("one"), a_mail("two"))
        await came(gateway, "two")

        assert len(await stored(gateway, "one")) == 1


async def test_a_mail_that_cannot_be_read_waits_in_quarantine_and_the_next_one_comes(
    dovecot: Dovecot, tmp_path: Path, redis_url: str
) -> None:
    nested = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(3000))
    dovecot.put("strange", nested, b"\xff\xfe\r\n\r\n\x80", a_mail("one"))
    async with running(tmp_path, redis_url) as gateway:
        await gateway.add_account(MAIL, "邮箱", "email", **mailbox(dovecot, "strange"))
        await came(gateway, "one")
        held = await gateway.services.database.read(quarantine.listed)

    assert [(each.method, each.url) for each in held] == [("IMAP", "imap:service@huiliu.example")]
    assert b"boundary=b2999" in held[0].body


async def test_while_the_database_is_away_mail_waits_at_its_sender(
    postgresql_url: str, postgres: PostgresServer, tmp_path: Path, redis_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    port = free_port()
    settings = {"mailbox": "service@huiliu.example", "smtp_host": "127.0.0.1", "thread_secret": "a secret for tests"}
    async with running(tmp_path, redis_url, lmtp_port=port, database_url=postgresql_url) as gateway:
        await gateway.add_account(MAIL, "邮箱", "email", **settings)
        async with postgres.away(postgresql_url):
            with pytest.raises(smtplib.SMTPDataError) as refused:
                await asyncio.to_thread(hand_in, port, a_mail("one"))
        assert refused.value.smtp_code == 451
        assert [line.exc_info for line in caplog.records if line.name.startswith("gateway.mail")] == [None]
        await asyncio.to_thread(hand_in, port, a_mail("one"))
        assert len(await stored(gateway, "one")) == 1
