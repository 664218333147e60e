"""What intake and delivery count; `runtime.meters` counts it for Prometheus."""

from typing import Protocol


class IntakeMeters(Protocol):
    """Counts what came in."""

    def batch(self, requests: int, seconds: float) -> None:
        """One transaction was committed for so many requests."""

    def received(self, kind: str, outcome: str, count: int) -> None:
        """News of one channel kind were `stored`, `duplicate` or `quarantined`."""


class DeliveryMeters(Protocol):
    """Counts what went out."""

    def sent(self, kind: str, result: str, seconds: float) -> None:
        """One part was handed to a channel of this kind; `result` is `accepted` or the kind of error."""
