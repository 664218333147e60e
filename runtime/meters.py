"""Intake's and delivery's counts, kept for Prometheus."""

from runtime.metrics import Metrics


class Meters:
    """Fills the figures of `Metrics` (`exchange.meters.IntakeMeters` and `DeliveryMeters`)."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def batch(self, requests: int, seconds: float) -> None:
        """One intake transaction was committed."""
        self._metrics.intake_batch.observe(requests)
        self._metrics.intake_seconds.observe(seconds)

    def received(self, kind: str, outcome: str, count: int) -> None:
        """News of one channel kind came in."""
        if count:
            self._metrics.received.labels(kind, outcome).inc(count)

    def sent(self, kind: str, result: str, seconds: float) -> None:
        """One part was handed to a channel."""
        self._metrics.deliveries.labels(kind, result).inc()
        self._metrics.delivery_seconds.labels(kind).observe(seconds)
