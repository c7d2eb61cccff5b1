"""The only embedding that a search makes: that of its query, within a time budget, and cached."""

import asyncio
import time
from array import array
from collections import OrderedDict, defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import TypeVar

from shared.domain.embedding.vectors import Vector
from shared.domain.model_errors import ModelUnavailable, TextRejected
from shared.domain.models.embedding_model import EmbeddingModel
from shared.domain.reasons import UnavailableReason
from shared.domain.resilience.breaker import Breaker
from shared.ports.meters import ApiMeter
from shared.ports.model import QueryCache, QueryEmbedder
from shared.services.search.query_servers import QueryServers

NOT_ANSWERING = (
    "The model server is not answering. Try again shortly, or search by words (mode=text)."
)

_Answer = TypeVar("_Answer")


@dataclass(frozen=True, slots=True)
class _ModelQuery:
    """A query as the model reads it, and its cache key."""

    model: EmbeddingModel
    text: str
    key: bytes


class QueryEmbeddings:
    """Query vectors, cached by model and text. Identical queries share one call."""

    def __init__(
        self,
        servers: QueryServers,
        cache: QueryCache,
        budget_seconds: float,
        entries: int,
        meter: ApiMeter,
    ) -> None:
        self._servers = servers
        self._cache = cache
        self._budget = budget_seconds
        self._entries = entries
        self._meter = meter
        self._cached: OrderedDict[bytes, Vector] = OrderedDict()
        self._running: dict[bytes, asyncio.Task[Vector]] = {}
        self._sharing: set[asyncio.Task[None]] = set()
        self._breakers: defaultdict[int, Breaker] = defaultdict(Breaker)

    async def get(self, model: EmbeddingModel, query: str) -> tuple[Vector, bool]:
        """Return the query's vector and whether it was cached.

        Raises ModelUnavailable when the server fails with this model, exceeds the budget, or did
        so recently: only the first search of an outage waits for it. Raises TextRejected.
        """
        asked = _as_read_by(model, query)
        cached = await self._find(asked.key, model.dimensions)
        if cached is not None:
            return cached, True
        self._meter.query_vector_found("miss")
        breaker = self._breakers[model.id]
        if not breaker.closed:
            self._probe(asked)
            raise _not_answering(breaker)
        return await self._ask(asked), False

    async def call_after_running(
        self, model: EmbeddingModel, ask: Callable[[QueryEmbedder], Awaitable[_Answer]]
    ) -> _Answer:
        """Ask a model server for others, after the queries that run now.

        Raises TextRejected, and ModelUnavailable as `get` does.
        """
        breaker = self._breakers[model.id]
        if not breaker.allows(time.monotonic()):
            raise _not_answering(breaker)
        if self._running:
            await asyncio.wait(self._running.values())
        try:
            answer = await self._servers.call(model, ask)
        except ModelUnavailable as error:
            if error.reason is not UnavailableReason.TIMEOUT:  # a long text needs longer
                self._record_failure(model, error)
            raise
        except TextRejected:
            self._record_success(model)
            raise
        self._record_success(model)
        return answer

    async def _find(self, key: bytes, dimensions: int | None) -> Vector | None:
        if (vector := self._cached.get(key)) is not None:
            self._cached.move_to_end(key)
            self._meter.query_vector_found("process")
            return vector
        if key in self._running:
            return None
        vector = await self._cache.get(key)
        if vector is None or len(vector) != dimensions:
            return None
        self._remember(key, vector)
        self._meter.query_vector_found("redis")
        return vector

    def _probe(self, asked: _ModelQuery) -> None:
        """Retry in the background once the breaker allows it. Success closes the breaker."""
        if not self._running and self._breakers[asked.model.id].allows(time.monotonic()):
            self._start(asked)

    async def _ask(self, asked: _ModelQuery) -> Vector:
        task = self._running.get(asked.key) or self._start(asked)
        try:
            return await asyncio.wait_for(asyncio.shield(task), self._budget)
        except TimeoutError:
            error = ModelUnavailable(
                UnavailableReason.TIMEOUT,
                "The model server took too long to embed the query.",
            )
            self._record_failure(asked.model, error)
            raise error from None

    def _start(self, asked: _ModelQuery) -> asyncio.Task[Vector]:
        embedding = asyncio.create_task(self._embed(asked))
        self._running[asked.key] = embedding
        embedding.add_done_callback(lambda done: self._finish(asked.key, done))
        return embedding

    async def _embed(self, asked: _ModelQuery) -> Vector:
        """Embed and cache the query, even if its client has given up."""
        try:
            vector = await self._servers.embed(asked.model, asked.text)
        except ModelUnavailable as error:
            self._record_failure(asked.model, error)
            raise
        except TextRejected:
            self._record_success(asked.model)
            raise
        self._record_success(asked.model)
        self._remember(asked.key, vector)
        return vector

    def _record_failure(self, model: EmbeddingModel, error: ModelUnavailable) -> None:
        self._breakers[model.id].record_failure(time.monotonic(), error.reason)
        self._meter.query_breaker_changed(is_open=True)

    def _record_success(self, model: EmbeddingModel) -> None:
        self._breakers[model.id].record_success()
        self._meter.query_breaker_changed(is_open=False)

    def _finish(self, key: bytes, embedding: asyncio.Task[Vector]) -> None:
        """Put a new vector into the shared cache without making anybody wait."""
        self._running.pop(key, None)
        if not embedding.cancelled() and embedding.exception() is None:
            sharing = asyncio.create_task(self._cache.put(key, embedding.result()))
            self._sharing.add(sharing)
            sharing.add_done_callback(self._sharing.discard)

    def _remember(self, key: bytes, vector: Vector) -> None:
        self._cached[key] = array("f", vector)  # an eighth of the memory of a list
        while len(self._cached) > self._entries:
            self._cached.popitem(last=False)


def _not_answering(breaker: Breaker) -> ModelUnavailable:
    reason = breaker.reason or UnavailableReason.UNREACHABLE
    return ModelUnavailable(UnavailableReason(reason), NOT_ANSWERING)


def _as_read_by(model: EmbeddingModel, query: str) -> _ModelQuery:
    """Return the query with the model's prefix.

    The key holds the model's id. Each tenant has models of its own, so a cached query tells nothing
    of other tenants. The key holds the name and weights too, because several databases may share
    one Redis.
    """
    text = model.identity.query_prefix + " ".join(query.split())
    read_by = (model.id, model.identity.name, model.digest, model.identity.dimensions)
    identified = "\0".join(map(str, (*read_by, text)))
    return _ModelQuery(model, text, sha256(identified.encode()).digest())
