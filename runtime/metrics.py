"""Figures of a process for Prometheus. Made once, handed to whoever counts something."""

from functools import partial

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

_QUICK = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
_SLOW = (0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_SIZES = (1, 2, 5, 10, 20, 50, 100, 200, 500)


class Metrics:
    """All figures, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        counter = partial(Counter, namespace="huiliu", registry=self.registry)
        gauge = partial(Gauge, namespace="huiliu", registry=self.registry)
        histogram = partial(Histogram, namespace="huiliu", registry=self.registry)

        self.received = counter(
            "messages_received", "What came in: stored, duplicate, quarantined or refused.", ("kind", "outcome")
        )
        self.intake_batch = histogram("intake_batch_events", "Events written in one transaction.", buckets=_SIZES)
        self.intake_seconds = histogram("intake_commit_seconds", "Time to commit one batch.", buckets=_QUICK)

        self.deliveries = counter(
            "deliveries", "Attempts to send a part: accepted, or the kind of error.", ("kind", "result")
        )
        self.delivery_seconds = histogram(
            "delivery_seconds", "Time a provider took to answer one attempt.", ("kind",), buckets=_SLOW
        )
        self.outbox = gauge("outbox_parts", "Parts that are not at their end yet.", ("state",))

        self.waiting = gauge("conversations_waiting", "Conversations in a queue without an agent.", ("queue",))
        self.router_leader = gauge("router_leader", "1 in the process whose router decides.")
        self.event_lag = gauge("event_lag_seconds", "Age of the newest event when this process passed it on.")

        self.sockets = gauge("sockets", "Open sockets: console or webchat.", ("kind",))
        self.http_seconds = histogram(
            "http_request_seconds", "Time to answer a request.", ("method", "route", "status"), buckets=_QUICK
        )

    def page(self) -> bytes:
        """The figures as Prometheus reads them: text, version 0.0.4."""
        return generate_latest(self.registry)
