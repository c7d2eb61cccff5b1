"""The model servers that embed queries. A late or dead one holds up no search."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from shared.domain.embedding.vectors import Vector, check_vector
from shared.domain.model_errors import ModelUnavailable, TextRejected
from shared.domain.models.embedding_model import EmbeddingModel
from shared.domain.reasons import RejectionCode, UnavailableReason
from shared.domain.resilience.breaker import Breaker
from shared.ports.model import QueryEmbedder
from shared.services.operations.background import failure_seen
from shared.services.search.query_model_check import QueryModelCheck

LATE = 4.0
"""A server is late after this many times the seconds that it usually takes."""
LATE_SECONDS_MIN = 0.05
LATE_SECONDS_MAX = 0.5
"""So that another server can answer within the budget of a search."""
UNKNOWN_SECONDS = 0.1
"""What a server is expected to take before its first answer."""
FORGET_SECONDS = 30.0
"""A server that was slow is tried again after a while: in the order, its seconds halve in this
time."""
MEMORY = 0.8

_Answer = TypeVar("_Answer")


@dataclass(slots=True)
class _Pace:
    """How many seconds a server takes for a query, smoothed."""

    mean: float = UNKNOWN_SECONDS
    measured_at: float = field(default_factory=time.monotonic)

    def expected(self, now: float) -> float:
        """Return the seconds to order servers by. They fade, so that a slow one is tried again."""
        return float(self.mean * 0.5 ** ((now - self.measured_at) / FORGET_SECONDS))

    @property
    def late_after(self) -> float:
        return min(LATE_SECONDS_MAX, max(LATE_SECONDS_MIN, LATE * self.mean))

    def record(self, seconds: float) -> None:
        now = time.monotonic()
        self.mean = MEMORY * self.expected(now) + (1 - MEMORY) * seconds
        self.measured_at = now

    def record_at_least(self, seconds: float) -> None:
        """Record a request that was given up. It tells something only if it was late."""
        if seconds > self.mean:
            self.record(seconds)


@dataclass(slots=True, eq=False)
class _Server:
    """One server, with a breaker for each model."""

    embedder: QueryEmbedder
    check: QueryModelCheck
    pace: _Pace = field(default_factory=_Pace)
    breakers: defaultdict[int, Breaker] = field(default_factory=lambda: defaultdict(Breaker))

    async def embed(self, model: EmbeddingModel, text: str) -> Vector:
        """Return the vector of a query, and measure the time.

        Raises ModelUnavailable and TextRejected.
        """
        started = time.monotonic()
        try:
            vector = await self._ask(model, lambda embedder: _vector(embedder, model, text))
        except asyncio.CancelledError:
            self.pace.record_at_least(time.monotonic() - started)
            raise
        except ModelUnavailable as error:
            self.failed(model, error.reason)
            raise
        self.pace.record(time.monotonic() - started)
        return vector

    async def call(
        self, model: EmbeddingModel, ask: Callable[[QueryEmbedder], Awaitable[_Answer]]
    ) -> _Answer:
        """Ask the server for others. A long text may take longer than the server's usual time.

        Raises ModelUnavailable and TextRejected.
        """
        started = time.monotonic()
        try:
            return await self._ask(model, ask)
        except ModelUnavailable as error:
            self.pace.record_at_least(time.monotonic() - started)
            if error.reason is not UnavailableReason.TIMEOUT:
                self.failed(model, error.reason)
            raise

    async def _ask(
        self, model: EmbeddingModel, ask: Callable[[QueryEmbedder], Awaitable[_Answer]]
    ) -> _Answer:
        await self.check.require(model)
        answer = await ask(self.embedder)
        await self.check.confirm(model)
        self.breakers[model.id].record_success()
        return answer

    def failed(self, model: EmbeddingModel, reason: str) -> None:
        self.breakers[model.id].record_failure(time.monotonic(), reason)


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

    async def call(
        self, model: EmbeddingModel, ask: Callable[[QueryEmbedder], Awaitable[_Answer]]
    ) -> _Answer:
        """Ask one server after the other, until one answers.

        Raises TextRejected, and ModelUnavailable if no server answers.
        """
        *others, last = self._in_order(model)
        for server in others:
            try:
                return await server.call(model, ask)
            except ModelUnavailable:
                continue
        return await last.call(model, ask)

    def _in_order(self, model: EmbeddingModel) -> Sequence[_Server]:
        """Return all servers, those that work first, and of these the quickest."""
        now = time.monotonic()

        def order(server: _Server) -> tuple[bool, float]:
            return not server.breakers[model.id].allows(now), server.pace.expected(now)

        return sorted(self._servers, key=order)


class _Race:
    """One query. The first answer wins, and the other requests are cancelled."""

    def __init__(self, model: EmbeddingModel, text: str, servers: Sequence[_Server]) -> None:
        self._model = model
        self._text = text
        self._waiting = list(servers)
        self._running: dict[asyncio.Task[Vector], _Server] = {}
        self._rejections: dict[_Server, TextRejected] = {}

    async def run(self) -> Vector:
        """Return the first vector; raises the error of the last server if there is none."""
        error: BaseException | None = None
        try:
            while self._running or self._waiting:
                late_after = self._start()
                done, _ = await asyncio.wait(
                    self._running, timeout=late_after, return_when=asyncio.FIRST_COMPLETED
                )
                errors = {task: task.exception() for task in done}
                for task, found in errors.items():
                    if found is None:
                        self._blame_those_that_reject()
                        return task.result()
                for task, found in errors.items():
                    error = self._failed(self._running.pop(task), found)
        finally:
            for task in self._running:
                task.cancel()
                task.add_done_callback(failure_seen)
        assert error is not None, "a race has at least one server"
        raise error

    def _start(self) -> float | None:
        """Ask the next server. Return after how many seconds it is late, or None for the last."""
        if not self._waiting:
            return None
        server = self._waiting.pop(0)
        self._running[asyncio.create_task(server.embed(self._model, self._text))] = server
        return server.pace.late_after if self._waiting else None

    def _failed(self, server: _Server, error: BaseException | None) -> BaseException | None:
        """Return the error; raises it if another server could do nothing about it."""
        if isinstance(error, TextRejected) and error.code is not RejectionCode.TOO_LONG:
            self._rejections[server] = error
        elif error and not isinstance(error, ModelUnavailable):
            raise error
        return error

    def _blame_those_that_reject(self) -> None:
        """Another server embeds the text, so those that reject it fail."""
        for server, error in self._rejections.items():
            server.failed(self._model, error.code)


async def _vector(embedder: QueryEmbedder, model: EmbeddingModel, text: str) -> Vector:
    identity = model.identity
    vector = await embedder.embed_query(identity.name, text, identity.dimensions)
    check_vector(vector, len(vector))
    return vector
