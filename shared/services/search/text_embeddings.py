"""Embeds the texts of applications by the models that searches use, and after searches."""

import asyncio
import time
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from shared.db.kit.pool import AsyncDatabase
from shared.domain.collection_errors import EmbeddingModelNotFound
from shared.domain.embedding.throughput import RequestLimits, Throughput
from shared.domain.embedding.vectors import Embeddings, check_vector
from shared.domain.errors import FieldError, InvalidInput, TooBusy
from shared.domain.model_errors import TextRejected
from shared.domain.models.embedding_model import EmbeddingModel
from shared.domain.models.text_embedding import EmbeddingRequest, refused_text, token_estimate
from shared.domain.refs import Tenant
from shared.ports.model import QueryEmbedder
from shared.services.search.active_models import ActiveModels
from shared.services.search.query_embeddings import QueryEmbeddings

CALL_NUMBERS = 16_384
"""The most numbers in an answer of the model server. More keep the event loop for too long."""
NUMBERS_MAX = 8_000_000
"""The most numbers that all requests of a process may ask for, which is about 100 MB of JSON. A
request on its own may ask for more."""


class TextEmbeddings:
    """Splits requests into short calls of the model server. One call runs at a time.

    So a search waits for at most one of them, and requests take turns.
    """

    def __init__(
        self,
        database: AsyncDatabase,
        queries: QueryEmbeddings,
        limits: RequestLimits,
    ) -> None:
        self._models = ActiveModels(database)
        self._queries = queries
        self._limits = limits
        self._speeds: dict[int, Throughput] = {}
        self._turn = asyncio.Lock()
        self._numbers = 0

    async def embed(self, tenant: Tenant, request: EmbeddingRequest) -> AsyncGenerator[Embeddings]:
        """Yield the vectors of the texts by a model of the tenant, in order, a few at a time.

        Raises InvalidInput, EmbeddingModelNotFound, ModelUnavailable and TooBusy.
        """
        request.check()
        model = await self._find(tenant, request)
        dimensions = request.cut(model)
        numbers = dimensions or model.dimensions or 1
        texts = request.as_read_by(model)
        with self._admitted(len(texts) * numbers):
            waiting = [range(len(texts))]
            while waiting:
                part = self._cut_off(waiting, model, texts, max(1, CALL_NUMBERS // numbers))
                try:
                    embeddings = await self._call(model, [texts[n] for n in part], dimensions)
                except TextRejected as error:
                    waiting += _halves(request, part, error)
                else:
                    yield embeddings

    async def _find(self, tenant: Tenant, request: EmbeddingRequest) -> EmbeddingModel:
        models = await self._models.get(tenant)
        model = request.chosen(models)
        if model is None:
            raise EmbeddingModelNotFound(request.model, [each.identity.name for each in models])
        return model

    @contextmanager
    def _admitted(self, numbers: int) -> Iterator[None]:
        """Count the numbers of a request inside the block; raises TooBusy."""
        if self._numbers and self._numbers + numbers > NUMBERS_MAX:
            raise TooBusy("Too many embeddings are being made for applications.")
        self._numbers += numbers
        try:
            yield
        finally:
            self._numbers -= numbers

    def _cut_off(
        self, waiting: list[range], model: EmbeddingModel, texts: Sequence[str], most: int
    ) -> range:
        """Take the texts of the next call off the end of `waiting`, which holds them backwards."""
        part = waiting.pop()
        sizes = [token_estimate(texts[n]) for n in part[: min(most, self._limits.texts)]]
        count = self._speed(model).next_request_texts(sizes)
        if part[count:]:
            waiting.append(part[count:])
        return part[:count]

    async def _call(
        self, model: EmbeddingModel, texts: Sequence[str], dimensions: int | None
    ) -> Embeddings:
        async def ask(embedder: QueryEmbedder) -> Embeddings:
            started = time.monotonic()
            answer = await embedder.embed(model.identity.name, texts, dimensions)
            self._speed(model).record(tokens, time.monotonic() - started - answer.load_seconds)
            return answer

        tokens = sum(map(token_estimate, texts))
        async with self._turn:
            answer = await self._queries.call_after_running(model, ask)
        for vector in answer.vectors:
            _require_dimensions(model, len(vector), dimensions)
            check_vector(vector, len(vector))
        return answer if answer.tokens else replace(answer, tokens=tokens)

    def _speed(self, model: EmbeddingModel) -> Throughput:
        return self._speeds.setdefault(model.id, Throughput(self._limits))


def _halves(request: EmbeddingRequest, part: range, error: TextRejected) -> Sequence[range]:
    """Return both halves of rejected texts, backwards; raises InvalidInput for a single one."""
    if len(part) == 1:
        raise refused_text(request, part.start, error.message) from error
    half = len(part) // 2
    return part[half:], part[:half]


def _require_dimensions(model: EmbeddingModel, found: int, wanted: int | None) -> None:
    """Raise InvalidInput if the server did not cut a vector as it was asked to."""
    if wanted is not None and found != wanted:
        name = model.identity.name
        raise InvalidInput(
            FieldError(
                ("dimensions",), f"{name} has {found:,} here and cannot be cut to {wanted:,}."
            )
        )
