"""What Twilio's codes mean for us: one table, from twilio.com/docs/api/errors."""

from datetime import timedelta

from conversations.errors import (
    Misconfigured,
    OptedOut,
    ProviderUnavailable,
    Rejected,
    SendError,
    Throttled,
    UnknownOutcome,
)

UNSUBSCRIBED = "21610"
"""The customer sent STOP to this number."""

_ERRORS: dict[str, tuple[type[SendError], str]] = {
    "10001": (Misconfigured, "The account is not active"),
    "20003": (Misconfigured, "Twilio does not accept the auth_token"),
    "20005": (Misconfigured, "The account is not active"),
    "20006": (Misconfigured, "The account may not do this"),
    "20404": (Misconfigured, "Twilio does not know the account_sid"),
    "20429": (Throttled, "Twilio asks us to slow down"),
    "20500": (UnknownOutcome, "Twilio has an error of its own"),
    "20503": (ProviderUnavailable, "Twilio is not available"),
    "21211": (Rejected, "Twilio does not take this phone number"),
    "21212": (Misconfigured, "Twilio does not take the from_number"),
    "21214": (Rejected, "This phone number cannot be reached"),
    "21217": (Rejected, "Twilio does not take this phone number"),
    "21265": (Rejected, "This number is a short code, which receives nothing"),
    "21266": (Rejected, "This number is our own"),
    "21408": (Misconfigured, "The account does not send to this country: allow it under Geo permissions"),
    "21601": (Misconfigured, "The from_number cannot send short messages"),
    "21602": (Rejected, "The text is empty"),
    "21603": (Misconfigured, "The from_number is missing"),
    "21604": (Rejected, "The customer's number is missing"),
    "21605": (Rejected, "The text is too long"),
    "21606": (Misconfigured, "The from_number is not the account's, or cannot send short messages"),
    "21608": (Misconfigured, "A trial account writes to verified numbers alone"),
    "21609": (Misconfigured, "Twilio does not take the webhook_url"),
    UNSUBSCRIBED: (OptedOut, "The customer has sent STOP"),
    "21611": (Throttled, "Too many messages of this from_number are waiting"),
    "21612": (Rejected, "This phone number cannot be reached from the from_number"),
    "21614": (Rejected, "This is not the number of a mobile phone"),
    "21616": (Misconfigured, "The from_number is more than one number of the account's"),
    "21617": (Rejected, "The text has more than 1,600 characters"),
    "21619": (Rejected, "The text is empty"),
    "21620": (Misconfigured, "Twilio cannot fetch the file: the webhook_url leads it to another place than here"),
    "21635": (Rejected, "This is the number of a land line"),
    "21659": (Misconfigured, "The from_number is not the account's"),
    "21660": (Misconfigured, "The from_number is not the account's"),
    "21701": (Misconfigured, "Twilio does not know the messaging_service_sid"),
    "21703": (Misconfigured, "The Messaging Service has no numbers"),
    "21704": (Misconfigured, "The Messaging Service has no numbers"),
    "21705": (Misconfigured, "Twilio does not know the messaging_service_sid"),
    "21730": (ProviderUnavailable, "Twilio is under maintenance"),
    "30001": (Throttled, "Too many messages are waiting"),
    "30002": (Misconfigured, "The account is suspended"),
    "30022": (Throttled, "The network's limit for the campaign is reached"),
    "30032": (Misconfigured, "The toll-free from_number is not verified"),
    "30034": (Misconfigured, "The from_number is not registered for A2P 10DLC"),
    "63018": (Throttled, "Twilio asks us to slow down"),
}


def error_of(code: str, message: str, status: int) -> SendError:
    """The error that a code stands for; one that is not in the table is a refusal, unless the HTTP status says more."""
    unknown = (ProviderUnavailable, "Twilio is down") if status >= 500 else (Rejected, "Twilio refused")
    kind, meaning = _ERRORS.get(code, unknown)
    text = f"{meaning} ({code} {message})"
    if kind is Throttled:
        return Throttled(text, code=code, after=timedelta(seconds=30))
    return kind(text, code=code)
