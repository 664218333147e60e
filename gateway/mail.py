"""The mail listeners of a gateway: find the mailbox a mail is for, and take it like any other webhook."""

import contextlib
import logging
from collections.abc import AsyncIterator

from channels.contract import WebhookReply, WebhookRequest
from conversations.errors import InboundError, SignatureInvalid
from conversations.ids import new_id
from exchange.accounts import Endpoint
from gateway.smtp import MailListener
from runtime.logs import tracing
from runtime.services import Services
from storage.database import DatabaseUnavailable

log = logging.getLogger(__name__)

NOT_NOW = WebhookReply(status=503)
NO_SUCH_MAILBOX = WebhookReply(status=550, body=b"5.1.1 No such mailbox here")


@contextlib.asynccontextmanager
async def mail_listener(services: Services) -> AsyncIterator[tuple[MailListener, ...]]:
    """Listen for mail by SMTP, and by LMTP if a port is set for it, for the length of the `with`."""
    settings = services.settings
    listeners = [_listener(services, settings.smtp_port, is_lmtp=False)]
    if settings.lmtp_port:
        listeners.append(_listener(services, settings.lmtp_port, is_lmtp=True))
    async with contextlib.AsyncExitStack() as stack:
        for listener in listeners:
            await listener.start()
            stack.push_async_callback(listener.stop)
        yield tuple(listeners)


async def mail_problem(listeners: tuple[MailListener, ...]) -> str:
    """What is wrong with the listeners, for `/readyz`; nothing when mail can come in."""
    is_well = all(listener.is_listening for listener in listeners)
    return "" if is_well else "The mail listener does not listen; no mail comes in."


def _listener(services: Services, port: int, *, is_lmtp: bool) -> MailListener:
    return MailListener(
        services.settings.smtp_host,
        port,
        knows=lambda recipient: _knows(services, recipient),
        deliver=lambda recipient, request: _deliver(services, recipient, request),
        clock=services.clock,
        max_bytes=services.settings.mail_max_bytes,
        is_lmtp=is_lmtp,
    )


async def _knows(services: Services, recipient: str) -> bool:
    asked = WebhookRequest(
        method="MAIL",
        url=f"smtp:{recipient}",
        headers={"mail-from": "", "rcpt-to": recipient},
        received_at=services.clock(),
    )
    return _mailbox(services, asked) is not None


async def _deliver(services: Services, recipient: str, request: WebhookRequest) -> WebhookReply:
    endpoint = _mailbox(services, request)
    if endpoint is None:
        return NO_SUCH_MAILBOX
    trace = new_id()
    with tracing(trace):
        try:
            parsed = endpoint.channel.parse(request)
        except InboundError as error:
            services.metrics.received.labels(endpoint.account.kind, "refused").inc()
            return endpoint.channel.refuse(error)
        try:
            await services.intake.accept(endpoint.account.id, request, parsed, trace)
        except DatabaseUnavailable as error:
            log.warning("a mail waits at its sender: %s", error)
            return NOT_NOW
    return parsed.reply


def _mailbox(services: Services, request: WebhookRequest) -> Endpoint | None:
    return next((each for each in services.accounts.listed("email") if _is_for(each, request)), None)


def _is_for(endpoint: Endpoint, request: WebhookRequest) -> bool:
    try:
        endpoint.channel.verify(request)
    except SignatureInvalid:
        return False
    return True
