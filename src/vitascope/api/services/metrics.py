"""What `GET /metrics` tells Prometheus: requests as they pass, jobs as the database has them."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from starlette.types import Scope

from vitascope.video import UNFINISHED, Status


class Metrics:
    """The server's own registry, so that two servers in one process do not collide."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "vitascope_requests",
            "Requests answered, by route, method and status.",
            ("route", "method", "status"),
            registry=self._registry,
        )
        self._duration = Histogram(
            "vitascope_request_seconds",
            "Time from a request's arrival to the end of its answer.",
            ("route",),
            registry=self._registry,
            buckets=(0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 30, 120),
        )
        self._jobs = Gauge(
            "vitascope_unfinished_videos",
            "Videos that wait or are worked on, by status.",
            ("status",),
            registry=self._registry,
        )
        self._workers = Gauge(
            "vitascope_workers", "Workers heard of within their lease.", registry=self._registry
        )

    def observe(self, scope: Scope, status: int, seconds: float) -> None:
        """Count one request. Paths that match no route share a label, so labels stay few."""
        route = getattr(scope.get("route"), "path", "(none)")
        self._requests.labels(route, scope["method"], str(status)).inc()
        self._duration.labels(route).observe(seconds)

    def render(self, *, jobs: dict[Status, int], workers: int) -> bytes:
        """The exposition text, with the given state of the queue."""
        for status in UNFINISHED:
            self._jobs.labels(status).set(jobs.get(status, 0))
        self._workers.set(workers)
        return generate_latest(self._registry)
