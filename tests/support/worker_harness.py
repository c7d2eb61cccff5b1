"""A worker's services around an embedder that fails on demand."""

import hashlib
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from shared.config import Settings
from shared.db.kit.pool import Database
from shared.domain.documents.document import Lane, NewDocument
from shared.domain.embedding.throughput import RequestLimits, Throughput
from shared.domain.embedding.vectors import Embeddings
from shared.domain.errors import BrokerUnavailable, RejectionCode, TextRejected
from shared.domain.models.identity import ModelCard, identify
from shared.domain.operations.durations import RecentDurations
from shared.domain.refs import DocumentRef
from shared.domain.resilience.retry import RetryPolicy
from shared.ports.meters import WorkerMeter
from shared.services.embedding.lane_limiter import LaneLimiter
from shared.services.embedding.service import BatchPolicy, EmbeddingService
from shared.services.maintenance.sweep import Sweep
from shared.services.models.active_model import ActiveModel
from shared.services.models.model_breaker import ModelBreaker
from shared.services.models.model_calls import ModelCalls
from shared.services.models.model_scheduler import ModelScheduler
from shared.services.models.model_server import ModelServer

DIMENSIONS = 8
POISON = "POISON"


def vector_of(text: str) -> list[float]:
    """Return a vector that identifies its text."""
    digest = hashlib.sha256(text.encode()).digest()
    return [1.0 + byte for byte in digest[:DIMENSIONS]]


def new(
    id_: str,
    content: str = "some text",
    *,
    collection: str = "c",
    title: str | None = None,
    metadata: dict[str, Any] | None = None,
) -> NewDocument:
    return NewDocument(DocumentRef(collection, id_), title, content, metadata or {})


@dataclass
class FakeEmbedder:
    """Embeds by `vector_of`. A text with POISON in it makes the whole batch fail."""

    calls: list[list[str]] = field(default_factory=list)
    fault: Exception | None = None
    during: Callable[[], None] | None = None
    vector: Callable[[str], list[float]] = vector_of
    weights: str = "sha256-of-weights"
    longest: int = 10**9

    def embed(self, model: str, texts: Sequence[str]) -> Embeddings:  # noqa: ARG002
        if self.fault:
            raise self.fault
        self.calls.append(list(texts))
        if self.during:
            self.during()
        if any(POISON in text for text in texts):
            raise TextRejected(RejectionCode.REJECTED_BY_MODEL, "The model can't embed this text.")
        if any(len(text) > self.longest for text in texts):
            raise TextRejected(
                RejectionCode.TOO_LONG, "The model can't read a text as long as this one."
            )
        return Embeddings([self.vector(text) for text in texts])

    def digest(self, model: str) -> str:  # noqa: ARG002
        if self.fault:
            raise self.fault
        return self.weights

    def card(self, model: str) -> ModelCard:  # noqa: ARG002
        return ModelCard(context_tokens=64)


@dataclass
class RecordedWakeUps:
    """Records every wake-up, or is unreachable."""

    sent: list[tuple[Lane, list[str]]] = field(default_factory=list)
    reachable: bool = True

    def wake(self, lane: Lane, ids: Sequence[str]) -> None:
        if not self.reachable:
            raise BrokerUnavailable("refused")
        self.sent.append((lane, list(ids)))


@dataclass
class WorkerHarness:
    embedder: FakeEmbedder
    breaker: ModelBreaker
    calls: ModelCalls
    embedding: EmbeddingService
    sweep: Sweep
    model: ActiveModel
    stopping: threading.Event


def make_harness(
    settings: Settings,
    database: Database,
    embedder: FakeEmbedder,
    wake_ups: RecordedWakeUps,
    work_seconds: float = 0,
    meter: WorkerMeter | None = None,
) -> WorkerHarness:
    server, stopping = _model_server(settings, database, embedder), threading.Event()
    retry = RetryPolicy(max_attempts=3, base_seconds=0.01, cap_seconds=0.02)
    policy = BatchPolicy(
        8, dict.fromkeys(Lane, 1), lease_seconds=5, work_seconds=work_seconds, retry=retry
    )
    embedding = EmbeddingService(
        database,
        server,
        wake_ups,
        LaneLimiter(dict.fromkeys(Lane, 1)),
        policy,
        meter or WorkerMeter(),
        stopping.is_set,
    )
    sweep = Sweep(database, embedding, server, wake_ups, 1, stopping.is_set)
    return WorkerHarness(
        embedder, server.breaker, server.calls, embedding, sweep, server.model, stopping
    )


def _model_server(settings: Settings, database: Database, embedder: FakeEmbedder) -> ModelServer:
    identity = identify(settings.embedding_model, settings.document_prefix, settings.query_prefix)
    scheduler = ModelScheduler(2)
    model = ActiveModel(database, embedder, scheduler, identity, settings.chunk_tokens)
    throughput = Throughput(RequestLimits(60, 64, 10_000))
    calls = ModelCalls(embedder, model, scheduler, throughput, RecentDurations(250))
    return ModelServer(model, calls, ModelBreaker())
