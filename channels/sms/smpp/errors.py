"""What a message centre's `command_status` means for us: one table, from chapter 5.1.3 of the specification."""

from collections.abc import Mapping
from datetime import timedelta

from conversations.errors import Misconfigured, ProviderUnavailable, Rejected, SendError, Throttled

_ERRORS: Mapping[int, tuple[type[SendError], str, str]] = {
    0x01: (Rejected, "ESME_RINVMSGLEN", "The message has a length that the centre does not take"),
    0x02: (Rejected, "ESME_RINVCMDLEN", "The request has a length that the centre does not take"),
    0x03: (Misconfigured, "ESME_RINVCMDID", "The login may not send"),
    0x04: (ProviderUnavailable, "ESME_RINVBNDSTS", "The session is not open for sending"),
    0x06: (Rejected, "ESME_RINVPRTFLG", "The centre does not take this priority"),
    0x07: (Misconfigured, "ESME_RINVREGDLVFLG", "The login may not ask for receipts"),
    0x08: (ProviderUnavailable, "ESME_RSYSERR", "The centre has an error of its own"),
    0x0A: (Misconfigured, "ESME_RINVSRCADR", "The centre does not take the source address"),
    0x0B: (Rejected, "ESME_RINVDSTADR", "The centre does not take this phone number"),
    0x14: (Throttled, "ESME_RMSGQFUL", "The centre's queue is full"),
    0x15: (Misconfigured, "ESME_RINVSERTYP", "The centre does not know the service type"),
    0x43: (Misconfigured, "ESME_RINVESMCLASS", "The centre takes no headers; choose another way for long_messages"),
    0x45: (Rejected, "ESME_RSUBMITFAIL", "The centre could not take the message"),
    0x48: (Misconfigured, "ESME_RINVSRCTON", "The centre does not take source_ton"),
    0x49: (Misconfigured, "ESME_RINVSRCNPI", "The centre does not take source_npi"),
    0x50: (Misconfigured, "ESME_RINVDSTTON", "The centre does not take destination_ton"),
    0x51: (Misconfigured, "ESME_RINVDSTNPI", "The centre does not take destination_npi"),
    0x58: (Throttled, "ESME_RTHROTTLED", "The centre asks us to slow down"),
    0x64: (ProviderUnavailable, "ESME_RX_T_APPN", "The centre cannot take messages for a while"),
    0x65: (Rejected, "ESME_RX_P_APPN", "The centre refuses the message for good"),
    0x66: (Rejected, "ESME_RX_R_APPN", "The centre refuses the message"),
    0xC0: (Misconfigured, "ESME_RINVOPTPARSTREAM", "The centre cannot read optional parameters; choose udh8"),
    0xC1: (Misconfigured, "ESME_ROPTPARNOTALLWD", "The centre takes no optional parameters; choose udh8"),
    0xC2: (Misconfigured, "ESME_RINVPARLEN", "The centre cannot read optional parameters; choose udh8"),
    0xC3: (Rejected, "ESME_RMISSINGOPTPARAM", "The centre misses an optional parameter"),
    0xC4: (Misconfigured, "ESME_RINVOPTPARAMVAL", "The centre cannot read optional parameters; choose udh8"),
    0xFE: (Rejected, "ESME_RDELIVERYFAILURE", "The message could not be delivered"),
    0xFF: (Rejected, "ESME_RUNKNOWNERR", "The centre does not say why"),
}

_BIND_ERRORS: Mapping[int, tuple[type[SendError], str, str]] = {
    0x05: (ProviderUnavailable, "ESME_RALYBND", "The centre believes that our last session still lasts"),
    0x0D: (
        Misconfigured,
        "ESME_RBINDFAIL",
        "The centre refuses the login: check system_id, password, system_type and bind_mode, and whether the carrier "
        "admits this server's address and as many sessions as there are gateways and workers",
    ),
    0x0E: (Misconfigured, "ESME_RINVPASWD", "The centre does not take the password; set it to the one you were given"),
    0x0F: (Misconfigured, "ESME_RINVSYSID", "The centre does not know the system_id; set it to the one you were given"),
    0x53: (Misconfigured, "ESME_RINVSYSTYP", "The centre does not know the system_type; empty it, or ask the carrier"),
}
"""What is answered to a bind alone, or means something else there."""

_PAUSES = {0x58: timedelta(seconds=1), 0x14: timedelta(seconds=30)}
"""A centre that throttles counts by the second."""


def error_of(status: int) -> SendError:
    """The error that a status stands for; one of the carrier's own is a refusal."""
    kind, name, meaning = _ERRORS.get(status, (Rejected, "", "The centre refused the message"))
    text = f"{meaning} ({name} 0x{status:02X})" if name else f"{meaning} (0x{status:08X})"
    if kind is Throttled:
        return Throttled(text, code=name, after=_PAUSES[status])
    return kind(text, code=name or f"0x{status:08X}")


def bind_error_of(status: int) -> SendError:
    """The error that a status stands for in the answer to a bind."""
    if status not in _BIND_ERRORS:
        return (
            error_of(status) if status in _ERRORS else Misconfigured(f"The centre refuses the login (0x{status:08X})")
        )
    kind, name, meaning = _BIND_ERRORS[status]
    return kind(f"{meaning} ({name})", code=name)
