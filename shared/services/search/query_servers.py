"""The model servers that embed queries. A late or dead one holds up no search."""

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from shared.domain.embedding.vectors import Vector, check_vector
from shared.domain.model_errors import ModelUnavailable
from shared.domain.models.embedding_model import EmbeddingModel
from shared.domain.resilience.breaker import Breaker
from shared.ports.model import QueryEmbedder
from shared.services.search.query_model_check import QueryModelCheck

LATE = 4.0
"""A server is late after this many times the seconds that it took lately."""
LATE_SECONDS_MIN = 0.05
UNKNOWN_SECONDS = 0.1
"""What a server is expected to take before its first answer."""
FORGET_SECONDS = 30.0
"""A server that was slow is tried again after a while: its seconds halve in this time."""
MEMORY = 0.8


@dataclass(slots=True)
class _Pace:
    """How many seconds a server takes for a query, smoothed."""

    mean: float = UNKNOWN_SECONDS
    measured_at: float = field(default_factory=time.monotonic)

    def seconds(self, now: float) -> float:
        age = now - self.measured_at
        return float(self.mean * 0.5 ** (age / FORGET_SECONDS))

    def record(self, seconds: float) -> None:
        now = time.monotonic()
        self.mean = MEMORY * self.seconds(now) + (1 - MEMORY) * seconds
        self.measured_at = now


@dataclass(slots=True, eq=False)
class _Server:
    """One server, with a breaker for each model."""

    embedder: QueryEmbedder
    check: QueryModelCheck
    pace: _Pace = field(default_factory=_Pace)
    breakers: defaultdict[int, Breaker] = field(default_factory=lambda: defaultdict(Breaker))

    async def embed(self, model: EmbeddingModel, text: str) -> Vector:
        started = time.monotonic()
        try:
            async with self.verified(model):
                vector = await self.embedder.embed_query(
                    model.identity.name, text, model.identity.dimensions
                )
                check_vector(vector, len(vector))
        except asyncio.CancelledError:  # another was quicker, so it takes at least as long
            self.pace.record(time.monotonic() - started)
            raise
        self.pace.record(time.monotonic() - started)
        return vector

    @asynccontextmanager
    async def verified(self, model: EmbeddingModel) -> AsyncIterator[QueryEmbedder]:
        """Use the server, which has the model, inside the block; raises ModelUnavailable."""
        breaker = self.breakers[model.id]
        try:
            await self.check.require(model)
            yield self.embedder
        except ModelUnavailable as error:
            breaker.record_failure(time.monotonic(), error.reason)
            raise
        breaker.record_success()


class QueryServers:
    """Asks the server that is expected to answer first, and others if it is late or fails."""

    def __init__(self, embedders: Sequence[QueryEmbedder]) -> None:
        self._servers = [_Server(each, QueryModelCheck(each)) for each in embedders]

    async def embed(self, model: EmbeddingModel, text: str) -> Vector:
        """Return the vector of a text by a server that has the model.

        Raises TextRejected, and ModelUnavailable if no server embeds it.
        """
        servers = self._in_order(model)
        if len(servers) == 1:
            return await servers[0].embed(model, text)
        return await _Race(model, text, servers).run()

    @asynccontextmanager
    async def verified(self, model: EmbeddingModel) -> AsyncIterator[QueryEmbedder]:
        """Use the server that is expected to answer first; raises ModelUnavailable."""
        async with self._in_order(model)[0].verified(model) as embedder:
            yield embedder

    def _in_order(self, model: EmbeddingModel) -> Sequence[_Server]:
        """Return the servers that work, the quickest first, and all if none works."""
        now = time.monotonic()
        working = [each for each in self._servers if each.breakers[model.id].allows(now)]
        return sorted(working or self._servers, key=lambda each: each.pace.seconds(now))


class _Race:
    """One query. The first answer wins, and the other requests are cancelled."""

    def __init__(self, model: EmbeddingModel, text: str, servers: Sequence[_Server]) -> None:
        self._model = model
        self._text = text
        self._waiting = list(servers)
        self._running: set[asyncio.Task[Vector]] = set()

    async def run(self) -> Vector:
        try:
            while True:
                late_after = self._start()
                done, self._running = await asyncio.wait(
                    self._running, timeout=late_after, return_when=asyncio.FIRST_COMPLETED
                )
                for task in done:
                    if not isinstance(task.exception(), ModelUnavailable) or self._is_last:
                        return task.result()
        finally:
            for task in self._running:
                task.cancel()

    @property
    def _is_last(self) -> bool:
        return not self._running and not self._waiting

    def _start(self) -> float | None:
        """Ask the next server. Return after how many seconds it is late, or None for the last."""
        if not self._waiting:
            return None
        server = self._waiting.pop(0)
        self._running.add(asyncio.create_task(server.embed(self._model, self._text)))
        if not self._waiting:
            return None
        return max(LATE_SECONDS_MIN, LATE * server.pace.seconds(time.monotonic()))
