"""Figures of a process for Prometheus. Made once, handed to whoever counts something."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

_QUICK = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
_SLOW = (0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_SIZES = (1, 2, 5, 10, 20, 50, 100, 200, 500)


class Metrics:
    """All figures, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.received = Counter(
            "huiliu_messages_received",
            "What came in, by channel kind and outcome: stored, duplicate, quarantined or refused.",
            ("kind", "outcome"),
            registry=self.registry,
        )
        self.intake_batch = Histogram(
            "huiliu_intake_batch_events",
            "Inbound events written in one transaction.",
            buckets=_SIZES,
            registry=self.registry,
        )
        self.intake_seconds = Histogram(
            "huiliu_intake_commit_seconds",
            "Time to commit one batch of inbound events.",
            buckets=_QUICK,
            registry=self.registry,
        )
        self.deliveries = Counter(
            "huiliu_deliveries",
            "Attempts to send a part, by channel kind and result: accepted or the kind of error.",
            ("kind", "result"),
            registry=self.registry,
        )
        self.delivery_seconds = Histogram(
            "huiliu_delivery_seconds",
            "Time a provider took to answer one attempt.",
            ("kind",),
            buckets=_SLOW,
            registry=self.registry,
        )
        self.outbox = Gauge(
            "huiliu_outbox_parts",
            "Parts that are not at their end yet, by state.",
            ("state",),
            registry=self.registry,
        )
        self.waiting = Gauge(
            "huiliu_conversations_waiting",
            "Conversations in a queue without an agent, by queue.",
            ("queue",),
            registry=self.registry,
        )
        self.router_leader = Gauge(
            "huiliu_router_leader",
            "1 in the process whose router decides.",
            registry=self.registry,
        )
        self.event_lag = Gauge(
            "huiliu_event_lag_seconds",
            "Age of the newest event when this process passed it on.",
            registry=self.registry,
        )
        self.sockets = Gauge(
            "huiliu_sockets",
            "Open sockets, by what they serve: console or webchat.",
            ("kind",),
            registry=self.registry,
        )
        self.http_seconds = Histogram(
            "huiliu_http_request_seconds",
            "Time to answer an HTTP request, by route and status.",
            ("method", "route", "status"),
            buckets=_QUICK,
            registry=self.registry,
        )

    def page(self) -> bytes:
        """The figures as Prometheus reads them: text, version 0.0.4."""
        return generate_latest(self.registry)
