"""Short messages through a gateway of China Mobile (ISMG): one connection, both ways.

Protocol: China Mobile Peer to Peer, CMPP 2.0 (April 2002) and 3.0.
"""

from collections.abc import Mapping
from typing import ClassVar, Self

from channels.config import read_config
from channels.contract import (
    Accepted,
    Capabilities,
    Ear,
    Outgoing,
    Parsed,
    Surroundings,
    TextUnit,
    WebhookReply,
    WebhookRequest,
)
from channels.sms.cmpp.codec import HEADER, decode, encode, number_of
from channels.sms.cmpp.config import BY_US, UDH16, VERSIONS, CmppConfig
from channels.sms.cmpp.content import LONGEST, write_piece, write_words
from channels.sms.cmpp.errors import submit_error
from channels.sms.cmpp.fields import Malformed
from channels.sms.cmpp.inbound import external_id, read_deliver
from channels.sms.cmpp.login import logged_in
from channels.sms.cmpp.messages import DeliverResp, Submit, SubmitResp
from channels.sms.config import AGAIN
from channels.sms.optout import change_words
from channels.sms.plan import Division, charged
from channels.sms.session import Session
from channels.sms.text import ROOMS, ROOMS_WIDE, Alphabet
from channels.sms.udh import write_header
from conversations.address import Address, address_value
from conversations.errors import InboundError, NotSendable, ProviderUnavailable, SignatureInvalid, UnknownOutcome
from conversations.ids import AccountId
from conversations.inbound import ReceiptStatus
from conversations.parts import Media, Part, Segment, Text

METHOD = "PDU"
"""What requests are called that came over the connection."""

TAKEN = 0
"""The Result of what is well."""

REPORT_WANTED = 1
SP_PAYS = 2


