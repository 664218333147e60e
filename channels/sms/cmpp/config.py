"""Settings of an account at a gateway of China Mobile, or at one that speaks its protocol."""

from dataclasses import dataclass

from channels.config import setting
from channels.sms.cmpp.fields import Version
from channels.sms.config import common_problems, country_setting, in_doubt_setting, optout_setting

VERSIONS = {"2.0": Version.V20, "3.0": Version.V30}
UDH8, UDH16 = "udh8", "udh16"
BY_US, BY_CARRIER = "us", "carrier"
CHECKED, IGNORED = "checked", "ignored"

_CHOICES = {
    "version": tuple(VERSIONS),
    "signature_by": (BY_US, BY_CARRIER),
    "long_messages": (UDH8, UDH16),
    "gateway_proof": (CHECKED, IGNORED),
}

_BOUNDS = {
    "port": (1, 65535),
    "window": (1, 1000),
    "max_segments": (1, 255),
    "keep_alive": (1, 3600),
    "answer_within": (1, 600),
}

_LENGTHS = {"source_addr": (6, 6), "service_id": (0, 10), "src_id": (1, 21), "fee_type": (2, 2), "fee_code": (0, 6)}
"""Characters, from the fields of SUBMIT."""


@dataclass(frozen=True, kw_only=True)
class CmppConfig:
    """One connection of a service provider (SP), with one access number and one signature."""

    host: str = setting("Name or address of the gateway (ISMG)")
    port: str = setting("Its port", default="7890")
    version: str = setting("The CMPP it speaks: 2.0 or 3.0", default="2.0")
    source_addr: str = setting("Number of the service provider, six digits (SP_Id, 企业代码)", example="901234")
    secret: str = setting("Shared secret of the connection (共享密钥)", secret=True)
    service_id: str = setting("Code of the service (Service_Id, 业务代码)", default="")
    src_id: str = setting("Access number that customers see and answer (Src_Id, 接入号)")
    signature: str = setting("Registered signature, without its brackets (签名)")
    signature_by: str = setting("Who puts it before each message: us, or the carrier", example="us")
    long_messages: str = setting("Header of the pieces of a long text: udh8, or udh16 for a longer one", default=UDH8)
    max_segments: str = setting("Short messages that one long text may become", default="10")
    window: str = setting("Messages on their way at once; the carrier says how many", default="16")
    keep_alive: str = setting("Seconds between signs of life (ACTIVE_TEST)", default="30")
    answer_within: str = setting("Seconds after which an answer is missing", default="60")
    fee_type: str = setting("Category of the fee (FeeType): 01 costs customers nothing", default="01")
    fee_code: str = setting("Fee in fen (FeeCode)", default="000000")
    gateway_proof: str = setting(
        "Whether the gateway must prove that it knows the secret: checked, or ignored", default=CHECKED
    )
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
                f"{name}: {least} to {most} letters or digits": _is_code(getattr(self, name), least, most)
                for name, (least, most) in _LENGTHS.items()
            },
            "signature: leave out the brackets 【】": not set("【】") & set(self.signature),
            **common_problems(self),
        }
        return [problem for problem, fine in checks.items() if not fine]


def _is_within(written: str, low: int, high: int) -> bool:
    return written.isdecimal() and low <= int(written) <= high


def _is_code(written: str, least: int, most: int) -> bool:
    return least <= len(written) <= most and (not written or (written.isascii() and written.isprintable()))
