"""A worker's services around an embedder that fails when it is told to."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from shared.config import Settings
from shared.db.pool import Database
from shared.domain.documents import Lane, NewDocument
from shared.domain.embedding_models import ModelCard, identify
from shared.domain.errors import TOO_LONG, TextRejected
from shared.domain.latency import RecentDurations
from shared.domain.pace import Pace, RequestLimits
from shared.domain.retry import RetryPolicy
from shared.domain.vectors import Embeddings
from shared.ports import BrokerUnavailable
from shared.services.embed import BatchPolicy, EmbedService
from shared.services.lane_slots import LaneSlots
from shared.services.model_calls import ModelCalls
from shared.services.model_gate import ModelGate
from shared.services.model_health import ModelHealth
from shared.services.models import ActiveModel
from shared.services.sweep import Sweep

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
class Rig:
    embedder: FakeEmbedder
    health: ModelHealth
    calls: ModelCalls
    embed: EmbedService
    sweep: Sweep
    model: ActiveModel


def make_rig(
    settings: Settings,
    database: Database,
    embedder: FakeEmbedder,
    health: ModelHealth,
    wake_ups: RecordedWakeUps,
    work_seconds: float = 0,
) -> Rig:
    identity = identify(settings.embedding_model, settings.document_prefix, settings.query_prefix)
    model = ActiveModel(database, embedder, identity, settings.chunk_tokens)
    calls = ModelCalls(
        embedder, model, ModelGate(2), Pace(RequestLimits(60, 64, 10_000)), RecentDurations(250)
    )
    slots = LaneSlots(dict.fromkeys(Lane, 1))
    retry = RetryPolicy(max_attempts=3, base_seconds=0.01, cap_seconds=0.02)
    policy = BatchPolicy(
        8, dict.fromkeys(Lane, 1), lease_seconds=5, work_seconds=work_seconds, retry=retry
    )
    embed = EmbedService(database, calls, model, health, wake_ups, slots, policy)
    sweep = Sweep(database, embed, model, health, wake_ups, events_keep_hours=1)
    return Rig(embedder, health, calls, embed, sweep, model)
