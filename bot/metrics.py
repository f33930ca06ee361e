"""What Prometheus can scrape at ``/metrics``; one registry per application."""

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route


class Metrics:
    """The counters; labels hold no customer data."""

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
        self.lateness = Histogram(
            "aftertouch_lateness_seconds",
            "How long after its time due work was begun.",
            buckets=(0.05, 0.1, 0.5, 1, 5, 30, 300),
            registry=self.registry,
        )

    def routes(self) -> list[Route]:
        """Return the scrape route."""

        async def scrape(_: Request) -> Response:
            return Response(generate_latest(self.registry), media_type=CONTENT_TYPE_LATEST)

        return [Route("/metrics", scrape)]