class CmppChannel:
    """One access number at one gateway. `listen` holds the connection that `send` needs."""

    kind: ClassVar[str] = "sms_cmpp"
    title: ClassVar[str] = "SMS CMPP 中国移动"
    Config: ClassVar[type[object]] = CmppConfig
    listens_everywhere: ClassVar[bool] = True

    def __init__(self, config: CmppConfig, around: Surroundings) -> None:
        self._config = config
        self._around = around
        self._version = VERSIONS[config.version]
        self._session: Session | None = None
        self._words = change_words(config.country, config.optout_words)
        self._wide = config.long_messages == UDH16
        self._division = Division(
            signature=config.signature,
            alphabet=Alphabet.UCS2,
            rooms=ROOMS_WIDE if self._wide else ROOMS,
            most=int(config.max_segments),
        )
        self._capabilities = Capabilities(
            text_limit=self._division.text_limit,
            text_unit=TextUnit.UTF16,
            receipts=frozenset((ReceiptStatus.ACCEPTED, ReceiptStatus.DELIVERED, ReceiptStatus.FAILED)),
            resend_is_safe=config.in_doubt == AGAIN,
        )

    @classmethod
    def create(cls, account: AccountId, settings: Mapping[str, str], around: Surroundings) -> Self:
        """Make the channel of one account. Raises `ConfigInvalid`."""
        return cls(read_config(CmppConfig, settings), around)

    @property
    def capabilities(self) -> Capabilities:
        """Text only, with what the signature leaves of its length."""
        return self._capabilities

    def verify(self, request: WebhookRequest) -> None:
        """The connection that we opened ourselves is the proof; nothing comes by HTTP."""
        if request.method != METHOD:
            raise SignatureInvalid("This account takes nothing but what its own connection brings")

    def parse(self, request: WebhookRequest) -> Parsed:
        """Read a DELIVER: a customer's message, or a report."""
        events = read_deliver(
            request.body, self._version, request.received_at, country=self._config.country, words=self._words
        )
        return Parsed(events)

    def refuse(self, error: InboundError) -> WebhookReply:
        """Whoever calls by HTTP is at the wrong door."""
        return WebhookReply(status=403 if isinstance(error, SignatureInvalid) else 400, body=str(error).encode())

    def plan(self, parts: tuple[Part, ...]) -> tuple[Part, ...]:
        """Everything becomes text, and a long one segments: 70 units alone or 67 in each of several, as is charged."""
        return self._division.plan(parts, self._capabilities)

    def segments(self, text: str) -> int:
        """How many short messages the gateway is given; each is charged."""
        return charged(self.plan((Text(text),)), signature=self._config.signature, alphabet=Alphabet.UCS2)

    async def send(self, outgoing: Outgoing) -> Accepted:
        """Submit one message, beside others that wait for their answers.

        CMPP recognises no repetition: without an answer nobody knows whether the message went out.
        """
        if not isinstance(outgoing.part, Text | Segment):
            raise NotSendable(f"A short message carries no {outgoing.part.kind}; it should have been planned.")
        submit = self._submit(outgoing.part, outgoing.address)
        if self._session is None:
            raise ProviderUnavailable(f"There is no connection with {self._config.host}")
        frame = await self._session.ask(lambda number: encode(submit, number, self._version))
        return Accepted(external_id(self._accepted(frame).msg_id))

    async def fetch_media(self, media: Media) -> Media:
        """Short messages carry no files that would have to be fetched."""
        raise NotSendable("Short messages carry no files.")

    async def check(self) -> None:
        """Try the login: open a connection, and leave it."""
        async with logged_in(self._config, self._around.clock()):
            pass

    async def listen(self, ear: Ear) -> None:
        """Hold the connection. Raises `ProviderUnavailable` when it ends, `Misconfigured` when we are not let in."""
        async with logged_in(self._config, self._around.clock()) as session:
            self._session = session
            try:
                while True:
                    await self._hand_over(ear, session, await session.news())
            finally:
                self._session = None

    async def _hand_over(self, ear: Ear, session: Session, frames: list[bytes]) -> None:
        """Commit what came, and only then say so: what is not answered comes again on the next connection."""
        await ear.take([self._request(frame) for frame in frames])
        for frame in frames:
            session.say(self._receipt(frame))

    def _request(self, frame: bytes) -> WebhookRequest:
        return WebhookRequest(
            method=METHOD,
            url=f"cmpp:{self._config.host}:{self._config.port}",
            body=frame,
            received_at=self._around.clock(),
        )

    def _receipt(self, frame: bytes) -> bytes:
        """The answer to a DELIVER, which may be one that we could not read."""
        msg_id = int.from_bytes(frame[HEADER : HEADER + 8])
        return encode(DeliverResp(msg_id=msg_id, result=TAKEN), number_of(frame), self._version)

    def _submit(self, part: Text | Segment, address: Address) -> Submit:
        msg_fmt, content = self._content(part)
        if len(content) > LONGEST:
            raise NotSendable(
                f"A short message holds {LONGEST} bytes, not {len(content)}; it should have been planned."
            )
        config = self._config
        return Submit(
            pk_total=part.total if isinstance(part, Segment) else 1,
            pk_number=part.number if isinstance(part, Segment) else 1,
            registered_delivery=REPORT_WANTED,
            service_id=config.service_id,
            fee_user_type=SP_PAYS,
            tp_udhi=int(isinstance(part, Segment)),
            msg_fmt=msg_fmt,
            msg_src=config.source_addr,
            fee_type=config.fee_type,
            fee_code=config.fee_code,
            src_id=config.src_id,
            dest_terminal_ids=(_number(address),),
            msg_content=content,
        )

    def _content(self, part: Text | Segment) -> tuple[int, bytes]:
        """Msg_Fmt and Msg_Content."""
        words = self._division.words(part) if self._config.signature_by == BY_US else part.text
        if isinstance(part, Text):
            return write_words(words)
        msg_fmt, content = write_piece(words)
        return msg_fmt, write_header(part, wide=self._wide) + content

    def _accepted(self, frame: bytes) -> SubmitResp:
        try:
            answer = decode(frame, self._version)
        except Malformed:
            answer = None
        if not isinstance(answer, SubmitResp):
            raise UnknownOutcome(f"{self._config.host} answered in a way that makes no sense")
        if answer.result != TAKEN:
            raise submit_error(answer.result)
        return answer


def _number(address: Address) -> str:
    """Numbers of the mainland have no country code."""
    return address_value(address).removeprefix("+86").removeprefix("+")
