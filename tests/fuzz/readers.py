"""Everything that reads bytes of somebody else, and what it may answer with besides a result."""

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from random import Random

import channels
from channels.custom.inbound import read_event
from channels.email.charset import decode as decode_mail
from channels.email.imap import envelope
from channels.email.mime import parse_mail
from channels.sealed import encrypted_part
from channels.sms.cmpp import codec as cmpp
from channels.sms.cmpp.content import read_content
from channels.sms.cmpp.fields import Malformed, Version
from channels.sms.cmpp.inbound import read_deliver
from channels.sms.items import items_in
from channels.sms.optout import change_words
from channels.sms.smpp import codec as smpp
from channels.sms.smpp.codec import Number, ShortMessage
from channels.sms.smpp.coding import read_octets
from channels.sms.smpp.receipts import is_receipt, read_receipt
from channels.sms.text import GSM7, decode_gsm7
from channels.sms.udh import read_header
from channels.sms.words import read_words
from channels.telegram.inbound import question_to_answer, read_body
from channels.wecom.inbound import read_page
from conversations.errors import PayloadUnreadable, SignatureInvalid
from conversations.ids import AccountId
from tests.fuzz.wounds import noise, wounded
from tests.support.surroundings import NOW

ACCOUNT = AccountId("account")
WORDS = change_words("CN")
VERSIONS = tuple(Version)


@dataclass(frozen=True)
class Reader:
    """Something that reads bytes; `named` is what it raises for those that make no sense."""

    read: Callable[[bytes], object]
    named: tuple[type[Exception], ...] = ()

    def try_on(self, raw: bytes) -> None:
        """Raises whatever it raises that it should not."""
        try:
            self.read(raw)
        except self.named:
            return


READERS: Mapping[str, Reader] = {
    "channels.custom.inbound.read_event": Reader(lambda raw: read_event(ACCOUNT, raw, NOW), (PayloadUnreadable,)),
    "channels.email.charset.decode": Reader(lambda raw: decode_mail(raw, raw[:12].decode("latin-1"))),
    "channels.email.imap.envelope": Reader(lambda raw: envelope(raw, "service@bank.example", lambda to: bool(to))),
    "channels.email.mime.parse_mail": Reader(lambda raw: parse_mail(raw).items()),
    "channels.sealed.encrypted_part": Reader(encrypted_part, (SignatureInvalid,)),
    "channels.sms.cmpp.codec.command_of": Reader(lambda raw: cmpp.command_of(raw.ljust(cmpp.HEADER, b"\0"))),
    "channels.sms.cmpp.codec.number_of": Reader(lambda raw: cmpp.number_of(raw.ljust(cmpp.HEADER, b"\0"))),
    "channels.sms.cmpp.codec.decode": Reader(lambda raw: cmpp.decode(raw, VERSIONS[len(raw) % 2]), (Malformed,)),
    "channels.sms.cmpp.codec.decode_report": Reader(cmpp.decode_report, (Malformed,)),
    "channels.sms.cmpp.content.read_content": Reader(lambda raw: read_content(raw, sum(raw) % 32, None)),
    "channels.sms.cmpp.inbound.read_deliver": Reader(
        lambda raw: read_deliver(raw, VERSIONS[len(raw) % 2], NOW, country="CN", words=WORDS), (PayloadUnreadable,)
    ),
    "channels.sms.items.items_in": Reader(items_in, (PayloadUnreadable,)),
    "channels.sms.smpp.codec.read_pdu": Reader(lambda raw: smpp.read_message(smpp.read_pdu(raw)), (PayloadUnreadable,)),
    "channels.sms.smpp.coding.read_octets": Reader(read_octets),
    "channels.sms.smpp.receipts.is_receipt": Reader(lambda raw: is_receipt(_short(raw), raw)),
    "channels.sms.smpp.receipts.read_receipt": Reader(lambda raw: read_receipt(_short(raw), raw)),
    "channels.sms.text.decode_gsm7": Reader(decode_gsm7),
    "channels.sms.udh.read_header": Reader(read_header, (PayloadUnreadable,)),
    "channels.sms.words.read_words": Reader(
        lambda raw: [read_words(raw, each, None) for each in (GSM7, "utf-16-be", "gb18030", "shift_jis", "iso2022_jp")]
    ),
    "channels.telegram.inbound.question_to_answer": Reader(question_to_answer, (PayloadUnreadable,)),
    "channels.telegram.inbound.read_body": Reader(lambda raw: read_body(ACCOUNT, raw, NOW), (PayloadUnreadable,)),
    "channels.wecom.inbound.read_page": Reader(lambda raw: read_page(ACCOUNT, raw, NOW), (PayloadUnreadable,)),
}
"""By their names. Those that take a request are tried through their channel's door."""

WRITERS = frozenset(
    (
        "channels.custom.signing.signature",
        "channels.custom.signing.signed_headers",
        "channels.email.compose.compose",
        "channels.email.signing.sign",
        "channels.email.tokens.find",
        "channels.email.tokens.sign",
        "channels.files.file_form",
        "channels.sms.tencent.signing.signed_headers",
        "channels.telegram.outbound.sending",
    )
)
"""They take bytes too, of ours or only to be signed."""


def functions_of_bytes() -> Iterator[str]:
    """The names of all public functions of the channels that are given bytes."""
    for found in pkgutil.walk_packages(channels.__path__, "channels."):
        module = importlib.import_module(found.name)
        for name, function in inspect.getmembers(module, inspect.isfunction):
            taken = [each.annotation for each in inspect.signature(function).parameters.values()]
            if function.__module__ == module.__name__ and not name.startswith("_") and bytes in taken:
                yield f"{module.__name__}.{name}"


def some_bytes(samples: tuple[bytes, ...], random: Random) -> bytes:
    """A genuine body with wounds, or noise."""
    return wounded(random.choice(samples), random) if random.random() < 0.7 else noise(random)


def _short(raw: bytes) -> ShortMessage:
    parameters = {0x001E: raw[:9], 0x0423: raw[9:12], 0x0427: raw[12:13]}
    nobody = Number(digits="")
    return ShortMessage(
        source=nobody, destination=nobody, text=raw, esm_class=raw[0] if raw else 0, parameters=parameters
    )
