"""Settings of an account at a short message centre that speaks SMPP 3.4."""

from dataclasses import dataclass

from channels.config import setting
from channels.sms.config import common_problems, country_setting, in_doubt_setting, optout_setting

AUTO, UCS2, LATIN1 = "auto", "ucs2", "latin1"
UDH8, UDH16, SAR, PAYLOAD = "udh8", "udh16", "sar", "payload"
AS_IS, HEX_TO_DEC, DEC_TO_HEX = "as_is", "hex_to_dec", "dec_to_hex"
NO_TLS, TLS = "none", "tls"
TRANSCEIVER, SEPARATE = "transceiver", "separate"

_CHOICES = {
    "tls": (NO_TLS, TLS),
    "bind_mode": (TRANSCEIVER, SEPARATE),
    "alphabet": (AUTO, UCS2, LATIN1),
    "long_messages": (UDH8, UDH16, SAR, PAYLOAD),
    "receipt_ids": (AS_IS, HEX_TO_DEC, DEC_TO_HEX),
}

_BOUNDS = {
    "port": (1, 65535),
    "max_segments": (1, 255),
    "window": (1, 1000),
    "per_second": (0, 100_000),
    "keep_alive": (1, 3600),
    "answer_within": (1, 600),
    "source_ton": (0, 255),
    "source_npi": (0, 255),
    "destination_ton": (0, 255),
    "destination_npi": (0, 255),
}

_LENGTHS = {"system_id": 15, "system_type": 12, "source": 20}
"""Characters, from chapter 5.2 of the specification. Some centres take longer passwords than its eight."""


@dataclass(frozen=True, kw_only=True)
class SmppConfig:
    """One login at one message centre."""

    host: str = setting("Name or address of the message centre", example="smpp.carrier.example")
    port: str = setting("Its port", default="2775")
    tls: str = setting("none, or tls for a centre with a certificate that this server trusts", default=NO_TLS)
    bind_mode: str = setting(
        "transceiver: one session both ways; separate: one that sends and one that receives", default=TRANSCEIVER
    )
    system_id: str = setting("Login name (system_id)")
    password: str = setting("Password", secret=True)
    system_type: str = setting("system_type, if the carrier gave you one", default="")
    source: str = setting("Number or name that your messages come from; empty if the carrier puts it in", default="")
    source_ton: str = setting("Type of that number: 1 international, 3 network, 5 name", default="1")
    source_npi: str = setting("Numbering plan of that number: 1 telephone, 0 for names", default="1")
    destination_ton: str = setting("Type of customers' numbers", default="1")
    destination_npi: str = setting("Numbering plan of customers' numbers", default="1")
    signature: str = setting("Signature before each message, without its brackets, if you must add it", default="")
    alphabet: str = setting(
        "auto: the seven-bit alphabet where it suffices; latin1: for centres that take it for Latin-1; ucs2: always",
        default=AUTO,
    )
    long_messages: str = setting(
        "How the pieces of a long text are joined: udh8, udh16, sar, or payload for one whole", default=UDH8
    )
    max_segments: str = setting("Short messages that one text may become; longer texts become several", default="10")
    receipt_ids: str = setting(
        "as_is; hex_to_dec if receipts have hexadecimal ids and answers decimal ones; dec_to_hex for the opposite",
        default=AS_IS,
    )
    window: str = setting("Messages on their way at once; the carrier says how many", default="10")
    per_second: str = setting("Messages a second that the carrier allows; 0: as fast as they are answered", default="0")
    keep_alive: str = setting("Seconds between signs of life (enquire_link)", default="30")
    answer_within: str = setting("Seconds after which an answer is missing", default="60")
    in_doubt: str = in_doubt_setting()
    optout_words: str = optout_setting()
    country: str = country_setting()

    def problems(self) -> list[str]:
        """What is wrong with these settings beyond being missing."""
        checks = {
            **{f"{name}: one of {', '.join(known)}": getattr(self, name) in known for name, known in _CHOICES.items()},
            **{
                f"{name}: a number from {low} to {high}": _is_within(getattr(self, name), low, high)
                for name, (low, high) in _BOUNDS.items()
            },
            **{
                f"{name}: at most {most} characters": len(getattr(self, name)) <= most
                for name, most in _LENGTHS.items()
            },
            **{f"{name}: ASCII only": _is_plain(getattr(self, name)) for name in ("password", *_LENGTHS)},
            "signature: leave out the brackets 【】": not set("【】") & set(self.signature),
            **common_problems(self),
        }
        return [problem for problem, fine in checks.items() if not fine]


def _is_within(written: str, low: int, high: int) -> bool:
    return written.isdecimal() and low <= int(written) <= high


def _is_plain(text: str) -> bool:
    """No zero either, which ends a field."""
    return text.isascii() and (text.isprintable() or not text)
