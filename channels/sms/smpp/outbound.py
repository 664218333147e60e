"""What we say, as `submit_sm` carries it. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

from channels.contract import Capabilities
from channels.planning import plan
from channels.sms.plan import Division
from channels.sms.smpp.codec import HAS_HEADER, Number, ShortMessage, Tag
from channels.sms.smpp.coding import UCS2 as CODED_UCS2
from channels.sms.smpp.coding import Coded, encode, is_latin1
from channels.sms.smpp.config import LATIN1, PAYLOAD, SAR, UCS2, UDH8, UDH16, SmppConfig
from channels.sms.text import ROOMS, ROOMS_WIDE, Alphabet
from channels.sms.udh import write_header
from conversations.address import Address, address_value
from conversations.parts import Part, Segment, Text

_RECEIPT_WANTED = 1

_ROOMS = {UDH8: ROOMS, UDH16: ROOMS_WIDE, SAR: ROOMS_WIDE, PAYLOAD: ROOMS}
"""With SAR nobody knows which header the centre will make; the longer one fits."""

_LONGEST = {CODED_UCS2: 140}
"""Bytes of one short message without a header; in other codings 160, one for each septet."""

_Joint = tuple[bytes, Mapping[int, bytes]]


class Outbox:
    """Plans and writes what one account sends."""

    def __init__(self, config: SmppConfig) -> None:
        self._config = config
        rooms, most = _ROOMS[config.long_messages], int(config.max_segments)
        cheap = Division(signature=config.signature, rooms=rooms, most=most)
        self._wide = replace(cheap, alphabet=Alphabet.UCS2)
        self._division = self._wide if config.alphabet == UCS2 else cheap

    @property
    def text_limit(self) -> int:
        """UTF-16 units of the longest text."""
        return self._wide.text_limit

    def plan(self, parts: tuple[Part, ...], can: Capabilities) -> tuple[Part, ...]:
        """Everything becomes text, and a long one segments, unless the centre takes it whole."""
        if self._config.long_messages == PAYLOAD:
            return plan(parts, can)
        planned = self._division.plan(parts, can)
        return planned if self._can_travel(planned) else self._wide.plan(parts, can)

    def write(self, part: Text | Segment, address: Address) -> ShortMessage:
        """The `submit_sm` for one planned part."""
        config = self._config
        coded = self._coded(part)
        header, parameters = _JOINTS[config.long_messages](part) if isinstance(part, Segment) else (b"", {})
        whole = isinstance(part, Text) and len(coded.octets) > _LONGEST.get(coded.data_coding, 160)
        return ShortMessage(
            source=Number(ton=int(config.source_ton), npi=int(config.source_npi), digits=config.source),
            destination=Number(
                ton=int(config.destination_ton),
                npi=int(config.destination_npi),
                digits=address_value(address).removeprefix("+"),
            ),
            text=b"" if whole else header + coded.octets,
            data_coding=coded.data_coding,
            esm_class=HAS_HEADER if header else 0,
            registered_delivery=_RECEIPT_WANTED,
            parameters={Tag.MESSAGE_PAYLOAD: coded.octets} if whole else parameters,
        )

    def _coded(self, part: Text | Segment) -> Coded:
        words, alphabet = self._division.words(part), self._division.alphabet_of(part)
        return encode(words, alphabet, latin1=self._config.alphabet == LATIN1)

    def _can_travel(self, planned: tuple[Part, ...]) -> bool:
        """Whether what was measured as seven-bit text is in the centre's alphabet too."""
        texts = [part.text for part in planned if isinstance(part, Text | Segment)]
        return self._config.alphabet != LATIN1 or all(map(is_latin1, texts))


def _with_header(segment: Segment, *, wide: bool) -> _Joint:
    return write_header(segment, wide=wide), {}


def _with_parameters(segment: Segment) -> _Joint:
    """The centre makes the header (5.3.2.22 to 24)."""
    return b"", {
        Tag.SAR_MSG_REF_NUM: segment.reference.to_bytes(2),
        Tag.SAR_TOTAL_SEGMENTS: bytes((segment.total,)),
        Tag.SAR_SEGMENT_SEQNUM: bytes((segment.number,)),
    }


_JOINTS: Mapping[str, Callable[[Segment], _Joint]] = {
    UDH8: partial(_with_header, wide=False),
    UDH16: partial(_with_header, wide=True),
    SAR: _with_parameters,
    PAYLOAD: partial(_with_header, wide=False),
}
"""What joins a segment to the others. Segments that were planned before the setting became `payload` keep theirs."""
