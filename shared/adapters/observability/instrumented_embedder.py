"""Embedders that measure and trace their calls of the model server."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from opentelemetry.trace import Span, SpanKind, Tracer

from shared.adapters.observability.tracing import mark_failed, start_span
from shared.domain.embedding.vectors import Embeddings, Vector
from shared.domain.model_errors import ModelUnavailable, TextRejected
from shared.domain.models.identity import ModelCard
from shared.ports.meters import WorkerMeter
from shared.ports.model import Embedder, QueryEmbedder


class InstrumentedEmbedder:
    """Implements `shared.ports.model.Embedder` around another embedder."""

    def __init__(self, embedder: Embedder, meter: WorkerMeter, tracer: Tracer) -> None:
        self._embedder = embedder
        self._meter = meter
        self._tracer = tracer

    def embed(self, model: str, texts: Sequence[str], dimensions: int | None = None) -> Embeddings:
        started = time.perf_counter()
        try:
            with _call_span(self._tracer, model, len(texts)) as span:
                answer = self._embedder.embed(model, texts, dimensions)
                _add_usage(span, answer)
        except (ModelUnavailable, TextRejected) as error:
            self._meter.call_failed(_error_type(error))
            raise
        self._meter.called(len(texts), answer, time.perf_counter() - started)
        return answer

    def digest(self, model: str) -> str:
        return self._embedder.digest(model)

    def card(self, model: str) -> ModelCard:
        return self._embedder.card(model)


class InstrumentedQueryEmbedder:
    """Implements `shared.ports.model.QueryEmbedder` around another embedder."""

    def __init__(self, embedder: QueryEmbedder, tracer: Tracer) -> None:
        self._embedder = embedder
        self._tracer = tracer

    async def embed_query(self, model: str, text: str, dimensions: int | None = None) -> Vector:
        with _call_span(self._tracer, model, 1):
            return await self._embedder.embed_query(model, text, dimensions)

    async def embed(
        self, model: str, texts: Sequence[str], dimensions: int | None = None
    ) -> Embeddings:
        with _call_span(self._tracer, model, len(texts)) as span:
            answer = await self._embedder.embed(model, texts, dimensions)
            _add_usage(span, answer)
        return answer

    async def digest(self, model: str) -> str:
        return await self._embedder.digest(model)


@contextmanager
def _call_span(tracer: Tracer, model: str, texts: int) -> Iterator[Span]:
    with start_span(tracer, f"embeddings {model}", SpanKind.CLIENT) as span:
        span.set_attributes(
            {
                "gen_ai.operation.name": "embeddings",
                "gen_ai.system": "ollama",
                "gen_ai.request.model": model,
                "inkdex.texts": texts,
            }
        )
        try:
            yield span
        except Exception as error:
            mark_failed(span, _error_type(error))
            raise


def _add_usage(span: Span, answer: Embeddings) -> None:
    span.set_attributes(
        {
            "gen_ai.usage.input_tokens": answer.tokens,
            "inkdex.load_seconds": answer.load_seconds,
            "inkdex.total_seconds": answer.total_seconds,
        }
    )


def _error_type(error: Exception) -> str:
    match error:
        case ModelUnavailable():
            return error.reason
        case TextRejected():
            return error.code
        case _:
            return type(error).__name__
