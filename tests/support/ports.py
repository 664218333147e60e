"""Ports of servers that are told theirs before they start."""

import os
import random
import socket
from contextlib import closing
from itertools import cycle

_WORKERS = 16
_WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % _WORKERS

PORTS = range(20_000, 32_000)[_WORKER::_WORKERS]
"""Each worker has its own, below those that the kernel gives to outgoing connections: one of them could take a port
between the moment it is chosen and the moment its server listens, or while its killed owner is away."""

_choices = cycle(random.sample(PORTS, len(PORTS)))


def free_port() -> int:
    """A port on which nobody listens, and that nobody was given for as long as there were others."""
    return next(port for port in _choices if _is_free(port))


def _is_free(port: int) -> bool:
    with closing(socket.socket()) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("", port))
        except OSError:
            return False
        return True
