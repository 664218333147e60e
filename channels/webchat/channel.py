"""The chat of one site as a channel. The socket carries the frames; here they are proved, read, and limited."""

import re
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Self

import orjson

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
from channels.webchat.config import WebChatConfig
from channels.webchat.form import NOTHING_ASKED, UNASKED, Form, read_form
from channels.webchat.identity import NOBODY, Claims, is_upload, read_claims, read_token
from conversations.address import Address, mail_address, visitor_address
from conversations.errors import InboundError, NotSendable, PayloadUnreadable, SignatureInvalid
from conversations.ids import AccountId
from conversations.inbound import InboundEvent, InboundMessage, Receipt, ReceiptStatus, Typing
from conversations.parts import Choice, Media, MediaType, Part, Text

TEXT_LIMIT = 4_000
FILE_LIMIT = 10 * 1024 * 1024
MOST_ATTACHMENTS = 10
MOST_RECEIPTS = 200

IMAGES = frozenset(("image/png", "image/jpeg", "image/gif", "image/webp"))

CAPABILITIES = Capabilities(
    text_limit=TEXT_LIMIT,
    text_unit=TextUnit.CODE_POINTS,
    media={
        MediaType.IMAGE: MediaLimit(IMAGES, FILE_LIMIT),
        **{type: MediaLimit(frozenset(), FILE_LIMIT) for type in (MediaType.VOICE, MediaType.VIDEO, MediaType.FILE)},
    },
    menus=True,
    links=True,
    receipts=frozenset((ReceiptStatus.ACCEPTED, ReceiptStatus.DELIVERED, ReceiptStatus.READ)),
    resend_is_safe=True,
)

Frame = dict[str, Any]

_CLIENT_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")
_RECEIPTS = {"delivered": ReceiptStatus.DELIVERED, "read": ReceiptStatus.READ}
_MEDIA_TYPES = {"audio": MediaType.VOICE, "video": MediaType.VIDEO}


