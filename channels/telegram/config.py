"""Settings of a Telegram bot, as BotFather and `setWebhook` name them."""

import re
from dataclasses import dataclass
from enum import StrEnum

from channels.config import setting
from channels.http import is_web_address


class Mode(StrEnum):
    """How updates come: Telegram calls us, or we ask for them."""

    WEBHOOK = "webhook"
    POLLING = "polling"


UPDATE = "UPDATE"
"""The method of requests that we fetched ourselves; the gateway's door takes GET and POST only."""


class InDoubt(StrEnum):
    """What becomes of a message whose answer got lost."""

    ONCE = "once"
    AGAIN = "again"


@dataclass(frozen=True, kw_only=True)
class TelegramConfig:
    """One bot."""

    bot_token: str = setting(
        "Token that BotFather gave out, such as 123456:ABC-DEF…",
        secret=True,
        example="123456:ABC-DEF1234ghIkl-zyx57W2v1u123ew11",
    )
    mode: str = setting(
        "How updates come: webhook (Telegram calls, over HTTPS) or polling (we ask)", default=Mode.POLLING
    )
    webhook_secret: str = setting(
        "secret_token of setWebhook: 1 to 256 letters, digits, _ and -; only in webhook mode", default="", secret=True
    )
    in_doubt: str = setting(
        "A message whose outcome is unknown is sent once (nobody reads it twice) or again (it surely arrives)",
        default=InDoubt.ONCE,
    )
    api_url: str = setting("Address of the Bot API", default="https://api.telegram.org")

    def problems(self) -> list[str]:
        """What is wrong with these settings beyond being missing."""
        checks = {
            "bot_token: Telegram's tokens are digits, a colon and letters": _is(r"\d{1,20}:[\w-]+", self.bot_token),
            f"mode: {self.mode!r} is neither webhook nor polling": self.mode in set(Mode),
            "webhook_secret: webhook mode needs 1 to 256 letters, digits, _ and -": self.mode != Mode.WEBHOOK
            or _is(r"[\w-]{1,256}", self.webhook_secret),
            f"in_doubt: {self.in_doubt!r} is neither once nor again": self.in_doubt in set(InDoubt),
            f"api_url: {self.api_url!r} is not an http(s) address": is_web_address(self.api_url),
        }
        return [problem for problem, fine in checks.items() if not fine]


def _is(pattern: str, text: str) -> bool:
    return bool(re.fullmatch(pattern, text, re.ASCII))
