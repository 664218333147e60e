"""Errors that say who must act. Sending fails in few ways; `retry` and `fault` decide what happens next."""

from datetime import timedelta
from enum import StrEnum
from typing import ClassVar


class Fault(StrEnum):
    """Who must act on a failed sending."""

    PROVIDER = "provider"
    NOBODY = "nobody"
    CONTENT = "content"
    CUSTOMER = "customer"
    OPERATOR = "operator"
    HUILIU = "huiliu"


class SendError(Exception):
    """A part was not accepted by the provider.

    `code` and the message are the provider's own words, shown to the agent.
    """

    kind: ClassVar[str]
    retry: ClassVar[bool] = False
    fault: ClassVar[Fault]

    def __init__(self, text: str = "", *, code: str = "") -> None:
        super().__init__(text or (type(self).__doc__ or "").partition("\n")[0])
        self.code = code


class ProviderUnavailable(SendError):
    """The provider could not be reached or said it is down; nothing was taken over."""

    kind = "provider_unavailable"
    retry = True
    fault = Fault.PROVIDER


class Throttled(SendError):
    """The provider asks us to slow down."""

    kind = "throttled"
    retry = True
    fault = Fault.NOBODY

    def __init__(self, text: str = "", *, code: str = "", after: timedelta = timedelta(seconds=30)) -> None:
        super().__init__(text, code=code)
        self.after = after


class UnknownOutcome(SendError):
    """The request left, no answer came: nobody can know whether the customer got it."""

    kind = "unknown_outcome"
    fault = Fault.PROVIDER


class WindowClosed(SendError):
    """The provider lets us write only for a time after the customer did, and that time or quota is over."""

    kind = "window_closed"
    fault = Fault.NOBODY


class Rejected(SendError):
    """The provider refuses this content or this recipient for good."""

    kind = "rejected"
    fault = Fault.CONTENT


class OptedOut(SendError):
    """The customer does not want to be written to here."""

    kind = "opted_out"
    fault = Fault.CUSTOMER


class TooOften(SendError):
    """No person wrote this, and the customer was sent enough of that for now."""

    kind = "too_often"
    fault = Fault.NOBODY


class Overtaken(SendError):
    """The customer saw it another way before it was sent."""

    kind = "overtaken"
    fault = Fault.NOBODY


class Misconfigured(SendError):
    """The account's credentials or settings are wrong; an operator must repair them."""

    kind = "misconfigured"
    fault = Fault.OPERATOR


class NotSendable(SendError):
    """This channel cannot carry this content; we should not have tried."""

    kind = "not_sendable"
    fault = Fault.HUILIU


SEND_ERRORS: tuple[type[SendError], ...] = (
    ProviderUnavailable,
    Throttled,
    UnknownOutcome,
    WindowClosed,
    Rejected,
    OptedOut,
    TooOften,
    Overtaken,
    Misconfigured,
    NotSendable,
)


class InboundError(Exception):
    """Something that came in cannot be taken; the provider is told so and nothing is written."""


class SignatureInvalid(InboundError):
    """The request does not prove that it comes from the provider."""


class PayloadUnreadable(InboundError):
    """The request is signed but makes no sense."""
