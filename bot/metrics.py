"""What Prometheus can scrape at ``/metrics``; one registry per application."""

from collections.abc import Awaitable, Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route


class Metrics:
    """The counters and gauges; labels hold no customer data."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.events = Counter(
            "aftertouch_events", "Events handed in.", ["status"], registry=self.registry
        )
        self.acts = Counter(
            "aftertouch_acts", "Acts of customers.", ["channel"], registry=self.registry
        )
        self.deliveries = Counter(
            "aftertouch_deliveries",
            "Requests to platforms.",
            ["channel", "outcome"],
            registry=self.registry,
        )
        self.webhooks = Counter(
            "aftertouch_webhooks",
            "Requests to destinations of outgoing webhooks.",
            ["destination", "outcome"],
            registry=self.registry,
        )
        self.staff_messages = Counter(
            "aftertouch_staff_messages",
            "Requests to tell staff something.",
            ["kind", "outcome"],
            registry=self.registry,
        )
        self.lateness = Histogram(
            "aftertouch_lateness_seconds",
            "How long after its time due work was begun.",
            buckets=(0.05, 0.1, 0.5, 1, 5, 30, 300),
            registry=self.registry,
        )

        self.unsettled = Gauge(
            "aftertouch_unsettled",
            "Deliveries whose outcome nobody knows.",
            ["state"],
            registry=self.registry,
        )
        self.staff_unknown = Gauge(
            "aftertouch_staff_unknown",
            "Messages to staff of which nobody knows whether they arrived.",
            registry=self.registry,
        )
        self.dead_letters = Gauge(
            "aftertouch_dead_letters",
            "Incoming messages whose handling failed for good.",
            registry=self.registry,
        )
        self.held = Gauge(
            "aftertouch_sending_held",
            "1 while nothing but receipts goes out.",
            registry=self.registry,
        )

    def routes(self, look: Callable[[], Awaitable[object]] | None = None) -> list[Route]:
        """Return the scrape route; ``look`` brings the gauges up to date before each answer."""

        async def scrape(_: Request) -> Response:
            if look is not None:
                await look()
            return Response(generate_latest(self.registry), media_type=CONTENT_TYPE_LATEST)

        return [Route("/metrics", scrape)]
