"""What a gateway's numbers and words mean for us.

Sources: CMPP 2.0, 7.4.1.2 and 7.4.3.2, gocmpp's connect.go and submit.go, and the list of China Mobile's codes at
csdndocs.com/article/3077136.
"""

from collections.abc import Mapping
from datetime import timedelta

from conversations.errors import (
    Misconfigured,
    OptedOut,
    ProviderUnavailable,
    Rejected,
    SendError,
    Throttled,
)

PAUSE = timedelta(seconds=5)
"""Flow control counts seconds."""

_CONNECT: Mapping[int, tuple[type[SendError], str]] = {
    1: (Misconfigured, "The gateway could not read our request: see whether it speaks the version that is set"),
    2: (Misconfigured, "The gateway does not know source_addr, or not at this server's IP address"),
    3: (Misconfigured, "The gateway does not accept the secret (or this server's clock is wrong)"),
    4: (Misconfigured, "The gateway speaks only an older version: set version to 2.0"),
}

_SUBMIT: Mapping[int, tuple[type[SendError], str]] = {
    1: (Rejected, "The gateway could not read the message"),
    2: (Misconfigured, "The gateway speaks another version than the one that is set"),
    3: (ProviderUnavailable, "The gateway has seen the message's number before"),
    4: (Rejected, "The message has a wrong length"),
    5: (Misconfigured, "The gateway does not accept fee_type or fee_code"),
    6: (Rejected, "The message is longer than the gateway allows"),
    7: (Misconfigured, "The gateway does not accept service_id"),
    8: (Throttled, "The gateway asks us to slow down"),
    9: (Rejected, "The gateway does not serve this number"),
    10: (Misconfigured, "The gateway does not accept src_id"),
    11: (Misconfigured, "The gateway does not accept source_addr as the author of messages"),
    12: (Misconfigured, "The gateway does not accept who is to pay"),
    13: (Rejected, "The gateway does not take this phone number"),
    51: (ProviderUnavailable, "The gateway has no connection with the network"),
    52: (ProviderUnavailable, "The gateway has no connection with the network"),
    53: (ProviderUnavailable, "The gateway could not hand the message on"),
    69: (OptedOut, "The number is on the carrier's black list"),
    77: (Throttled, "The gateway has more messages of ours than it allows"),
}

_STATS: Mapping[str, str] = {
    "EXPIRED": "The phone could not be reached in time",
    "DELETED": "The message was deleted",
    "UNDELIV": "The message could not be delivered",
    "REJECTD": "The network refused the message",
    "UNKNOWN": "The network does not know what became of the message",
    "MA": "The short message centre did not answer",
    "MB": "The short message centre refused the message",
    "MI": "The phone could not be reached in time",
    "MJ": "The short message centre deleted the message",
    "MK": "The message could not be delivered",
    "MM": "The short message centre does not know what became of the message",
    "MN": "The short message centre refused the message",
    "CA": "The network's accounting did not answer",
    "CB": "The network's accounting refused the message",
    "DA": "The network's service management did not answer",
    "DB": "The network's service management refused the message",
    "IA": "The gateway of the phone's region did not answer",
    "IB": "The gateway of the phone's region refused the message",
    "ID": "The gateway itself refused the message",
}
"""By the whole Stat, or by what stands before the colon of one with a number."""


def connect_error(status: int) -> SendError:
    """The error of a CONNECT that was refused."""
    unknown = (ProviderUnavailable, "The gateway takes no connection at the moment")
    kind, meaning = _CONNECT.get(status, unknown)
    return kind(f"{meaning} (status {status})", code=str(status))


def submit_error(result: int) -> SendError:
    """The error of a SUBMIT that was refused; one that is not in the table is a refusal for good."""
    kind, meaning = _SUBMIT.get(result, (Rejected, "The gateway refused the message"))
    text = f"{meaning} (result {result})"
    if kind is Throttled:
        return Throttled(text, code=str(result), after=PAUSE)
    return kind(text, code=str(result))


def stat_meaning(stat: str) -> str:
    """A sentence for a report's Stat, for those that need one."""
    return _STATS.get(stat) or _STATS.get(stat.partition(":")[0], "")
