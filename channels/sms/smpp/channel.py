"""Short messages through any carrier that speaks SMPP 3.4: one session both ways, or one for each.

Protocol: SMPP Protocol Specification v3.4, issue 1.2.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import ClassVar, Self

from channels.config import read_config
from channels.contract import (
    Accepted,
    Capabilities,
    Ear,
    Outgoing,
    Parsed,
    Rate,
    Surroundings,
    TextUnit,
    WebhookReply,
    WebhookRequest,
)
from channels.sms.config import AGAIN
from channels.sms.plan import charged
from channels.sms.session import Session
from channels.sms.smpp.binding import bound
from channels.sms.smpp.codec import OK, TRY_LATER, Pdu, answer, message_id, read_pdu, submit
from channels.sms.smpp.config import UCS2, SmppConfig
from channels.sms.smpp.errors import error_of
from channels.sms.smpp.inbound import STAMP, Inbox
from channels.sms.smpp.outbound import Outbox
from channels.sms.smpp.receipts import same_id
from channels.sms.smpp.repeats import Repeats
from channels.sms.text import Alphabet
from conversations.errors import InboundError, NotSendable, ProviderUnavailable, SignatureInvalid
from conversations.ids import AccountId
from conversations.inbound import ReceiptStatus
from conversations.parts import Media, Part, Segment, Text

METHOD = "PDU"
"""What requests are called that came over the session."""


class SmppChannel:
    """One login at one message centre. `listen` holds the session that `send` needs."""

    kind: ClassVar[str] = "sms_smpp"
    title: ClassVar[str] = "SMS SMPP"
    Config: ClassVar[type[object]] = SmppConfig
    listens_everywhere: ClassVar[bool] = True

    def __init__(self, config: SmppConfig, around: Surroundings) -> None:
        self._config = config
        self._around = around
        self._inbox = Inbox(config)
        self._outbox = Outbox(config)
        self._session: Session | None = None
        self._capabilities = Capabilities(
            text_limit=self._outbox.text_limit,
            text_unit=TextUnit.UTF16,
            receipts=frozenset((ReceiptStatus.ACCEPTED, ReceiptStatus.DELIVERED, ReceiptStatus.FAILED)),
            rates=_rates(int(config.per_second)),
            resend_is_safe=config.in_doubt == AGAIN,
        )

    @classmethod
    def create(cls, account: AccountId, settings: Mapping[str, str], around: Surroundings) -> Self:
        """Make the channel of one account. Raises `ConfigInvalid`."""
        return cls(read_config(SmppConfig, settings), around)

    @property
    def capabilities(self) -> Capabilities:
        """Text only."""
        return self._capabilities

    def verify(self, request: WebhookRequest) -> None:
        """The session that we opened ourselves is the proof; nothing comes by HTTP."""
        if request.method != METHOD:
            raise SignatureInvalid("This account takes nothing but what its own session brings")

    def parse(self, request: WebhookRequest) -> Parsed:
        """Read a `deliver_sm` or `data_sm`: a customer's message, or a receipt."""
        return Parsed(self._inbox.read(request))

    def refuse(self, error: InboundError) -> WebhookReply:
        """Whoever calls by HTTP is at the wrong door."""
        return WebhookReply(status=403 if isinstance(error, SignatureInvalid) else 400, body=str(error).encode())

    def plan(self, parts: tuple[Part, ...]) -> tuple[Part, ...]:
        """Everything becomes text, and a long one segments."""
        return self._outbox.plan(parts, self._capabilities)

    def segments(self, text: str) -> int:
        """How many short messages the centre is given, or makes of it."""
        alphabet = Alphabet.UCS2 if self._config.alphabet == UCS2 else None
        return charged(self.plan((Text(text),)), signature=self._config.signature, alphabet=alphabet)

    async def send(self, outgoing: Outgoing) -> Accepted:
        """Submit one message over the session, beside others that wait for their answers.

        SMPP recognises no repetition: without an answer nobody knows whether the message went out.
        """
        if not isinstance(outgoing.part, Text | Segment):
            raise NotSendable(f"A short message carries no {outgoing.part.kind}; it should have been planned.")
        if self._session is None:
            raise ProviderUnavailable(f"There is no session with {self._config.host}")
        message = self._outbox.write(outgoing.part, outgoing.address)
        accepted = read_pdu(await self._session.ask(lambda number: submit(message, number)))
        if accepted.status != OK:
            raise error_of(accepted.status)
        return Accepted(same_id(message_id(accepted)))

    async def fetch_media(self, media: Media) -> Media:
        """Whatever comes brings its bytes along."""
        raise NotSendable("Short messages carry no files.")

    async def check(self) -> None:
        """Try the login: open a session, or both, and leave."""
        async with bound(self._config):
            pass

    async def listen(self, ear: Ear) -> None:
        """Hold the session. Raises `ProviderUnavailable` when it ends, `Misconfigured` when we are not let in."""
        async with bound(self._config) as line:
            self._session = line.sending
            repeats = Repeats(await ear.cursor())
            try:
                while True:
                    await self._hand_over(ear, line.hearing, repeats, await line.hearing.news())
            finally:
                self._session = None

    async def _hand_over(self, ear: Ear, session: Session, repeats: Repeats, frames: list[bytes]) -> None:
        """Commit what came, and only then say so; what could not be committed is sent again later."""
        asked = [read_pdu(frame) for frame in frames]
        status = TRY_LATER
        try:
            repeats.learn(await ear.cursor())
            requests = [self._request(frame, pdu, repeats) for frame, pdu in zip(frames, asked, strict=True)]
            await ear.take(requests, repeats.cursor)
            status = OK
        finally:
            for pdu in asked:
                session.say(answer(pdu, status))

    def _request(self, frame: bytes, pdu: Pdu, repeats: Repeats) -> WebhookRequest:
        now = self._around.clock()
        return WebhookRequest(
            method=METHOD,
            url=f"smpp:{self._config.host}:{self._config.port}",
            headers={STAMP: repeats.stamp(pdu, now)},
            body=frame,
            received_at=now,
        )


def _rates(per_second: int) -> tuple[Rate, ...]:
    return (Rate(parts=per_second, within=timedelta(seconds=1)),) if per_second else ()
