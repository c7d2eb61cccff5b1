"""A worker's services around an embedder that fails when it is told to."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from shared.config import Settings
from shared.db.kit.pool import Database
from shared.domain.documents.document import Lane, NewDocument
from shared.domain.embedding.throughput import RequestLimits, Throughput
from shared.domain.embedding.vectors import Embeddings
from shared.domain.errors import TOO_LONG, BrokerUnavailable, TextRejected
from shared.domain.models.identity import ModelCard, identify
from shared.domain.operations.durations import RecentDurations
from shared.domain.resilience.retry import RetryPolicy
from shared.services.embedding.lane_limiter import LaneLimiter
from shared.services.embedding.model_calls import ModelCalls
from shared.services.embedding.service import BatchPolicy, EmbeddingService
from shared.services.maintenance.sweep import Sweep
from shared.services.models.active_model import ActiveModel
from shared.services.models.model_breaker import ModelBreaker
from shared.services.models.model_scheduler import ModelScheduler

DIMENSIONS = 8
POISON = "POISON"


def vector_of(text: str) -> list[float]:
    """A vector that tells which text it was made of."""
    digest = hashlib.sha256(text.encode()).digest()
    return [1.0 + byte for byte in digest[:DIMENSIONS]]


def new(id_: str, content: str = "some text", **fields: object) -> NewDocument:
    return NewDocument(**{"id": id_, "collection": "c", "title": None, "content": content} | fields)  # type: ignore[arg-type]


@dataclass
class FakeEmbedder:
    """Embeds by `vector_of`; a text with POISON in it is rejected with its whole batch."""

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
            raise TextRejected("rejected_by_model", "The model can't embed this text.")
        if any(len(text) > self.longest for text in texts):
            raise TextRejected(TOO_LONG, "The model can't read a text as long as this one.")
        return Embeddings([self.vector(text) for text in texts])

    def digest(self, model: str) -> str:  # noqa: ARG002
        if self.fault:
            raise self.fault
        return self.weights

    def card(self, model: str) -> ModelCard:  # noqa: ARG002
        return ModelCard(context_tokens=64)


@dataclass
class RecordedWakeUps:
    """Remembers what was sent, or is unreachable."""

    sent: list[tuple[Lane, list[str]]] = field(default_factory=list)
    reachable: bool = True

    def wake(self, lane: Lane, ids: Sequence[str]) -> None:
        if not self.reachable:
            raise BrokerUnavailable("refused")
        self.sent.append((lane, list(ids)))


@dataclass
class WorkerHarness:
    embedder: FakeEmbedder
    health: ModelBreaker
    calls: ModelCalls
    embed: EmbeddingService
    sweep: Sweep
    model: ActiveModel


def make_harness(
    settings: Settings,
    database: Database,
    embedder: FakeEmbedder,
    health: ModelBreaker,
    wake_ups: RecordedWakeUps,
    work_seconds: float = 0,
) -> WorkerHarness:
    identity = identify(settings.embedding_model, settings.document_prefix, settings.query_prefix)
    model = ActiveModel(database, embedder, identity, settings.chunk_tokens)
    calls = ModelCalls(
        embedder,
        model,
        ModelScheduler(2),
        Throughput(RequestLimits(60, 64, 10_000)),
        RecentDurations(250),
    )
    slots = LaneLimiter(dict.fromkeys(Lane, 1))
    retry = RetryPolicy(max_attempts=3, base_seconds=0.01, cap_seconds=0.02)
    policy = BatchPolicy(
        8, dict.fromkeys(Lane, 1), lease_seconds=5, work_seconds=work_seconds, retry=retry
    )
    embed = EmbeddingService(database, calls, model, health, wake_ups, slots, policy)
    sweep = Sweep(database, embed, model, health, wake_ups, events_keep_hours=1)
    return WorkerHarness(embedder, health, calls, embed, sweep, model)
