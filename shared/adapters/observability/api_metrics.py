"""The Prometheus metrics of the API. Every label has a bounded set of values."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Literal

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import choose_encoder

from shared.adapters.observability import shared_metrics
from shared.adapters.observability.answer_metrics import AnswerMetrics
from shared.adapters.observability.prometheus import (
    DATABASE_CONNECTIONS,
    OTHER,
    BuildInfo,
    BusiestNames,
    bounded,
    process_registry,
)
from shared.adapters.observability.replica_metrics import ReplicaMetrics
from shared.adapters.observability.system_gauges import SystemGauges
from shared.domain.answers.events import Done, Failed
from shared.domain.answers.figures import RecentAnswers
from shared.domain.documents.document import Lane
from shared.domain.models.migration import Migration
from shared.domain.operations.pool_use import PoolUse
from shared.domain.operations.statistics import Backlog, PartHealth
from shared.domain.operations.targets import LatencyTargets
from shared.domain.refs import Tenant
from shared.ports.meters import ApiMeter

REQUEST_SECONDS = (
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0,
)  # fmt: skip
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

SEARCHES = frozenset({"/v1/search", "/v1/documents/{id}/similar", "/v1/embeddings"})
QUESTIONS = frozenset({"/v1/ask", "/v1/chat/completions"})
WRITING = frozenset({"POST", "PUT", "PATCH", "DELETE"})
READS = frozenset({"/v1/documents/states"})


class ApiMetrics(ApiMeter):
    """The metrics of one API process, and the page with those of all."""

    def __init__(
        self, recent_answers: RecentAnswers, targets: LatencyTargets, tenants_max: int
    ) -> None:
        folder = shared_metrics.folder()
        self._registry = CollectorRegistry() if folder else process_registry()
        self._page = shared_metrics.join(folder) if folder else self._registry
        self._system = SystemGauges(tenants_max)
        self._tenants = BusiestNames(tenants_max)
        self._page.register(self._system)
        self._page.register(BuildInfo())
        self._requests = self._histogram(
            "inkdex_http_request_duration_seconds",
            "Duration of requests, from the first byte to the end of the answer.",
            ["method", "route", "status"],
        )
        self._of_tenants = self._counter(
            "inkdex_tenant_requests",
            "Requests of the busiest tenants by kind: search, ask, write or other.",
            ["tenant", "kind", "status"],
        )
        self._written = self._counter(
            "inkdex_documents_written",
            "Accepted documents by lane, and whether their text is owed an embedding or unchanged.",
            ["lane", "embedding"],
        )
        self._listeners = self._gauge(
            "inkdex_event_listeners", "Connections to GET /v1/events.", "livesum"
        )
        self._connections = Gauge(
            *DATABASE_CONNECTIONS, ["state"], registry=self._registry, multiprocess_mode="livesum"
        )
        self._add_refusals()
        self._add_searches()
        self._recent_answers = recent_answers
        self._answers = AnswerMetrics(self._registry)
        self._replicas = ReplicaMetrics(self._registry)
        self._add_targets(targets)

    def _add_refusals(self) -> None:
        self._rate_limited = self._counter(
            "inkdex_requests_rate_limited",
            "Requests that were refused by a limit of their key: requests, bytes or tokens.",
            ["tenant", "limit"],
        )
        self._quota_exceeded = self._counter(
            "inkdex_quotas_exceeded",
            "Requests and imports that a quota of their tenant ended.",
            ["tenant", "quota"],
        )

    def _add_searches(self) -> None:
        self._searches = self._histogram(
            "inkdex_search_duration_seconds",
            "Duration of searches by mode, and of their parts: embed, query, rerank and total.",
            ["mode", "part"],
        )
        self._degraded = self._counter(
            "inkdex_searches_degraded",
            "Searches answered by words alone because the model server did not answer.",
        )
        self._reranked = self._counter(
            "inkdex_searches_reranked",
            "Uses of the reranker by outcome: complete, partial, or why no hit was scored.",
            ["outcome"],
        )
        self._query_vectors = self._counter(
            "inkdex_query_embeddings", "Query vectors by source.", ["source"]
        )
        self._query_breaker = self._gauge(
            "inkdex_query_breaker_open",
            "Whether searches do without the model server because it failed: 1 or 0.",
            "livemax",
        )

    def _add_targets(self, targets: LatencyTargets) -> None:
        gauge = Gauge(
            "inkdex_latency_target_seconds",
            "The latency that the operator aims at, by percentile. Alerts compare with it.",
            ["target"],
            registry=self._registry,
            multiprocess_mode="livemax",
        )
        for target, milliseconds in asdict(targets).items():
            gauge.labels(target).set(milliseconds / 1000)

    def request_answered(self, method: str, route: str | None, status: int, seconds: float) -> None:
        labels = bounded(method, METHODS), route or OTHER, f"{status // 100}xx"
        self._requests.labels(*labels).observe(seconds)

    def tenant_served(self, tenant: Tenant, method: str, route: str | None, status: int) -> None:
        name, kind = self._tenants.bounded(tenant.name), _kind(method, route)
        self._of_tenants.labels(name, kind, f"{status // 100}xx").inc()

    def search_answered(self, mode: str, seconds: Mapping[str, float], *, degraded: bool) -> None:
        for part, each in seconds.items():
            self._searches.labels(mode, part).observe(each)
        if degraded:
            self._degraded.inc()

    def search_reranked(self, outcome: str) -> None:
        self._reranked.labels(outcome).inc()

    def question_answered(self, tenant: Tenant, end: Done | Failed) -> None:
        self._recent_answers.record(tenant, end)
        self._answers.answered(end)

    def question_cancelled(self, tenant: Tenant) -> None:
        self._recent_answers.record_cancelled(tenant)
        self._answers.cancelled()

    def questions_changed(self, *, running: int, waiting: int) -> None:
        self._answers.questions_changed(running=running, waiting=waiting)

    def search_routed(self, database: str) -> None:
        self._replicas.search_routed(database)

    def replica_seen(self, number: int, lag_seconds: float, *, is_used: bool) -> None:
        self._replicas.seen(number, lag_seconds, is_used=is_used)

    def rate_limited(self, tenant: str, limit: str) -> None:
        self._rate_limited.labels(self._tenants.bounded(tenant), limit).inc()

    def quota_exceeded(self, tenant: str, quota: str) -> None:
        self._quota_exceeded.labels(self._tenants.bounded(tenant), quota).inc()

    def documents_written(self, lane: Lane, *, owed: int, unchanged: int) -> None:
        for embedding, documents in (("owed", owed), ("unchanged", unchanged)):
            self._written.labels(lane, embedding).inc(documents)

    def query_vector_found(self, source: str) -> None:
        self._query_vectors.labels(source).inc()

    def query_breaker_changed(self, *, is_open: bool) -> None:
        self._query_breaker.set(is_open)

    def pool_used(self, use: PoolUse) -> None:
        for state, connections in asdict(use).items():
            self._connections.labels(state).set(connections)

    def listeners_changed(self, listeners: int) -> None:
        self._listeners.set(listeners)

    def exposition(
        self,
        parts: Mapping[str, PartHealth],
        backlog: Backlog | None,
        migrations: Sequence[Migration],
        accept: str,
    ) -> tuple[bytes, str]:
        """Return the page with the system's gauges, and its content type."""
        self._system.update(parts, backlog, migrations)
        encode, content_type = choose_encoder(accept)
        return encode(self._page), content_type

    def _histogram(self, name: str, help_: str, labels: list[str]) -> Histogram:
        return Histogram(name, help_, labels, buckets=REQUEST_SECONDS, registry=self._registry)

    def _counter(self, name: str, help_: str, labels: Sequence[str] = ()) -> Counter:
        return Counter(name, help_, labels, registry=self._registry)

    def _gauge(self, name: str, help_: str, of_all: Literal["livesum", "livemax"]) -> Gauge:
        """`of_all` says how the values of several processes become one."""
        return Gauge(name, help_, registry=self._registry, multiprocess_mode=of_all)


def _kind(method: str, route: str | None) -> str:
    """Return what a request does, in a word."""
    if route in SEARCHES:
        return "search"
    if route in QUESTIONS:
        return "ask"
    is_write = method in WRITING and (route or "").startswith("/v1/documents")
    return "write" if is_write and route not in READS else OTHER
