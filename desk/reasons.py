"""Reasons that people give: what supervisors do to others is never done without one."""

from desk.errors import Refused


def demanded(reason: str) -> str:
    """The reason, if there is one. Raises `Refused`."""
    if not reason:
        raise Refused("Say why; it is kept with your name.")
    return reason
