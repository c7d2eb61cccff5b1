"""The Prometheus metrics of a worker: where the time of a document goes, and what fails."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import fields
from functools import partial

import structlog
from prometheus_client import Counter, Gauge, Histogram

from shared.adapters.observability.metrics_server import Page, serve_metrics
from shared.adapters.observability.prometheus import (
    DATABASE_CONNECTIONS,
    BuildInfo,
    BusiestNames,
    bounded,
    process_registry,
)
from shared.domain import refs
from shared.domain.documents.document import Lane
from shared.domain.embedding.vectors import Embeddings
from shared.domain.operations.activity import ActivityCounts, Timed
from shared.domain.operations.pool_use import PoolUse
from shared.domain.reasons import RejectionCode, UnavailableReason, WriteRefusal
from shared.ports.meters import WorkerMeter

STAGE_SECONDS = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 120.0)
WAIT_SECONDS = (0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 1800.0, 7200.0)

log = structlog.get_logger()


class WorkerMetrics(WorkerMeter):
    """The metrics of one worker process, shared by its threads, and its part of the activity."""

    def __init__(self, tenants_max: int, activity: ActivityCounts) -> None:
        self._activity = activity
        self.registry = process_registry()
        self.registry.register(BuildInfo())
        self._tenants = BusiestNames(tenants_max)
        self._add_documents()
        self._add_model_server()
        self._webhooks = self._histogram(
            "inkdex_webhook_delivery_duration_seconds",
            "Duration of messages to webhooks by result: delivered or failed.",
            ["result"],
            STAGE_SECONDS,
        )

    def _add_documents(self) -> None:
        self._waited = self._histogram(
            "inkdex_document_wait_seconds",
            "Time from a write until a worker claims its document, by lane.",
            ["lane"],
            WAIT_SECONDS,
        )
        self._took = self._histogram(
            "inkdex_document_ready_seconds",
            "Time from a write until its document is ready, by lane.",
            ["lane"],
            WAIT_SECONDS,
        )
        self._stored = self._counter(
            "inkdex_documents_ready",
            "Documents that became ready: embedded, or with unchanged vectors.",
            ["lane", "result"],
        )
        self._attempts = self._counter(
            "inkdex_document_failures",
            "Failed attempts by reason, and whether the document failed or is retried.",
            ["reason", "outcome"],
        )
        self._taken_over = self._counter(
            "inkdex_leases_expired", "Jobs taken over because another worker's lease expired."
        )

    def _add_model_server(self) -> None:
        self._stages = self._histogram(
            "inkdex_embed_stage_duration_seconds",
            "Duration of claim and store of a batch, and of load, inference, network of a request.",
            ["stage"],
            STAGE_SECONDS,
        )
        self._texts = self._counter("inkdex_model_texts", "Texts that the model embedded.")
        self._tokens = self._counter("inkdex_model_tokens", "Tokens that the model read.")
        self._calls = self._counter(
            "inkdex_model_requests", "Requests to the model: ok, or why they failed.", ["result"]
        )
        self._used = self._counter(
            "inkdex_model_seconds",
            "Time that the model worked for a tenant's documents, by lane.",
            ["tenant", "lane"],
        )
        self._chunks = self._counter(
            "inkdex_embeddings",
            "Vectors of chunks: made by the model, or reused from an equal text.",
            ["source"],
        )

    def claimed(self, lane: Lane, waited: Sequence[float], taken_over: int, seconds: float) -> None:
        for wait in waited:
            self._waited.labels(lane).observe(wait)
        self._taken_over.inc(taken_over)
        self._stages.labels("claim").observe(seconds)

    def called(self, texts: int, answer: Embeddings, seconds: float) -> None:
        self._activity.took(Timed.EMBEDDING, seconds * 1000)
        self._calls.labels("ok").inc()
        self._texts.inc(texts)
        self._tokens.inc(answer.tokens)
        stages = {
            "load": answer.load_seconds,
            "inference": answer.total_seconds - answer.load_seconds,
            "network": seconds - answer.total_seconds,
        }
        for stage, each in stages.items():
            self._stages.labels(stage).observe(max(0.0, each))

    def model_used(self, tenant: str, lane: Lane, seconds: float) -> None:
        self._used.labels(self._tenants.bounded(tenant), lane).inc(seconds)

    def call_failed(self, reason: str) -> None:
        self._calls.labels(bounded(reason, (*UnavailableReason, *RejectionCode))).inc()

    def embedded(self, made: int, reused: int) -> None:
        self._chunks.labels("made").inc(made)
        self._chunks.labels("reused").inc(reused)

    def stored(self, lane: Lane, took: Sequence[float], unchanged: int, seconds: float) -> None:
        for each in took:
            self._took.labels(lane).observe(each)
        self._stored.labels(lane, "unchanged").inc(unchanged)
        self._stored.labels(lane, "embedded").inc(len(took) - unchanged)
        self._stages.labels("store").observe(seconds)

    def became_ready(self, collection: refs.Collection, took: float) -> None:
        self._activity.took(Timed.WAITING, took * 1000, collection)

    def gave_up(self, collection: refs.Collection) -> None:
        self._activity.failed(collection)

    def rejected(self, code: str, *, final: bool) -> None:
        outcome = "failed" if final else "retried"
        self._attempts.labels(bounded(code, tuple(RejectionCode)), outcome).inc()

    def webhook_sent(self, seconds: float, *, delivered: bool) -> None:
        self._webhooks.labels("delivered" if delivered else "failed").observe(seconds)

    def watch_breaker(self, paused_reason: Callable[[], str | None]) -> None:
        """Show whether claiming is paused, and why; read at each scrape."""
        paused = Gauge(
            "inkdex_breaker_open",
            "Whether claiming is paused for this reason: 1 or 0.",
            ["reason"],
            registry=self.registry,
        )

        def is_reason(reason: str) -> Callable[[], float]:
            return lambda: float(paused_reason() == reason)

        for reason in (*UnavailableReason, *WriteRefusal):
            paused.labels(reason).set_function(is_reason(reason))

    def watch_servers(self, addresses: Sequence[str], paused: Callable[[str], bool]) -> None:
        """Show which model servers fail with a model that is in use; read at each scrape."""
        gauge = Gauge(
            "inkdex_model_server_paused",
            "Whether a model server fails with a model that is in use: 1 or 0.",
            ["server"],
            registry=self.registry,
        )
        for address in addresses:
            gauge.labels(address).set_function(partial(paused, address))

    def watch_pool(self, pool_use: Callable[[], PoolUse]) -> None:
        """Show how much of the pool of connections is in use; read at each scrape."""
        gauge = Gauge(*DATABASE_CONNECTIONS, ["state"], registry=self.registry)
        for each in fields(PoolUse):
            gauge.labels(each.name).set_function(partial(_figure, pool_use, each.name))

    def serve(
        self, pages: Mapping[str, Page], host: str, port: int, hosts: Collection[str] = ()
    ) -> None:
        """Answer scrapes and `pages` from a thread, unless the port is 0.

        A worker works without metrics, so a port in use is only logged. `hosts` are further names
        of this worker.
        """
        if not port:
            return
        try:
            serve_metrics(self.registry, pages, host, port, hosts)
        except OSError as error:
            log.warning(
                "metrics.not_served",
                port=port,
                detail=str(error),
                consequence="set another INKDEX_WORKER_METRICS_PORT to see this worker's metrics",
            )
        else:
            log.info("metrics.served", host=host, port=port)

    def _histogram(
        self, name: str, help_: str, labels: list[str], buckets: tuple[float, ...]
    ) -> Histogram:
        return Histogram(name, help_, labels, buckets=buckets, registry=self.registry)

    def _counter(self, name: str, help_: str, labels: Sequence[str] = ()) -> Counter:
        return Counter(name, help_, labels, registry=self.registry)


def _figure(pool_use: Callable[[], PoolUse], name: str) -> float:
    return float(getattr(pool_use(), name))
