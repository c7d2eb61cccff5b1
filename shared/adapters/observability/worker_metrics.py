"""What Prometheus reads of a worker: where a document's time goes, and what went wrong.

Implements `shared.ports.EmbedMeter`.
"""

from collections.abc import Callable, Sequence

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, start_http_server

from shared.adapters.observability.prometheus import bounded, process_registry
from shared.domain.documents.document import Lane
from shared.domain.embedding.vectors import Embeddings
from shared.domain.errors import TOO_LONG

STAGE_SECONDS = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 120.0)
WAIT_SECONDS = (0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 1800.0, 7200.0)
REASONS = (
    "unreachable",
    "timeout",
    "server_error",
    "busy",
    "model_missing",
    "wrong_kind_of_model",
    "bad_answer",
    "model_changed",
)
"""Those of ModelUnavailable."""
CODES = (
    "rejected_by_model",
    "model_failed",
    "vector_not_finite",
    "vector_zero",
    "wrong_dimensions",
    TOO_LONG,
)
"""Those of TextRejected."""

log = structlog.get_logger()


class WorkerMetrics:
    """One worker process's metrics; its threads share them."""

    def __init__(self) -> None:
        self.registry: CollectorRegistry = process_registry()
        self._waited = self._histogram(
            "inkdex_document_wait_seconds",
            "How long it was from a write to a worker taking its document, by lane.",
            ["lane"],
            WAIT_SECONDS,
        )
        self._took = self._histogram(
            "inkdex_document_ready_seconds",
            "How long it was from a write to its document being ready, by lane.",
            ["lane"],
            WAIT_SECONDS,
        )
        self._stages = self._histogram(
            "inkdex_embed_stage_duration_seconds",
            "Where time goes: claim and store of a batch; load, inference, network of a request.",
            ["stage"],
            STAGE_SECONDS,
        )
        self._webhooks = self._histogram(
            "inkdex_webhook_delivery_duration_seconds",
            "Messages to webhooks, by result: delivered or failed.",
            ["result"],
            STAGE_SECONDS,
        )
        self._taken_over = self._counter(
            "inkdex_leases_expired", "Jobs taken over, for another worker's lease on them expired."
        )
        self._texts = self._counter("inkdex_model_texts", "Texts that the model embedded.")
        self._tokens = self._counter("inkdex_model_tokens", "Tokens that it read for that.")
        self._calls = self._counter(
            "inkdex_model_requests",
            "Requests to the model, by result: ok, or why it failed.",
            ["result"],
        )
        self._chunks = self._counter(
            "inkdex_embeddings",
            "Embeddings of chunks: made by the model, or reused from an equal text.",
            ["source"],
        )
        self._stored = self._counter(
            "inkdex_documents_ready",
            "Documents that became ready: embedded, or with the vectors of their text unchanged.",
            ["lane", "result"],
        )
        self._attempts = self._counter(
            "inkdex_document_failures",
            "Attempts that failed by a document's own fault, by reason and what follows.",
            ["reason", "outcome"],
        )

    def claimed(self, lane: Lane, waited: Sequence[float], taken_over: int, seconds: float) -> None:
        """Count jobs that were claimed."""
        for wait in waited:
            self._waited.labels(lane).observe(wait)
        self._taken_over.inc(taken_over)
        self._stages.labels("claim").observe(seconds)

    def called(self, texts: int, answer: Embeddings, seconds: float) -> None:
        """Measure an answer of the model."""
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

    def call_failed(self, reason: str) -> None:
        """Count a failure of the model server."""
        self._calls.labels(bounded(reason, (*REASONS, *CODES))).inc()

    def embedded(self, made: int, reused: int) -> None:
        """Count chunks that got their vector."""
        self._chunks.labels("made").inc(made)
        self._chunks.labels("reused").inc(reused)

    def stored(self, lane: Lane, took: Sequence[float], unchanged: int, seconds: float) -> None:
        """Count documents that became ready."""
        for each in took:
            self._took.labels(lane).observe(each)
        self._stored.labels(lane, "unchanged").inc(unchanged)
        self._stored.labels(lane, "embedded").inc(len(took) - unchanged)
        self._stages.labels("store").observe(seconds)

    def rejected(self, code: str, *, final: bool) -> None:
        """Count an attempt that failed."""
        self._attempts.labels(bounded(code, CODES), "failed" if final else "retried").inc()

    def told_webhook(self, result: str, seconds: float) -> None:
        """Measure a message to a webhook: `delivered` or `failed`."""
        self._webhooks.labels(result).observe(seconds)

    def watch_breaker(self, paused_reason: Callable[[], str | None]) -> None:
        """Show whether the model server is thought down, and why."""
        paused = Gauge(
            "inkdex_breaker_open",
            "Whether claiming is paused for this reason: 1 or 0.",
            ["reason"],
            registry=self.registry,
        )

        def is_why(reason: str) -> Callable[[], float]:
            return lambda: float(paused_reason() == reason)

        for reason in REASONS:
            paused.labels(reason).set_function(is_why(reason))

    def serve(self, host: str, port: int) -> None:
        """Answer scrapes from a thread of its own; port 0: never.

        A worker without metrics still works: a port in use is said and lived with.
        """
        if not port:
            return
        try:
            start_http_server(port, host, self.registry)
        except OSError as error:
            log.warning(
                "metrics.not_served",
                port=port,
                detail=str(error),
                consequence="set another INKDEX_WORKER_METRICS_PORT to watch this worker too",
            )
        else:
            log.info("metrics.served", host=host, port=port)

    def _histogram(
        self, name: str, help_: str, labels: list[str], buckets: tuple[float, ...]
    ) -> Histogram:
        return Histogram(name, help_, labels, buckets=buckets, registry=self.registry)

    def _counter(self, name: str, help_: str, labels: Sequence[str] = ()) -> Counter:
        return Counter(name, help_, labels, registry=self.registry)
