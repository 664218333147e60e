"""A system of the operator's own: it posts its customers' messages to us, and we post ours to it.

The protocol is in README.md.
"""

import base64
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any, ClassVar, Self

import aiohttp
import orjson
from yarl import URL

from channels import planning
from channels.config import read_config
from channels.contract import (
    Accepted,
    Capabilities,
    MediaLimit,
    Outgoing,
    Parsed,
    Surroundings,
    TextUnit,
    WebhookReply,
    WebhookRequest,
)
from channels.custom.config import CustomConfig
from channels.custom.inbound import read_event
from channels.custom.signing import signed_headers, verify
from channels.http import Answer, ask, is_web_address, unreadable
from conversations.address import address_value
from conversations.errors import (
    InboundError,
    Misconfigured,
    NotSendable,
    OptedOut,
    ProviderUnavailable,
    Rejected,
    SendError,
    SignatureInvalid,
)
from conversations.ids import AccountId
from conversations.inbound import ReceiptStatus
from conversations.parts import Link, Location, Media, MediaType, Menu, Part, Text

FILE_LIMIT = 10 * 1024 * 1024

CAPABILITIES = Capabilities(
    text_limit=10_000,
    text_unit=TextUnit.CODE_POINTS,
    media={type: MediaLimit(frozenset(), FILE_LIMIT) for type in MediaType},
    menus=True,
    links=True,
    locations=True,
    receipts=frozenset(ReceiptStatus),
    resend_is_safe=True,
)

ERRORS: dict[int, tuple[type[SendError], str]] = {
    401: (Misconfigured, "Your system does not accept our signature: compare the secret"),
    403: (Misconfigured, "Your system does not accept our signature: compare the secret"),
    404: (Rejected, "Your system knows no such customer"),
    410: (OptedOut, "The customer has left your system"),
}
"""Statuses with a meaning of their own; other 4xx refuse the message, 5xx come later."""


class CustomChannel:
    """One system."""

    kind: ClassVar[str] = "custom"
    title: ClassVar[str] = "Custom HTTP"
    Config: ClassVar[type[object]] = CustomConfig

    def __init__(self, account: AccountId, config: CustomConfig, around: Surroundings) -> None:
        self._account = account
        self._config = config
        self._around = around

    @classmethod
    def create(cls, account: AccountId, settings: Mapping[str, str], around: Surroundings) -> Self:
        """Make the channel of one account. Raises `ConfigInvalid`."""
        return cls(account, read_config(CustomConfig, settings), around)

    @property
    def capabilities(self) -> Capabilities:
        """The same for every system."""
        return CAPABILITIES

    def verify(self, request: WebhookRequest) -> None:
        """Check the signature over time and body."""
        verify(self._config.secret, request)

    def parse(self, request: WebhookRequest) -> Parsed:
        """Read a message or a receipt."""
        return Parsed((read_event(self._account, request.body, request.received_at),))

    def refuse(self, error: InboundError) -> WebhookReply:
        """Say no, and why: whoever writes the other system reads it."""
        body = orjson.dumps({"error": str(error) or type(error).__name__})
        status = 401 if isinstance(error, SignatureInvalid) else 400
        return WebhookReply(status=status, body=body, content_type="application/json")

    def plan(self, parts: tuple[Part, ...]) -> tuple[Part, ...]:
        """Split and downgrade so that each part fits."""
        return planning.plan(parts, CAPABILITIES)

    async def send(self, outgoing: Outgoing) -> Accepted:
        """Post one part. The delivery is the key by which the other system recognises a repetition."""
        self.plan((outgoing.part,))
        answer = await self._post(
            {
                "delivery": outgoing.delivery,
                "conversation": outgoing.conversation,
                "to": address_value(outgoing.address),
                "automatic": outgoing.automatic,
                "part": await self._told(outgoing.part),
            },
            {"Idempotency-Key": outgoing.delivery},
        )
        name = (answer.json() or {}).get("id")
        if not isinstance(name, str | int):
            raise unreadable(answer, URL(self._config.url), repeatable=False)
        return Accepted(str(name))

    async def fetch_media(self, media: Media) -> Media:
        """Fetch an attachment by its address, from the hosts that the operator named."""
        url = self._trusted(media.ref)
        answer = await ask(self._around, "GET", url, repeatable=True, max_bytes=FILE_LIMIT)
        if answer.status != 200:
            raise unreadable(answer, url, repeatable=True)
        mime = media.mime or answer.headers.get("content-type", "").partition(";")[0].strip()
        return replace(media, content=answer.body, size=len(answer.body), mime=mime, name=media.name or url.name)

    async def check(self) -> None:
        """Post a check, which the other system answers like any message."""
        host = URL(self._config.url).host
        try:
            answer = await self._post({"check": True}, {})
        except Misconfigured:
            raise
        except SendError as error:
            raise Misconfigured(f"{host} does not answer a check as it should: {error}", code=error.code) from error
        if answer.json() is None:
            raise Misconfigured(f"{host} answers a check with something else than a JSON object: compare the url")

    async def _post(self, told: dict[str, Any], headers: Mapping[str, str]) -> Answer:
        body = orjson.dumps(told)
        signed = {**signed_headers(self._config.secret, body, self._around.clock()), **headers}
        url, sent = URL(self._config.url), aiohttp.BytesPayload(body, content_type="application/json")
        answer = await ask(self._around, "POST", url, repeatable=False, headers=signed, data=sent)
        if answer.status < 300:
            return answer
        raise _error(answer, url)

    async def _told(self, part: Part) -> dict[str, Any]:
        match part:
            case Text():
                return {"kind": part.kind, "text": part.text}
            case Menu() | Link() | Location():
                return {"kind": part.kind, **asdict(part)}
            case Media():
                content = base64.b64encode(await self._content(part)).decode()
                named = {"type": part.type, "name": part.name, "mime": part.mime, "size": part.size}
                return {"kind": part.kind, **named, "base64": content}
            case _:
                raise NotSendable(f"This channel carries no {part.kind}; it should have been planned.")

    async def _content(self, media: Media) -> bytes:
        try:
            return await self._around.files.load(media.digest)
        except FileNotFoundError:
            raise NotSendable("The file is no longer stored.") from None

    def _trusted(self, address: str) -> URL:
        """The address itself if its host is listed; whoever could choose it would make us call into our own network."""
        url = URL(address) if is_web_address(address) else URL()
        if url.host_port_subcomponent not in self._config.hosts:
            raise Rejected(f"{url.host or 'This'} is not one of the file_hosts that files are fetched from")
        return url


def _error(answer: Answer, url: URL) -> SendError:
    """What a refusal means; a page in place of JSON is not the system's own word."""
    told = answer.json()
    if told is None:
        return unreadable(answer, url, repeatable=False)
    later = (ProviderUnavailable, "Your system has an error of its own")
    kind, meaning = ERRORS.get(answer.status, later if answer.status >= 500 else (Rejected, "Your system refuses"))
    return kind(f"{meaning} ({told.get('error', answer.status)})", code=str(answer.status))
