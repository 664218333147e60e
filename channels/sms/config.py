"""Settings that all accounts for short messages have."""

from typing import Any, Protocol

from phonenumbers import SUPPORTED_REGIONS

from channels.config import setting

ONCE, AGAIN = "once", "again"

MAINLAND = "CN"
"""Where the seven-bit alphabet is charged as UCS-2."""


class SmsConfig(Protocol):
    """What is common to the settings of all providers."""

    @property
    def country(self) -> str:
        """See `country_setting`."""

    @property
    def in_doubt(self) -> str:
        """See `in_doubt_setting`."""


def country_setting(default: str = "CN") -> Any:
    """The market: how numbers are read, which words mean to leave."""
    return setting(
        "Country of numbers without a country code, and of the words that customers leave with", default=default
    )


def in_doubt_setting() -> Any:
    """Providers of short messages recognise no repetition, so that somebody must choose."""
    return setting(
        "A message whose outcome is unknown is sent once (nobody pays or reads it twice) or again (it surely arrives)",
        default=ONCE,
    )


def optout_setting() -> Any:
    """Promotions name a word to reply with; some name one of their own."""
    return setting("More words that mean: no more messages; separated by commas", default="")


def common_problems(config: SmsConfig) -> dict[str, bool]:
    """Each problem there may be, and whether it is fine."""
    return {
        f"country: {config.country!r} is not a country of ISO 3166": config.country in SUPPORTED_REGIONS,
        f"in_doubt: {config.in_doubt!r} is neither {ONCE} nor {AGAIN}": config.in_doubt in (ONCE, AGAIN),
    }
