"""Short messages through Twilio (Programmable Messaging): text and files both ways.

Protocol: twilio.com/docs/messaging/api/message-resource (2010-04-01).
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar, Self
from urllib.parse import urljoin

import aiohttp
from yarl import URL

from channels.config import read_config
from channels.contract import (
    Accepted,
    Capabilities,
    Outgoing,
    Parsed,
    Passive,
    Surroundings,
    TextUnit,
    WebhookReply,
    WebhookRequest,
)
from channels.http import Answer, ask, is_web_address, unreadable
from channels.planning import plan
from channels.sms.config import AGAIN
from channels.sms.optout import change_words
from channels.sms.plan import charged
from channels.sms.twilio.config import TwilioConfig
from channels.sms.twilio.errors import error_of
from channels.sms.twilio.files import CARRIED, gathered, link, offer, offered
from channels.sms.twilio.inbound import read_request
from channels.sms.twilio.signature import check_signature
from channels.sms.twilio.twiml import answer
from conversations.address import address_value
from conversations.errors import InboundError, Misconfigured, NotSendable, Rejected, SignatureInvalid
from conversations.ids import AccountId, DeliveryId
from conversations.inbound import InboundEvent, InboundMessage, ReceiptStatus
from conversations.parts import Album, Media, Part, Text

LONGEST = 1600
"""UTF-16 units of a message; Twilio divides it itself."""

LARGEST_FILE = 16 * 1024 * 1024
"""Bytes; a message with its files has 5 MB, as it was sent."""

_API_HOSTS = (".twilio.com",)
_FILE_HOSTS = (".twiliocdn.com", ".s3-external-1.amazonaws.com")
"""Where the interface sends whoever asks for a file (help.twilio.com, article 223183748)."""


class TwilioSmsChannel:
    """One number or Messaging Service."""

    kind: ClassVar[str] = "sms_twilio"
    title: ClassVar[str] = "SMS Twilio"
    Config: ClassVar[type[object]] = TwilioConfig

    def __init__(self, config: TwilioConfig, around: Surroundings) -> None:
        self._config = config
        self._around = around
        self._api = URL(config.api_url)
        self._account = self._api / "2010-04-01" / "Accounts" / config.account_sid
        self._capabilities = Capabilities(
            text_limit=LONGEST,
            text_unit=TextUnit.UTF16,
            media=CARRIED if config.webhook_url else {},
            receipts=_receipts(config),
            resend_is_safe=config.in_doubt == AGAIN,
        )
        self._words = change_words(config.country, config.optout_words)

    @classmethod
    def create(cls, account: AccountId, settings: Mapping[str, str], around: Surroundings) -> Self:
        """Make the channel of one account. Raises `ConfigInvalid`."""
        return cls(read_config(TwilioConfig, settings), around)

    @property
    def capabilities(self) -> Capabilities:
        """Text, and files where Twilio can fetch them."""
        return self._capabilities

    def verify(self, request: WebhookRequest) -> None:
        """Check Twilio's signature of the public address and all that was sent to it."""
        check_signature(request, self._config.auth_token)

    def parse(self, request: WebhookRequest) -> Parsed:
        """Read a customer's message, or one status of one of ours."""
        events = read_request(request, self._config.country, self._words)
        return Parsed(events, answer(), self._place(events))

    def passive_reply(self, request: WebhookRequest, part: Part, delivery: DeliveryId) -> WebhookReply | None:
        """Words can be the answer to a message; files are sent."""
        return answer(part.text, self._callback(delivery)) if isinstance(part, Text) else None

    def refuse(self, error: InboundError) -> WebhookReply:
        """Twilio shows the status to the operator, and tries its fallback address if there is one."""
        return WebhookReply(status=403 if isinstance(error, SignatureInvalid) else 400)

    def plan(self, parts: tuple[Part, ...]) -> tuple[Part, ...]:
        """Everything but files becomes text; files that stand side by side go as one message."""
        if not self._config.webhook_url and any(isinstance(part, Media) for part in parts):
            raise NotSendable("Twilio fetches files from us: set webhook_url, the account's public address.")
        single = (each for part in parts for each in (part.files if isinstance(part, Album) else (part,)))
        return gathered(plan(tuple(single), self._capabilities))

    def offered(self, token: str) -> str | None:
        """The file that Twilio was told to fetch here."""
        return offered(self._config.auth_token, token, self._around.clock())

    def segments(self, text: str) -> int:
        """How many short messages are charged for a text."""
        return charged(self.plan((Text(text),)))

    async def send(self, outgoing: Outgoing) -> Accepted:
        """Send one message; its statuses come to an address that names our delivery.

        Twilio recognises no repetition: without an answer nobody knows whether the message went out.
        """
        form = [("To", address_value(outgoing.address)), *self._content(outgoing.part), self._sender()]
        if callback := self._callback(outgoing.delivery):
            form.append(("StatusCallback", callback))
        url = self._account / "Messages.json"
        answer = await self._ask("POST", url, repeatable=False, data=aiohttp.FormData(form))
        return Accepted(str(_found(answer, url, needs="sid", repeatable=False)["sid"]))

    async def fetch_media(self, media: Media) -> Media:
        """Download a customer's file. The interface sends us on to where files are, without the credentials."""
        url = self._trusted(media.ref, _API_HOSTS)
        answer = await self._ask("GET", url, repeatable=True, redirects=True)
        if 300 <= answer.status < 400:
            answer = await self._ask_elsewhere(urljoin(media.ref, answer.headers.get("location", "")))
        if answer.status != 200:
            raise Rejected(f"{url.host} does not hand over the file (HTTP {answer.status})", code=str(answer.status))
        mime = media.mime or answer.headers.get("content-type", "").partition(";")[0]
        return replace(media, content=answer.body, size=len(answer.body), mime=mime)

    async def check(self) -> None:
        """Try the credentials by asking for the account."""
        url = self._account.with_name(f"{self._config.account_sid}.json")
        answer = await self._ask("GET", url, repeatable=True)
        status = _found(answer, url, needs="status", repeatable=True)["status"]
        if status != "active":
            raise Misconfigured(f"Twilio says that the account is {status}")

    def _place(self, events: tuple[InboundEvent, ...]) -> Passive | None:
        """Where a quick answer goes, if the account wants them. Nobody answers who left: Twilio would refuse it."""
        seconds = float(self._config.passive_seconds)
        match events:
            case (InboundMessage() as message,) if seconds:
                return Passive(key=message.key, address=message.address, seconds=seconds)
            case _:
                return None

    def _content(self, part: Part) -> list[tuple[str, str]]:
        match part:
            case Text():
                return [("Body", part.text)]
            case Media() if self._can_be_fetched(part):
                return [("MediaUrl", self._link(part))]
            case Album() if all(map(self._can_be_fetched, part.files)):
                return [("MediaUrl", self._link(file)) for file in part.files]
            case _:
                raise NotSendable(f"A short message carries no {part.kind}; it should have been planned.")

    def _link(self, file: Media) -> str:
        return link(self._config.webhook_url, offer(self._config.auth_token, file.digest, self._around.clock()))

    def _can_be_fetched(self, media: Media) -> bool:
        limit = self._capabilities.media.get(media.type)
        return limit is not None and media.mime in limit.mimes

    def _callback(self, delivery: DeliveryId) -> str:
        """Where statuses of this delivery are to go; nowhere if we do not know our own address."""
        url = self._config.webhook_url
        return str(URL(url).update_query(delivery=delivery)) if url else ""

    def _sender(self) -> tuple[str, str]:
        if self._config.messaging_service_sid:
            return "MessagingServiceSid", self._config.messaging_service_sid
        return "From", self._config.from_number

    async def _ask(
        self, method: str, url: URL, *, repeatable: bool, redirects: bool = False, data: aiohttp.FormData | None = None
    ) -> Answer:
        """One request with the credentials."""
        credentials = aiohttp.encode_basic_auth(self._config.account_sid, self._config.auth_token)
        return await ask(
            self._around,
            method,
            url,
            repeatable=repeatable,
            redirects=redirects,
            headers={"Authorization": credentials},
            data=data,
            max_bytes=LARGEST_FILE,
        )

    async def _ask_elsewhere(self, location: str) -> Answer:
        """Follow one redirect, to where Twilio keeps files and nowhere else."""
        return await ask(
            self._around, "GET", self._trusted(location, _FILE_HOSTS), repeatable=True, max_bytes=LARGEST_FILE
        )

    def _trusted(self, address: str, hosts: tuple[str, ...]) -> URL:
        """An address at the interface that was set, or by HTTPS at one of these hosts. Raises `Rejected`.

        It stays as it was written: a signature in it would break.
        """
        url = URL(address, encoded=True) if is_web_address(address) else URL()
        known = url.scheme == "https" and f".{url.host}".endswith(hosts)
        if not known and (not url.host or url.origin() != self._api.origin()):
            raise Rejected(f"The file is said to be at {url.host or 'no address'}, which is not Twilio's")
        return url


def _receipts(config: TwilioConfig) -> frozenset[ReceiptStatus]:
    if not config.webhook_url:
        return frozenset((ReceiptStatus.ACCEPTED,))
    return frozenset((ReceiptStatus.ACCEPTED, ReceiptStatus.DELIVERED, ReceiptStatus.FAILED))


def _found(answer: Answer, url: URL, *, needs: str, repeatable: bool) -> Mapping[str, Any]:
    """The answer if it is a success with the field we need; otherwise the error that it tells."""
    found = answer.json() or {}
    if answer.status >= 400 and "code" in found:
        raise error_of(str(found["code"]), str(found.get("message", "")), answer.status)
    if answer.status >= 400 or needs not in found:
        raise unreadable(answer, url, repeatable=repeatable)
    return found
