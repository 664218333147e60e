"""A channel whose provider is scripted: what it answers next, and a book of everything it was asked."""

import json
import re
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import ClassVar, Self

from channels import planning
from channels.config import read_config, setting
from channels.contract import (
    Accepted,
    Capabilities,
    MediaLimit,
    Outgoing,
    Parsed,
    Passive,
    Rate,
    Surroundings,
    TextUnit,
    WebhookReply,
    WebhookRequest,
    Window,
)
from channels.registered import read_registered
from conversations.address import phone_address
from conversations.errors import InboundError, PayloadUnreadable, Rejected, SendError
from conversations.ids import AccountId, DeliveryId
from conversations.inbound import InboundMessage
from conversations.parts import Media, MediaType, Part, Text

_LONE = re.compile("[\ud800-\udfff]")
"""Surrogates without their other half: JSON can hold them, UTF-8 cannot."""

_GAP = re.compile(r"\$\{(\w+)\}")

Answer = Callable[[Outgoing], Awaitable[Accepted]]


@dataclass
class FakeProvider:
    """Takes over everything, unless it is told to do otherwise.

    `answers` come first, one for each call: an error to raise, or a function that decides. `always` answers when
    there are none left. `files` are what customers sent, by their ref; `file_errors` come first.
    """

    sent: list[Outgoing] = field(default_factory=list)
    answers: deque[SendError | Answer] = field(default_factory=deque)
    always: Answer | None = None
    files: dict[str, bytes] = field(default_factory=dict)
    file_errors: deque[SendError] = field(default_factory=deque)

    async def take(self, outgoing: Outgoing) -> Accepted:
        """One call of the channel."""
        self.sent.append(outgoing)
        answer = self.answers.popleft() if self.answers else self.always
        if isinstance(answer, SendError):
            raise answer
        return Accepted(f"name-{len(self.sent)}") if answer is None else await answer(outgoing)

    async def give(self, ref: str) -> bytes:
        """One download."""
        if self.file_errors:
            raise self.file_errors.popleft()
        if ref not in self.files:
            raise Rejected("there is no such file", code="40007")
        return self.files[ref]

    def texts(self) -> list[str]:
        """The words that were taken over or refused, in the order of the calls."""
        return [each.part.text for each in self.sent if isinstance(each.part, Text)]


WINDOWS = (
    Window(name="message", messages=2, lasts=timedelta(hours=48)),
    Window(name="follow", messages=1, lasts=timedelta(minutes=1)),
)
"""Two messages in two days after a message, one in a minute after following."""

BRAKE = Rate(parts=3, within=timedelta(hours=1))


@dataclass(frozen=True)
class FakeConfig:
    """What the provider can do is said by its account, as `yes` and `no`."""

    menus: str = setting("whether questions can be tapped", default="no")
    windows: str = setting("whether the provider lets us write only for a while after the customer did", default="no")
    templates: str = setting("whether texts can be registered with the provider", default="no")
    registered: str = setting("templates that people may choose, with gaps such as ${name}", default="", lines=True)
    notices: str = setting("the same; each of them spends a consent", default="", lines=True)
    resend: str = setting("whether the provider recognises our key", default="no")
    brake: str = setting("whether only so much may go to one address that no person wrote", default="no")
    repaired: str = setting("whether characters that cannot be stored are replaced when reading", default="no")


class FakeChannel:
    """One account of the scripted provider; `fake_kind` says which provider that is."""

    kind: ClassVar[str] = "fake"
    title: ClassVar[str] = "Fake"
    Config: ClassVar[type[object]] = FakeConfig
    provider: ClassVar[FakeProvider]

    def __init__(self, config: FakeConfig) -> None:
        self._config = config
        self._capabilities = Capabilities(
            text_limit=100,
            text_unit=TextUnit.CODE_POINTS,
            media={MediaType.IMAGE: MediaLimit(frozenset(("image/png",)), 1_000)},
            menus=config.menus == "yes",
            templates=config.templates == "yes",
            registered=read_registered(config.registered, _GAP) + read_registered(config.notices, _GAP, once=True),
            windows=WINDOWS if config.windows == "yes" else (),
            automatic=BRAKE if config.brake == "yes" else None,
            resend_is_safe=config.resend == "yes",
        )

    @classmethod
    def create(cls, account: AccountId, settings: Mapping[str, str], around: Surroundings) -> Self:
        """Make the channel of one account. Raises `ConfigInvalid`."""
        return cls(read_config(FakeConfig, settings))

    @property
    def capabilities(self) -> Capabilities:
        """What the account says."""
        return self._capabilities

    def verify(self, request: WebhookRequest) -> None:
        """Everything is genuine."""

    def parse(self, request: WebhookRequest) -> Parsed:
        """Read `{"key": …, "from": …, "text": …}`, with the window it `opens` and its `passive` seconds, if any.

        A `media` is the type of a file, of which `text` is the name. Raises `PayloadUnreadable` for what is not JSON.
        """
        try:
            said = json.loads(request.body)
        except json.JSONDecodeError:
            raise PayloadUnreadable("not JSON") from None
        message = InboundMessage(
            key=said["key"],
            address=phone_address(said["from"]),
            parts=(self._part(said),),
            occurred_at=request.received_at,
            opens=said.get("opens", ""),
        )
        room = Passive(key=said["key"], address=message.address, seconds=said.get("passive", 0))
        return Parsed((message,), passive=room if "passive" in said else None)

    def refuse(self, error: InboundError) -> WebhookReply:
        """Say no."""
        return WebhookReply(status=403)

    def plan(self, parts: tuple[Part, ...]) -> tuple[Part, ...]:
        """Split and downgrade."""
        return planning.plan(parts, self._capabilities)

    def passive_reply(self, request: WebhookRequest, part: Part, delivery: DeliveryId) -> WebhookReply | None:
        """Words go into the answer, with what they answer."""
        return WebhookReply(body=part.text.encode() + b" < " + request.body) if isinstance(part, Text) else None

    async def send(self, outgoing: Outgoing) -> Accepted:
        """Ask the provider."""
        return await self.provider.take(outgoing)

    async def fetch_media(self, media: Media) -> Media:
        """Ask the provider for a file."""
        return replace(media, content=await self.provider.give(media.ref), mime="image/png")

    async def check(self) -> None:
        """The credentials are good."""

    def _part(self, said: Mapping[str, str]) -> Part:
        if "media" in said:
            return Media(MediaType(said["media"]), name=said["text"], ref=said["key"])
        return Text(self._readable(said["text"]))

    def _readable(self, text: str) -> str:
        return _LONE.sub("\N{REPLACEMENT CHARACTER}", text) if self._config.repaired == "yes" else text


def fake_kind(provider: FakeProvider) -> type[FakeChannel]:
    """The kind of channel that talks to this provider."""

    class Bound(FakeChannel):
        pass

    Bound.provider = provider
    return Bound
