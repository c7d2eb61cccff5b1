"""What Prometheus reads of the API. Names and units are its conventions, every label has a bound.

Services know nothing of it: they keep plain counters, which are read when a scrape comes.
"""

from collections.abc import Callable, Mapping

from prometheus_client import Counter as PrometheusCounter
from prometheus_client import (
    Histogram,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.exposition import choose_encoder

from shared.adapters.observability.prometheus import (
    OTHER,
    Labelled,
    ReadFamily,
    bounded,
    by_label,
    process_registry,
)
from shared.domain.operations.statistics import Backlog

REQUEST_SECONDS = (
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0,
)  # fmt: skip
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class ApiMetrics:
    """One API process's metrics."""

    def __init__(self) -> None:
        self._registry = process_registry()
        self._requests = Histogram(
            "inkdex_http_request_duration_seconds",
            "Requests from their first byte until their answer was sent.",
            ["method", "route", "status"],
            buckets=REQUEST_SECONDS,
            registry=self._registry,
        )
        self._searches = Histogram(
            "inkdex_search_duration_seconds",
            "Searches by mode, and of each the parts: embed, query and total.",
            ["mode", "part"],
            buckets=REQUEST_SECONDS,
            registry=self._registry,
        )
        self._degraded = PrometheusCounter(
            "inkdex_searches_degraded",
            "Searches answered by words alone, for the model server did not answer.",
            registry=self._registry,
        )
        self._up: Mapping[str, bool] = {}
        self._backlog: Backlog | None = None
        self._watch_system()

    def requested(self, method: str, route: str | None, status: int, seconds: float) -> None:
        """Count a request that was answered; `route` is its template."""
        labels = bounded(method, METHODS), route or OTHER, f"{status // 100}xx"
        self._requests.labels(*labels).observe(seconds)

    def searched(self, mode: str, parts: Mapping[str, float], *, degraded: bool) -> None:
        """Count a search that was answered; `parts` are in seconds."""
        for part, seconds in parts.items():
            self._searches.labels(mode, part).observe(seconds)
        if degraded:
            self._degraded.inc()

    def count(
        self, name: str, help_: str, labels: tuple[str, ...], read: Callable[[], Labelled]
    ) -> None:
        """Show a counter that somebody else keeps; `read` gives its values by their labels."""
        self._registry.register(ReadFamily(CounterMetricFamily, name, help_, labels, read))

    def gauge(
        self, name: str, help_: str, labels: tuple[str, ...], read: Callable[[], Labelled]
    ) -> None:
        """Show a gauge likewise; what `read` leaves out is absent."""
        self._registry.register(ReadFamily(GaugeMetricFamily, name, help_, labels, read))

    def exposition(
        self, up: Mapping[str, bool], backlog: Backlog | None, accept: str
    ) -> tuple[bytes, str]:
        """Return the page, with these gauges of the whole system, and its content type."""
        self._up, self._backlog = up, backlog
        encode, content_type = choose_encoder(accept)
        return encode(self._registry), content_type

    def _watch_system(self) -> None:
        self.gauge(
            "inkdex_up",
            "Whether a part of the system answers: 1 or 0.",
            ("part",),
            lambda: {(part,): float(ok) for part, ok in self._up.items()},
        )
        for name, help_, labels, read in _OF_BACKLOG:
            self.gauge(name, help_, labels, self._of_backlog(read))

    def _of_backlog(self, read: Callable[[Backlog], Labelled]) -> Callable[[], Labelled]:
        return lambda: read(self._backlog) if self._backlog else {}


_OF_BACKLOG: list[tuple[str, str, tuple[str, ...], Callable[[Backlog], Labelled]]] = [
    (
        "inkdex_jobs_pending",
        "Documents that wait for their embedding or are being embedded.",
        ("lane",),
        lambda backlog: by_label(backlog.pending),
    ),
    (
        "inkdex_jobs_oldest_seconds",
        "How long the longest waiting of them has been pending.",
        ("lane",),
        lambda backlog: by_label(backlog.oldest_seconds),
    ),
    (
        "inkdex_documents_failed",
        "Documents whose last attempt failed.",
        (),
        lambda backlog: {(): backlog.failed},
    ),
    (
        "inkdex_documents_ready_last_minute",
        "Documents announced as ready in the last minute, edits of metadata among them.",
        (),
        lambda backlog: {(): backlog.ready_last_minute},
    ),
    (
        "inkdex_workers",
        "Workers that showed a sign of life in the last ten seconds.",
        (),
        lambda backlog: {(): backlog.workers},
    ),
    (
        "inkdex_workers_paused",
        "Those of them that claim no work, by reason.",
        ("reason",),
        lambda backlog: by_label(backlog.workers_paused),
    ),
    (
        "inkdex_webhooks_failing",
        "Webhooks whose last delivery failed, or that are paused for their receiver is gone.",
        (),
        lambda backlog: {(): backlog.webhooks_failing},
    ),
]