class WebChatChannel:
    """The chat of one site."""

    kind: ClassVar[str] = "webchat"
    title: ClassVar[str] = "Web chat"
    Config: ClassVar[type[object]] = WebChatConfig

    def __init__(self, account: AccountId, config: WebChatConfig) -> None:
        self.account = account
        self.config = config
        self._readers: dict[str, Callable[[Frame, WebhookRequest], tuple[InboundEvent, ...]]] = {
            "message": self._message,
            "receipt": self._receipts,
            "typing": self._typing,
        }

    @classmethod
    def create(cls, account: AccountId, settings: Mapping[str, str], around: Surroundings) -> Self:
        """Make the channel of one account. Raises `ConfigInvalid` with every problem of the settings."""
        return cls(account, read_config(WebChatConfig, settings))

    @property
    def capabilities(self) -> Capabilities:
        """What the widget can show."""
        return CAPABILITIES

    def verify(self, request: WebhookRequest) -> None:
        """Raise `SignatureInvalid` unless the frame bears a visitor's token, and no identity but a genuine one."""
        if request.method != "FRAME":
            raise SignatureInvalid("visitors come over the socket")
        self._visitor(request)
        self._claims(request)

    def parse(self, request: WebhookRequest) -> Parsed:
        """Read one frame of a visitor. Raises `PayloadUnreadable` for what this protocol does not know."""
        frame = _object(request.body)
        reader = self._readers.get(_text(frame, "kind"))
        if reader is None:
            raise PayloadUnreadable("a frame of an unknown kind")
        return Parsed(reader(frame, request))

    def refuse(self, error: InboundError) -> WebhookReply:
        """Say no."""
        return WebhookReply(status=403 if isinstance(error, SignatureInvalid) else 400, body=str(error).encode())

    def plan(self, parts: tuple[Part, ...]) -> tuple[Part, ...]:
        """Split and downgrade so that each part fits. Raises `NotSendable` for what cannot be carried."""
        return planning.plan(parts, CAPABILITIES)

    async def send(self, outgoing: Outgoing) -> Accepted:
        """Nothing leaves here: the message is in the database, and the visitor's socket reads on from its cursor."""
        self.plan((outgoing.part,))
        return Accepted(outgoing.delivery)

    async def fetch_media(self, media: Media) -> Media:
        """Visitors upload their files before they name them; there is nothing to fetch."""
        raise NotSendable("The files of web chat are already here.")

    async def check(self) -> None:
        """There is no provider that could refuse us."""

    def address(self, visitor: str) -> Address:
        """The visitor's address on this account."""
        return visitor_address(self.account, visitor)

    def _visitor(self, request: WebhookRequest) -> str:
        return read_token(self.config.visitor_secret, self.account, request.headers.get("authorization", ""))

    def _claims(self, request: WebhookRequest) -> Claims:
        claims, signature = request.headers.get("identity", ""), request.headers.get("signature", "")
        if not claims:
            return NOBODY
        return read_claims(self.config.site_secret, claims, signature, request.received_at)

    def _message(self, frame: Frame, request: WebhookRequest) -> tuple[InboundEvent, ...]:
        visitor, claims, form = self._visitor(request), self._claims(request), self._form(frame)
        language = claims.language or _text(request.headers, "language")
        client_id = _text(frame, "id")
        if not _CLIENT_ID.fullmatch(client_id):
            raise PayloadUnreadable("a message without a proper id")
        parts = (*form.parts(language), *self._parts(frame, visitor))
        if not parts:
            raise PayloadUnreadable("a message that says nothing")
        return (
            InboundMessage(
                # Ids are made by browsers: with the visitor before it, nobody can occupy another one's.
                key=f"{visitor}:{client_id}",
                address=self.address(visitor),
                parts=parts,
                occurred_at=request.received_at,
                external_id=client_id,
                name=claims.name or form.name or _text(request.headers, "name"),
                language=language,
                evidence=claims.evidence(self.account),
                mailbox=_mailbox(claims.email or form.mailbox),
                source=_text(request.headers, "page"),
            ),
        )

    def _form(self, frame: Frame) -> Form:
        if "mailbox" in frame:
            return read_form(NOTHING_ASKED, {"email": frame["mailbox"]})
        return read_form(self.config.questions or NOTHING_ASKED, frame["form"]) if "form" in frame else UNASKED

    def _parts(self, frame: Frame, visitor: str) -> list[Part]:
        text = _text(frame, "text").strip()
        if len(text) > TEXT_LIMIT:
            raise PayloadUnreadable(f"a text of more than {TEXT_LIMIT} characters")
        said: list[Part] = [Text(text)] if text else []
        said += _choice(frame.get("choice"))
        return [*said, *(self._attachment(each, visitor) for each in _objects(frame, "attachments", MOST_ATTACHMENTS))]

    def _attachment(self, reference: Frame, visitor: str) -> Media:
        mime, size = _text(reference, "mime"), reference.get("size")
        media = Media(
            type=media_type(mime),
            name=_text(reference, "name")[:200],
            mime=mime,
            size=size if isinstance(size, int) else 0,
            digest=_text(reference, "digest"),
        )
        proof = _text(reference, "proof")
        if not is_upload(self.config.visitor_secret, self.account, visitor, media, proof):
            raise PayloadUnreadable("a file that this visitor did not upload")
        return media

    def _receipts(self, frame: Frame, request: WebhookRequest) -> tuple[InboundEvent, ...]:
        status = _RECEIPTS.get(_text(frame, "status"))
        deliveries = frame.get("deliveries")
        if status is None or not isinstance(deliveries, list) or len(deliveries) > MOST_RECEIPTS:
            raise PayloadUnreadable("a receipt that says nothing")
        address = self.address(self._visitor(request))
        return tuple(
            Receipt(status=status, occurred_at=request.received_at, delivery=each, address=address)
            for each in deliveries
            if isinstance(each, str) and _CLIENT_ID.fullmatch(each)
        )

    def _typing(self, frame: Frame, request: WebhookRequest) -> tuple[InboundEvent, ...]:
        return (Typing(address=self.address(self._visitor(request)), occurred_at=request.received_at),)


def _mailbox(said: str) -> Address | None:
    return mail_address(said) if said else None


def media_type(mime: str) -> MediaType:
    """How a file of this type is shown."""
    return MediaType.IMAGE if mime in IMAGES else _MEDIA_TYPES.get(mime.partition("/")[0], MediaType.FILE)


def _object(body: bytes) -> Frame:
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise PayloadUnreadable("a frame that is not JSON") from error
    if not isinstance(found, dict):
        raise PayloadUnreadable("a frame that is not an object")
    return found


def _objects(frame: Frame, name: str, most: int) -> list[Frame]:
    found = frame.get(name) or []
    if not isinstance(found, list) or len(found) > most or not all(isinstance(each, dict) for each in found):
        raise PayloadUnreadable(f"unreadable {name}")
    return found


def _text(fields: Mapping[str, Any], name: str) -> str:
    """A text that can be stored; empty when there is none."""
    found = fields.get(name)
    return found.replace("\0", "") if isinstance(found, str) else ""


def _choice(found: object) -> list[Part]:
    if not isinstance(found, dict):
        return []
    choice = Choice(_text(found, "id")[:200], _text(found, "label")[:200])
    return [choice] if choice.id else []
