"""The network guard: a test that leaves this machine fails, even when the code under test swallows the refusal."""

import ipaddress
import socket
import sys
from typing import Any

attempts: list[str] = []


class NetworkForbidden(OSError):
    """A test tried to reach another machine."""


def _is_here(host: object) -> bool:
    name = host.decode() if isinstance(host, bytes) else str(host or "localhost")
    try:
        return ipaddress.ip_address(name.partition("%")[0]).is_loopback
    except ValueError:
        return name == "localhost"


def _is_address(host: object) -> bool:
    try:
        return bool(ipaddress.ip_address(str(host)))
    except ValueError:
        return False


def _destination(event: str, arguments: tuple[Any, ...]) -> object:
    """The host that this event is about to reach; None for what stays on the machine by its nature."""
    if event == "socket.getaddrinfo":
        return None if _is_address(arguments[0]) else arguments[0]
    if event in ("socket.connect", "socket.sendto"):
        sock, address = arguments
        return address[0] if sock.family in (socket.AF_INET, socket.AF_INET6) else None
    return None


def _guard(event: str, arguments: tuple[Any, ...]) -> None:
    if not event.startswith("socket."):
        return
    host = _destination(event, arguments)
    if not _is_here(host):
        attempts.append(str(host))
        raise NetworkForbidden(f"tests stay on this machine, and this one asks for {host}")


def install() -> None:
    """Watch this process from now on; an audit hook cannot be taken off again."""
    sys.addaudithook(_guard)
