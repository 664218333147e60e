"""Handing mail to the operator's server, once (RFC 5321)."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiosmtplib import SMTP, SMTPException

from channels.email.compose import Letter
from channels.email.config import EmailConfig
from channels.email.errors import send_error

TIMEOUT = 30.0  # seconds for each step; RFC 5321 §4.5.3.2 allows minutes, an agent's message cannot wait that long


@asynccontextmanager
async def connected(config: EmailConfig) -> AsyncIterator[SMTP]:
    """The server, logged in. Raises `SendError`s."""
    server = SMTP(
        hostname=config.smtp_host,
        port=config.port,
        username=config.smtp_user or None,
        password=config.smtp_password or None,
        local_hostname=config.domain,
        use_tls=config.smtp_tls == "tls",
        start_tls=config.smtp_tls == "starttls",
        timeout=TIMEOUT,
    )
    try:
        await server.connect()
    except (SMTPException, OSError) as error:
        raise send_error(error, handed_over=False) from error
    async with server:
        yield server


async def submit(server: SMTP, letter: Letter) -> None:
    """Give it one letter. Once the final dot may have left, a line that drops leaves the outcome unknown."""
    handed_over = False
    try:
        await server.mail(letter.sender)
        await server.rcpt(letter.recipient)
        handed_over = True
        await server.data(letter.raw)
    except (SMTPException, OSError) as error:
        raise send_error(error, handed_over=handed_over) from error
