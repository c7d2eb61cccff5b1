"""A worker's services around an embedder whose failures a test controls."""

import asyncio
import hashlib
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from shared.config import Settings
from shared.db.kit.pool import Database
from shared.domain.documents.document import Document, Lane, NewDocument, Status
from shared.domain.embedding.throughput import RequestLimits, Throughput
from shared.domain.embedding.vectors import Embeddings
from shared.domain.errors import BrokerUnavailable
from shared.domain.model_errors import ModelUnavailable, TextRejected
from shared.domain.models.embedding_model import EmbeddingModel
from shared.domain.models.identity import ModelCard, identify
from shared.domain.operations.durations import RecentDurations
from shared.domain.reasons import RejectionCode, UnavailableReason
from shared.domain.refs import DocumentRef
from shared.domain.resilience.retry import RetryPolicy
from shared.ports.meters import WorkerMeter
from shared.services.documents.service import DocumentService
from shared.services.embedding.batch_report import BatchReport
from shared.services.embedding.lane_limiter import LaneLimiter
from shared.services.embedding.model_batches import BatchPolicy
from shared.services.embedding.service import EmbeddingService
from shared.services.maintenance.sweep import Sweep
from shared.services.models.model_breaker import ModelBreaker
from shared.services.models.model_calls import ModelCalls
from shared.services.models.model_check import ModelCheck
from shared.services.models.model_scheduler import ModelScheduler
from shared.services.models.model_server import ModelServer, ModelServers
from shared.services.models.served_model import ServedModel
from shared.services.models.server_load import ServerLoad
from shared.services.models.server_watch import ServerWatch
from tests.support.collections import named

DIMENSIONS = 8
POISON = "POISON"
OUTAGE = ModelUnavailable(UnavailableReason.UNREACHABLE, "No connection.")
LONG_TEXT = " ".join(f"Sentence number {n} is about ink and paper." for n in range(60))
WORK_ATTEMPTS = 50
WORK_EVERY_SECONDS = 0.02


def vector_of(text: str) -> list[float]:
    """Return a vector that only this text has."""
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
    return NewDocument(DocumentRef(named(collection), id_), title, content, metadata or {})


def reject() -> None:
    raise TextRejected(
        RejectionCode.REJECTED_BY_MODEL, "The model can't embed this text: bad request."
    )


@dataclass
class FakeEmbedder:
    """Embeds with `vector_of`. It rejects a batch that contains POISON or a text that is too long.

    `on_embed` runs during each call and may raise. `refused_by` has the text that a model refuses.
    """

    calls: list[list[str]] = field(default_factory=list)
    fault: Exception | None = None
    on_embed: Callable[[], None] | None = None
    vector: Callable[[str], list[float]] = vector_of
    weights: str = "sha256-of-weights"
    max_characters: int = 10**9
    refused_by: dict[str, str] = field(default_factory=dict)

    def embed(
        self,
        model: str,
        texts: Sequence[str],
        dimensions: int | None = None,
    ) -> Embeddings:
        if self.fault:
            raise self.fault
        self.calls.append(list(texts))
        if self.on_embed:
            self.on_embed()
        if any(POISON in text or text == self.refused_by.get(model) for text in texts):
            raise TextRejected(RejectionCode.REJECTED_BY_MODEL, "The model can't embed this text.")
        if any(len(text) > self.max_characters for text in texts):
            raise TextRejected(
                RejectionCode.TOO_LONG, "The model can't read a text as long as this one."
            )
        return Embeddings([self.vector(text)[:dimensions] for text in texts])

    def digest(self, model: str) -> str:  # noqa: ARG002
        if self.fault:
            raise self.fault
        return self.weights

    def card(self, model: str) -> ModelCard:  # noqa: ARG002
        return ModelCard(context_tokens=64)


