"""A model server whose every call is measured and a part of a trace."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from shared.adapters.observability.tracing import Attribute, Kind, Span, Tracing
from shared.domain.embedding.vectors import Embeddings, Vector
from shared.domain.errors import ModelUnavailable, TextRejected
from shared.domain.models.identity import ModelCard
from shared.ports.meters import WorkerMeter
from shared.ports.model import Embedder, QueryEmbedder


class InstrumentedEmbedder:
    """An embedder, watched; see `shared.ports.Embedder`."""

    def __init__(self, embedder: Embedder, meter: WorkerMeter, tracing: Tracing) -> None:
        self._embedder = embedder
        self._meter = meter
        self._tracing = tracing

    def embed(self, model: str, texts: Sequence[str]) -> Embeddings:
        """Return a vector a text."""
        started = time.perf_counter()
        try:
            with _call(self._tracing, model, len(texts)) as span:
                answer = self._embedder.embed(model, texts)
                span.set(_accounted(answer))
        except (ModelUnavailable, TextRejected) as error:
            self._meter.call_failed(_why(error))
            raise
        self._meter.called(len(texts), answer, time.perf_counter() - started)
        return answer

    def digest(self, model: str) -> str:
        """Return the digest of the model's weights."""
        return self._embedder.digest(model)

    def card(self, model: str) -> ModelCard:
        """Return what the server tells of the model."""
        return self._embedder.card(model)


class InstrumentedQueryEmbedder:
    """Likewise for queries; see `shared.ports.QueryEmbedder`."""

    def __init__(self, embedder: QueryEmbedder, tracing: Tracing) -> None:
        self._embedder = embedder
        self._tracing = tracing

    async def embed_query(self, model: str, text: str) -> Vector:
        """Return a query's vector."""
        with _call(self._tracing, model, 1):
            return await self._embedder.embed_query(model, text)

    async def digest(self, model: str) -> str:
        """Return the digest of the model's weights."""
        return await self._embedder.digest(model)


@contextmanager
def _call(tracing: Tracing, model: str, texts: int) -> Iterator[Span]:
    with tracing.span(f"embeddings {model}", Kind.CLIENT) as span:
        span.set(
            {
                "gen_ai.operation.name": "embeddings",
                "gen_ai.system": "ollama",
                "gen_ai.request.model": model,
                "inkdex.texts": texts,
            }
        )
        try:
            yield span
        except (ModelUnavailable, TextRejected) as error:
            span.fail(_why(error))
            raise


def _why(error: ModelUnavailable | TextRejected) -> str:
    return error.reason if isinstance(error, ModelUnavailable) else error.code


def _accounted(answer: Embeddings) -> dict[str, Attribute]:
    return {
        "gen_ai.usage.input_tokens": answer.tokens,
        "inkdex.load_seconds": answer.load_seconds,
        "inkdex.total_seconds": answer.total_seconds,
    }
