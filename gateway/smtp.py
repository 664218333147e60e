"""The door for mail: a listener for SMTP or LMTP that says 250 only when the mail is committed.

It knows nothing of channels: two functions tell it who is known here, and take the mail. LMTP (RFC 2033) is SMTP
with an answer for each recipient: one who cannot be served now does not make the mail come again for the others.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import AnyStr
from weakref import WeakSet

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session

from channels.contract import WebhookReply, WebhookRequest
from conversations.clock import Clock

log = logging.getLogger(__name__)

Knows = Callable[[str], Awaitable[bool]]
"""Whether a recipient is one of ours; raises when that cannot be found out now."""

Deliver = Callable[[str, WebhookRequest], Awaitable[WebhookReply]]
"""Takes a mail for one recipient and returns when it is committed; raises when it cannot be stored now."""

MOST_RECIPIENTS = 100
IDLE_SECONDS = 120

TAKEN = "250 2.0.0 Taken over"
LATER = "451 4.3.0 Not now, please try again"
UNKNOWN_RECIPIENT = "550 5.1.1 No such mailbox here"
TOO_MANY_RECIPIENTS = "452 4.5.3 Too many recipients in one go"


class MailListener:
    """Listens for mail. `start` and `stop` in pairs; everything runs on the loop that started it."""

    def __init__(
        self,
        host: str,
        port: int,
        *,
        knows: Knows,
        deliver: Deliver,
        clock: Clock,
        max_bytes: int = 20 * 1024 * 1024,
        is_lmtp: bool = False,
    ) -> None:
        self._host = host
        self.port = port
        self._speaks = _LmtpSession if is_lmtp else _Session
        self._handler = _Handler(knows, deliver, clock)
        self._max_bytes = max_bytes
        self._sessions: WeakSet[_Session] = WeakSet()
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Listen; port 0 becomes a free one. Raises OSError when the port is taken."""
        self._server = await asyncio.get_running_loop().create_server(self._session, self._host, self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    @property
    def is_listening(self) -> bool:
        """Whether mail can come in."""
        return self._server is not None and self._server.is_serving()

    async def stop(self) -> None:
        """Stop listening and hang up; a mail in the middle was not confirmed, so its sender tries again."""
        if self._server is None:
            return
        self._server.close()
        for session in self._sessions:
            session.hang_up()
        await self._server.wait_closed()
        self._server = None

    def _session(self) -> "_Session":
        session = self._speaks(
            self._handler,
            data_size_limit=self._max_bytes,
            enable_SMTPUTF8=True,
            ident="Huiliu",
            hostname="huiliu",
            timeout=IDLE_SECONDS,
            loop=asyncio.get_running_loop(),
        )
        self._sessions.add(session)
        return session


class _Session(SMTP):
    """One client. Programs send lines far longer than the 998 bytes of RFC 5321; refusing them loses mail."""

    line_length_limit = 256 * 1024

    def hang_up(self) -> None:
        """Cut the line."""
        if self.transport is not None:
            self.transport.close()


class _LmtpSession(_Session, LMTP):
    """One client that speaks LMTP."""

    _answers_owed = 1

    async def smtp_DATA(self, arg: str) -> None:
        """Take a mail; whatever is wrong with it is wrong for each recipient."""
        try:
            await super().smtp_DATA(arg)
        finally:
            self._answers_owed = 1

    async def push(self, status: AnyStr) -> None:
        """Answer; behind the final dot once for each recipient (RFC 2033 §4.2), or the client loses count."""
        said = status if isinstance(status, str) else status.decode()
        if "\r\n" not in said:
            said = "\r\n".join([said] * self._answers_owed)
        if said.startswith("354") and self.envelope is not None:
            self._answers_owed = len(self.envelope.rcpt_tos)
        await super().push(said)


class _Handler:
    """What aiosmtpd asks."""

    def __init__(self, knows: Knows, deliver: Deliver, clock: Clock) -> None:
        self._knows = knows
        self._deliver = deliver
        self._clock = clock

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Say at once who is not known here."""
        if len(envelope.rcpt_tos) >= MOST_RECIPIENTS:
            return TOO_MANY_RECIPIENTS
        recipient = _readable(address)
        if not await self._knows(recipient):
            return UNKNOWN_RECIPIENT
        envelope.rcpt_tos.append(recipient)
        return "250 2.1.5 Recipient known"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Deliver to each recipient, then answer for each of them, or for all."""
        answers = {recipient: await self._take(recipient, envelope) for recipient in dict.fromkeys(envelope.rcpt_tos)}
        if isinstance(server, LMTP):
            return "\r\n".join(answers[recipient] for recipient in envelope.rcpt_tos)
        return _answer_for_all(list(answers.values()))

    async def handle_exception(self, error: Exception) -> str:
        """Whatever went wrong here, the mail must not bounce: its sender keeps it and comes again."""
        log.error("a mail could not be taken", exc_info=error)
        return LATER

    async def _take(self, recipient: str, envelope: Envelope) -> str:
        try:
            return _answer(await self._deliver(recipient, self._request(recipient, envelope)))
        except Exception as error:  # one recipient's trouble is not that of the others
            return await self.handle_exception(error)

    def _request(self, recipient: str, envelope: Envelope) -> WebhookRequest:
        sender = _readable(envelope.mail_from or "").removeprefix("<>")
        return WebhookRequest(
            method="MAIL",
            url=f"smtp:{recipient}",
            headers={"mail-from": sender, "rcpt-to": recipient},
            body=envelope.original_content or b"",
            received_at=self._clock(),
        )


def _readable(address: str) -> str:
    """An address as text that can be stored; aiosmtpd keeps stray bytes as surrogates."""
    return address.encode("utf-8", errors="surrogateescape").decode("utf-8", errors="replace")


def _answer(reply: WebhookReply) -> str:
    """A reply in the language of SMTP: a channel's own 4xx and 5xx go out as they are, 503 means "later"."""
    if reply.status < 400:
        return TAKEN
    if reply.status == 503:
        return LATER
    return f"{reply.status} {' '.join(reply.body.decode('utf-8', errors='replace').split())}"


def _answer_for_all(answers: list[str]) -> str:
    """One answer for a mail with several recipients.

    "Later" wins, because it costs nothing: the mail comes again and whoever has it already knows it by its key. After
    that a success wins, since one refusal must not bounce what others have.
    """
    return min(answers, key=_urgency)


def _urgency(answer: str) -> int:
    return {"4": 0, "2": 1}.get(answer[0], 2)
