"""The one embedding that a search makes: of its query, within a budget, and seldom twice."""

import asyncio
import time
from array import array
from collections import Counter, OrderedDict
from dataclasses import dataclass
from hashlib import sha256

import structlog

from shared.domain.embedding.vectors import Vector, check_vector
from shared.domain.errors import ModelUnavailable, TextRejected
from shared.domain.models.embedding_model import EmbeddingModel
from shared.domain.resilience.breaker import Breaker
from shared.ports.model import QueryCache, QueryEmbedder
from shared.services.search.query_model_check import QueryModelCheck

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Asked:
    """A query as its model reads it."""

    model: EmbeddingModel
    text: str
    key: bytes


class QueryEmbeddings:
    """Query vectors, remembered by model and text; one call for identical queries at a time."""

    def __init__(
        self, embedder: QueryEmbedder, cache: QueryCache, budget_seconds: float, entries: int
    ) -> None:
        self._embedder = embedder
        self._model = QueryModelCheck(embedder)
        self._cache = cache
        self._budget = budget_seconds
        self._entries = entries
        self._known: OrderedDict[bytes, Vector] = OrderedDict()
        self._under_way: dict[bytes, asyncio.Task[Vector]] = {}
        self._sharing: set[asyncio.Task[None]] = set()
        self._breaker = Breaker()
        self.lookups: Counter[str] = Counter()
        """Queries by where their vector came from: `process`, `redis` or `miss`."""

    @property
    def paused(self) -> bool:
        """Whether the model server failed just now and is not asked."""
        return not self._breaker.closed

    async def get(self, model: EmbeddingModel, query: str) -> tuple[Vector, bool]:
        """Return the query's vector and whether it was known.

        Raises ModelUnavailable when the server fails, is slow past the budget, or did so just
        now: only the first search of an outage waits for it. Raises TextRejected.
        """
        asked = _asked(model, query)
        known = await self._find(asked.key, model.dimensions)
        if known is not None:
            return known, True
        self.lookups["miss"] += 1
        if not self._breaker.closed:
            self._probe(asked)
            raise ModelUnavailable(self._breaker.reason or "unreachable", "It failed just now.")
        return await self._ask(asked), False

    async def _find(self, key: bytes, dimensions: int | None) -> Vector | None:
        if (vector := self._known.get(key)) is not None:
            self._known.move_to_end(key)
            self.lookups["process"] += 1
            return vector
        if key in self._under_way:
            return None
        vector = await self._cache.get(key)
        if vector is None or len(vector) != dimensions:
            return None
        self._remember(key, vector)
        self.lookups["redis"] += 1
        return vector

    def _probe(self, asked: _Asked) -> None:
        """Try again in the background once the breaker allows; its success closes the breaker."""
        if not self._under_way and self._breaker.allows(time.monotonic()):
            self._start(asked)

    async def _ask(self, asked: _Asked) -> Vector:
        task = self._under_way.get(asked.key) or self._start(asked)
        try:
            return await asyncio.wait_for(asyncio.shield(task), self._budget)
        except TimeoutError:
            error = ModelUnavailable("timeout", "The query's embedding took too long.")
            self._breaker.record_failure(time.monotonic(), error.reason)
            raise error from None

    def _start(self, asked: _Asked) -> asyncio.Task[Vector]:
        embedding = asyncio.create_task(self._embed(asked))
        self._under_way[asked.key] = embedding
        embedding.add_done_callback(lambda done: self._finish(asked.key, done))
        return embedding

    async def _embed(self, asked: _Asked) -> Vector:
        """Embed and remember, even when whoever asked no longer waits."""
        try:
            await self._model.require(asked.model)
            vector = await self._embedder.embed_query(asked.model.identity.name, asked.text)
            check_vector(vector, len(vector))
        except ModelUnavailable as error:
            self._breaker.record_failure(time.monotonic(), error.reason)
            raise
        except TextRejected:
            self._breaker.record_success()
            raise
        self._breaker.record_success()
        self._remember(asked.key, vector)
        return vector

    def _finish(self, key: bytes, embedding: asyncio.Task[Vector]) -> None:
        """Share what was embedded, without anybody waiting for it."""
        self._under_way.pop(key, None)
        if not embedding.cancelled() and embedding.exception() is None:
            sharing = asyncio.create_task(self._cache.put(key, embedding.result()))
            self._sharing.add(sharing)
            sharing.add_done_callback(self._sharing.discard)

    def _remember(self, key: bytes, vector: Vector) -> None:
        self._known[key] = array("f", vector)  # an eighth of a list of floats
        while len(self._known) > self._entries:
            self._known.popitem(last=False)


def _asked(model: EmbeddingModel, query: str) -> _Asked:
    """Return what the model reads of a query, and what it is remembered by.

    The key tells models apart by name, weights and prefix, for databases may share a Redis.
    """
    text = model.identity.query_prefix + " ".join(query.split())
    remembered = f"{model.identity.name}\0{model.digest}\0{text}"
    return _Asked(model, text, sha256(remembered.encode()).digest())
