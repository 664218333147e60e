"""What aiogram's errors mean for us: one table. Telegram has few codes, and says the rest in words."""

from datetime import timedelta

from aiogram.exceptions import (
    RestartingTelegram,
    TelegramAPIError,
    TelegramBadRequest,
    TelegramConflictError,
    TelegramEntityTooLarge,
    TelegramForbiddenError,
    TelegramMigrateToChat,
    TelegramNetworkError,
    TelegramNotFound,
    TelegramRetryAfter,
    TelegramServerError,
    TelegramUnauthorizedError,
)

from conversations.errors import Misconfigured, OptedOut, ProviderUnavailable, Rejected, SendError, Throttled

ERRORS: dict[type[TelegramAPIError], tuple[type[SendError], str, str]] = {
    TelegramAPIError: (Rejected, "", "Telegram refuses"),
    TelegramBadRequest: (Rejected, "400", "Telegram refuses"),
    TelegramUnauthorizedError: (Misconfigured, "401", "Telegram does not accept the bot_token: ask BotFather for it"),
    TelegramForbiddenError: (OptedOut, "403", "Telegram does not let the bot write to this customer"),
    TelegramNotFound: (Misconfigured, "404", "Telegram knows no bot with this bot_token: ask BotFather for it"),
    TelegramConflictError: (
        Misconfigured,
        "409",
        "The bot's updates go elsewhere: call deleteWebhook, end the other program, or set mode to webhook",
    ),
    TelegramEntityTooLarge: (Rejected, "413", "Telegram does not take a file of this size"),
    TelegramMigrateToChat: (Rejected, "400", "The group has another number now"),
    TelegramNetworkError: (ProviderUnavailable, "", "Telegram cannot be reached"),
    TelegramRetryAfter: (Throttled, "429", "Telegram asks us to slow down"),
    TelegramServerError: (ProviderUnavailable, "500", "Telegram has an error of its own"),
    RestartingTelegram: (ProviderUnavailable, "500", "Telegram restarts"),
}


def error_of(error: TelegramAPIError) -> SendError:
    """The error that Telegram's answer stands for, with Telegram's own words."""
    kind, code, meaning = ERRORS[type(error)]
    text = f"{meaning} ({error.message})"
    if isinstance(error, TelegramRetryAfter):
        return Throttled(text, code=code, after=timedelta(seconds=error.retry_after))
    return kind(text, code=code)
