"""Values as people write them in settings: each function reads one kind, or raises ValueError saying what is wanted."""

import ipaddress
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import time, timedelta
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True)
class QuietHours:
    """When nobody is written to first, by the contact's own clock. A span whose end is earlier runs past midnight."""

    spans: tuple[tuple[time, time], ...] = ()


def path(text: str) -> Path:
    """A folder, absolute from now on, so that a later change of directory does not move it."""
    return Path(text).expanduser().absolute()


def choice(*allowed: str) -> Callable[[str], str]:
    """One of a few words."""

    def parse(text: str) -> str:
        if text not in allowed:
            raise ValueError(f"must be one of {', '.join(allowed)}")
        return text

    return parse


_SWITCH = dict.fromkeys(("1", "true", "yes", "on"), True) | dict.fromkeys(("", "0", "false", "no", "off"), False)


def switch(text: str) -> bool:
    """Yes or no."""
    if text.lower() not in _SWITCH:
        raise ValueError("must be yes or no")
    return _SWITCH[text.lower()]


def port(text: str) -> int:
    """A TCP port."""
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise ValueError("must be a port from 1 to 65535")
    return int(text)


def port_or_none(text: str) -> int:
    """A TCP port, or 0 for none."""
    return 0 if text == "0" else port(text)


_DURATION = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?")


def duration(text: str) -> timedelta:
    """A length of time: `90s`, `5m`, `1h30m`, `3d`."""
    match = _DURATION.fullmatch(text)
    if not text or not match:
        raise ValueError("must be a duration such as 90s, 5m, 2h, 1h30m or 3d")
    days, hours, minutes, seconds = (int(digits or 0) for digits in match.groups())
    return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)


_UNITS = {"": 1, "KB": 1024, "MB": 1024**2}
_SIZE = re.compile(r"(\d+) ?([A-Z]*)")


def size(text: str) -> int:
    """A number of bytes: `65536`, `512 KB`, `20 MB`."""
    match = _SIZE.fullmatch(text.upper())
    if not match or match[2] not in _UNITS or int(match[1]) == 0:
        raise ValueError("must be a size such as 512 KB or 20 MB")
    return int(match[1]) * _UNITS[match[2]]


def url(*schemes: str) -> Callable[[str], str]:
    """An address with one of these schemes, or nothing."""
    beginnings = tuple(f"{scheme}://" for scheme in schemes)

    def parse(text: str) -> str:
        if text and (text in beginnings or not text.startswith(beginnings)):
            raise ValueError(f"must begin with {' or '.join(beginnings)}")
        return text

    return parse


def public_url(text: str) -> str:
    """The address of a site without a final slash, or nothing."""
    parts = urlsplit(text)
    if text and (parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment):
        raise ValueError("must be an address such as https://chat.example.com")
    return text.rstrip("/")


def key(text: str) -> str:
    """A secret long enough to sign with, or nothing."""
    if text and len(text) < 32:
        raise ValueError("must have at least 32 characters")
    return text


def time_zone(text: str) -> str:
    """A time zone of the IANA list."""
    try:
        return ZoneInfo(text).key
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError("must be a name of the IANA list such as Asia/Shanghai") from error


def quiet_hours(text: str) -> QuietHours:
    """Spans of the day: `21:00-09:00,12:00-13:30`, or none."""
    return QuietHours(tuple(map(_span, _list(text))))


def _span(text: str) -> tuple[time, time]:
    try:
        start, end = map(time.fromisoformat, text.split("-"))
    except ValueError as error:
        raise ValueError("must be spans such as 21:00-09:00, separated by commas, or empty") from error
    if start == end:
        raise ValueError(f"the span {text} begins where it ends")
    return start, end


def networks(text: str) -> tuple[Network, ...]:
    """IP addresses and networks: `10.0.0.0/8,192.0.2.7`, or none."""
    try:
        return tuple(map(ipaddress.ip_network, _list(text)))
    except ValueError as error:
        raise ValueError("must be addresses or networks such as 10.0.0.0/8, separated by commas") from error


def _list(text: str) -> Iterator[str]:
    return filter(None, map(str.strip, text.split(",")))