@dataclass
class RecordedWakeUps:
    """Records wake-ups, or fails as if the broker were down."""

    sent: list[tuple[Lane, list[str]]] = field(default_factory=list)
    reachable: bool = True

    def wake(self, lane: Lane, ids: Sequence[str]) -> None:
        if not self.reachable:
            raise BrokerUnavailable("refused")
        self.sent.append((lane, list(ids)))


@dataclass
class WorkerHarness:
    embedder: FakeEmbedder
    embedding: EmbeddingService
    sweep: Sweep
    servers: ModelServers
    stopping: threading.Event

    @property
    def server(self) -> ModelServer:
        """What serves the only model, or the first one."""
        return self.servers.in_use()[0].served_by[0].server

    @property
    def breaker(self) -> ModelBreaker:
        return self.server.breaker

    @property
    def calls(self) -> ModelCalls:
        return self.server.calls

    @property
    def model(self) -> ServedModel:
        return self.servers.in_use()[0].served_by[0].model

    def watch(self, number: int = 0) -> None:
        """Look at one of the model servers, as a worker does all the time."""
        ServerWatch(self.servers, address_of(number)).look()

    async def work(self, lane: Lane = Lane.INTERACTIVE) -> BatchReport:
        """Embed due documents in a thread, as a task does."""
        return await asyncio.to_thread(self.embedding.work, lane)

    async def work_until_settled(self, documents: DocumentService, id_: str) -> Document:
        """Embed due documents until one of them is no longer pending."""
        for _ in range(WORK_ATTEMPTS):
            await self.work()
            document = await documents.get(DocumentRef(named("c"), id_))
            if document.status is not Status.PENDING:
                return document
            await asyncio.sleep(WORK_EVERY_SECONDS)
        raise AssertionError(f"document {id_} is still pending")


def make_harness(
    settings: Settings,
    database: Database,
    embedder: FakeEmbedder,
    wake_ups: RecordedWakeUps,
    work_seconds: float = 0,
    meter: WorkerMeter | None = None,
    threads: int = 1,
    *,
    others: Sequence[FakeEmbedder] = (),
) -> WorkerHarness:
    """`others` are further model servers. Each has an address of its own."""
    servers = _model_servers(settings, database, (embedder, *others))
    stopping = threading.Event()
    retry = RetryPolicy(max_attempts=3, base_seconds=0.01, cap_seconds=0.02)
    policy = BatchPolicy(
        8, dict.fromkeys(Lane, 1), lease_seconds=5, work_seconds=work_seconds, retry=retry
    )
    embedding = EmbeddingService(
        database,
        servers,
        wake_ups,
        LaneLimiter(threads),
        policy,
        meter or WorkerMeter(),
        stopping.is_set,
    )
    sweep = Sweep(database, embedding, servers, wake_ups, stopping.is_set)
    return WorkerHarness(embedder, embedding, sweep, servers, stopping)


def _model_servers(
    settings: Settings, database: Database, embedders: Sequence[FakeEmbedder]
) -> ModelServers:
    identity = identify(
        settings.embedding_model,
        settings.document_prefix,
        settings.query_prefix,
        chunk_tokens=settings.chunk_tokens,
    )
    hosts = [
        (address_of(number), embedder, ModelScheduler(2), ServerLoad(2))
        for number, embedder in enumerate(embedders)
    ]

    def make(model: EmbeddingModel) -> list[ModelServer]:
        return [_serving(model, *host) for host in hosts]

    return ModelServers(database, make, identity, settings.chunk_tokens)


def address_of(number: int) -> str:
    """Return the address of a model server of the harness."""
    return f"http://gpu{number}"


def _serving(
    model: EmbeddingModel,
    address: str,
    embedder: FakeEmbedder,
    scheduler: ModelScheduler,
    load: ServerLoad,
) -> ModelServer:
    check, breaker = ModelCheck(embedder, scheduler, model), ModelBreaker(address)
    throughput, durations = Throughput(RequestLimits(60, 64, 10_000)), RecentDurations(250)
    calls = ModelCalls(embedder, check, scheduler, throughput, durations, breaker)
    return ModelServer(address, check, calls, breaker, load)
