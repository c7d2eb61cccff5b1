"""A model server whose every call is a part of a trace."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from shared.adapters.tracing import Kind, Span, Tracing
from shared.domain.errors import ModelUnavailable, TextRejected
from shared.domain.vectors import Vector
from shared.ports import Embedder, QueryEmbedder


class MeasuredEmbedder:
    """An embedder, watched; see `shared.ports.Embedder`."""

    def __init__(self, embedder: Embedder, tracing: Tracing) -> None:
        self._embedder = embedder
        self._tracing = tracing

    def embed(self, model: str, texts: Sequence[str]) -> list[Vector]:
        """Return a vector a text."""
        with _call(self._tracing, model, len(texts)):
            return self._embedder.embed(model, texts)

    def digest(self, model: str) -> str:
        """Return the digest of the model's weights."""
        return self._embedder.digest(model)


class MeasuredQueryEmbedder:
    """Likewise for queries; see `shared.ports.QueryEmbedder`."""

    def __init__(self, embedder: QueryEmbedder, tracing: Tracing) -> None:
        self._embedder = embedder
        self._tracing = tracing

    async def embed_query(self, model: str, text: str) -> Vector:
        """Return a query's vector."""
        with _call(self._tracing, model, 1):
            return await self._embedder.embed_query(model, text)


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
        except ModelUnavailable as error:
            span.fail(error.reason)
            raise
        except TextRejected as error:
            span.fail(error.code)
            raise
