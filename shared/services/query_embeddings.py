"""The one embedding that a search makes: of its query, within a budget, and seldom twice."""

import asyncio
import time
from array import array
from collections import Counter, OrderedDict
from hashlib import sha256

import structlog

from shared.domain.breaker import Breaker
from shared.domain.embedding_models import ModelIdentity
from shared.domain.errors import ModelUnavailable, TextRejected
from shared.domain.vectors import Vector, check_vector
from shared.ports import QueryEmbedder

log = structlog.get_logger()

Key = tuple[int, bytes]


class QueryEmbeddings:
    """Query vectors, remembered by model and text; one call for identical queries at a time."""

    def __init__(self, embedder: QueryEmbedder, budget_seconds: float, entries: int) -> None:
        self._embedder = embedder
        self._budget = budget_seconds
        self._entries = entries
        self._known: OrderedDict[Key, Vector] = OrderedDict()
        self._under_way: dict[Key, asyncio.Task[Vector]] = {}
        self._breaker = Breaker()
        self.lookups: Counter[str] = Counter()
        """Queries by where their vector came from: `process` (remembered) or `miss`."""

    @property
    def paused(self) -> bool:
        """Whether the model server failed just now and is not asked."""
        return not self._breaker.closed

    async def get(self, model_id: int, model: ModelIdentity, query: str) -> tuple[Vector, bool]:
        """Return the query's vector and whether it was known.

        Raises ModelUnavailable when the server fails, is slow past the budget, or did so just
        now: only the first search of an outage waits for it. Raises TextRejected.
        """
        text = model.query_prefix + " ".join(query.split())
        key = (model_id, sha256(text.encode()).digest())
        if (vector := self._known.get(key)) is not None:
            self._known.move_to_end(key)
            self.lookups["process"] += 1
            return vector, True
        self.lookups["miss"] += 1
        if not self._breaker.closed:
            self._probe(key, model.name, text)
            raise ModelUnavailable(self._breaker.reason or "unreachable", "It failed just now.")
        return await self._ask(key, model.name, text), False

    def _probe(self, key: Key, model: str, text: str) -> None:
        """Try again in the background once the breaker allows; its success closes the breaker."""
        if not self._under_way and self._breaker.allows(time.monotonic()):
            self._start(key, model, text)

    async def _ask(self, key: Key, model: str, text: str) -> Vector:
        task = self._under_way.get(key) or self._start(key, model, text)
        try:
            return await asyncio.wait_for(asyncio.shield(task), self._budget)
        except TimeoutError:
            error = ModelUnavailable("timeout", "The query's embedding took too long.")
            self._breaker.record_failure(time.monotonic(), error.reason)
            raise error from None

    def _start(self, key: Key, model: str, text: str) -> asyncio.Task[Vector]:
        task = asyncio.create_task(self._embed(key, model, text))
        task.add_done_callback(lambda done: done.cancelled() or done.exception())
        self._under_way[key] = task
        return task

    async def _embed(self, key: Key, model: str, text: str) -> Vector:
        """Embed and remember, even when whoever asked no longer waits."""
        try:
            vector = await self._embedder.embed_query(model, text)
            check_vector(vector, len(vector))
        except ModelUnavailable as error:
            self._breaker.record_failure(time.monotonic(), error.reason)
            raise
        except TextRejected:
            self._breaker.record_success()
            raise
        finally:
            self._under_way.pop(key, None)
        self._breaker.record_success()
        self._known[key] = array("f", vector)  # an eighth of a list of floats
        while len(self._known) > self._entries:
            self._known.popitem(last=False)
        return vector
