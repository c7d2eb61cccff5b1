"""Texts of applications: in short calls, in turn, after searches, and by the right model."""

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

import pytest

from shared.domain.collection_errors import EmbeddingModelNotFound
from shared.domain.embedding.throughput import RequestLimits
from shared.domain.embedding.vectors import Embeddings, Vector
from shared.domain.errors import InvalidInput, TooBusy
from shared.domain.model_errors import ModelUnavailable, TextRejected
from shared.domain.models.embedding_model import EmbeddingModel
from shared.domain.models.text_embedding import EmbeddingRequest, InputType
from shared.domain.reasons import RejectionCode, UnavailableReason
from shared.domain.refs import DEFAULT_TENANT, Tenant
from shared.ports.meters import ApiMeter
from shared.services.search import text_embeddings
from shared.services.search.query_embeddings import QueryEmbeddings
from shared.services.search.query_servers import QueryServers
from shared.services.search.text_embeddings import TextEmbeddings
from tests.services.search.test_query_embeddings import (
    MODEL,
    VECTOR,
    FakeCache,
    FakeQueryEmbedder,
    background_tasks_done,
)

pytestmark = pytest.mark.anyio

TEXTS = [f"text {number}" for number in range(200)]


@dataclass
class FakeTextEmbedder:
    """Answers with the number of each text, and refuses texts that are too long.

    `queries` embeds queries.
    """

    queries: FakeQueryEmbedder
    calls: list[Sequence[str]] = field(default_factory=list)
    running: int = 0
    fault: Exception | None = None
    answering: asyncio.Event = field(default_factory=asyncio.Event)

    async def embed(
        self, model: str, texts: Sequence[str], dimensions: int | None = None
    ) -> Embeddings:
        assert model == "m"
        self.calls.append(texts)
        assert self.running == 0
        self.running += 1
        try:
            await self.answering.wait()
        finally:
            self.running -= 1
        if self.fault:
            raise self.fault
        if any("long" in text for text in texts):
            raise TextRejected(RejectionCode.TOO_LONG, "It is too long.")
        vectors = [[float(text.split()[-1]) + 1, 1.0][:dimensions] for text in texts]
        return Embeddings(vectors, tokens=len(texts))

    async def embed_query(self, model: str, text: str, dimensions: int | None = None) -> Vector:
        return await self.queries.embed_query(model, text, dimensions)

    async def digest(self, model: str) -> str:
        return await self.queries.digest(model)


class FakeModels:
    async def get(self, within: Tenant) -> Sequence[EmbeddingModel]:
        assert within == DEFAULT_TENANT
        return [MODEL]


@pytest.fixture
def query_embedder() -> FakeQueryEmbedder:
    embedder = FakeQueryEmbedder()
    embedder.answering.set()
    return embedder


@pytest.fixture
def embedder(query_embedder: FakeQueryEmbedder) -> FakeTextEmbedder:
    embedder = FakeTextEmbedder(query_embedder)
    embedder.answering.set()
    return embedder


@pytest.fixture
def queries(embedder: FakeTextEmbedder) -> QueryEmbeddings:
    return QueryEmbeddings(QueryServers([embedder]), FakeCache(), 5, 0, ApiMeter())


@pytest.fixture
def service(queries: QueryEmbeddings) -> TextEmbeddings:
    no_database: Any = None
    service = TextEmbeddings(no_database, queries, RequestLimits(0.2, 64, 16_384))
    service._models = FakeModels()  # type: ignore[assignment]
    return service


async def embedded(
    service: TextEmbeddings,
    texts: Sequence[str],
    **options: Any,  # noqa: ANN401
) -> list[Sequence[float]]:
    vectors: list[Sequence[float]] = []
    async with aclosing(
        service.embed(DEFAULT_TENANT, EmbeddingRequest("m", texts, **options))
    ) as found:
        async for embeddings in found:
            vectors += embeddings.vectors
    return vectors


async def test_vectors_have_the_order_of_their_texts(
    service: TextEmbeddings, embedder: FakeTextEmbedder
) -> None:
    assert await embedded(service, TEXTS) == [[number + 1.0, 1.0] for number in range(len(TEXTS))]
    assert [text for call in embedder.calls for text in call] == TEXTS
    assert max(map(len, embedder.calls)) <= 64


async def test_calls_are_short_by_time_and_by_numbers(
    service: TextEmbeddings, embedder: FakeTextEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = service._speed(MODEL)
    slow.record(30_000, 600.0)  # 50 tokens a second
    await embedded(service, ["word " * 100 + "1"] * 3)
    assert [len(call) for call in embedder.calls] == [1, 1, 1]
    embedder.calls.clear()
    slow.record(10**9, 600.0)
    monkeypatch.setattr(text_embeddings, "CALL_NUMBERS", 10)
    await embedded(service, TEXTS[:50])
    assert max(map(len, embedder.calls)) == 5


async def test_requests_take_turns(service: TextEmbeddings, embedder: FakeTextEmbedder) -> None:
    """The fake model allows one call at a time."""
    embedder.answering.clear()
    large = asyncio.create_task(embedded(service, TEXTS))
    await background_tasks_done()
    small = asyncio.create_task(embedded(service, ["small 7"]))
    await background_tasks_done()
    embedder.answering.set()
    assert await small == [[8.0, 1.0]]
    assert embedder.calls[1] == ["small 7"]
    await large


async def test_a_query_goes_first(
    service: TextEmbeddings,
    embedder: FakeTextEmbedder,
    queries: QueryEmbeddings,
    query_embedder: FakeQueryEmbedder,
) -> None:
    query_embedder.answering.clear()
    searching = asyncio.create_task(queries.get(MODEL, "q"))
    await background_tasks_done()
    embedding = asyncio.create_task(embedded(service, TEXTS[:1]))
    await background_tasks_done()
    assert embedder.calls == []
    query_embedder.answering.set()
    await asyncio.gather(searching, embedding)
    assert embedder.calls == [TEXTS[:1]]


async def test_a_query_waits_for_no_call(
    service: TextEmbeddings, embedder: FakeTextEmbedder, queries: QueryEmbeddings
) -> None:
    embedder.answering.clear()
    embedding = asyncio.create_task(embedded(service, TEXTS))
    await background_tasks_done()
    assert await queries.get(MODEL, "q") == (VECTOR, False)
    embedder.answering.set()
    await embedding


async def test_an_outage_is_that_of_searches(
    service: TextEmbeddings,
    embedder: FakeTextEmbedder,
    queries: QueryEmbeddings,
    query_embedder: FakeQueryEmbedder,
) -> None:
    embedder.fault = ModelUnavailable(UnavailableReason.UNREACHABLE, "It is away.")
    with pytest.raises(ModelUnavailable, match="away"):
        await embedded(service, TEXTS)
    query_embedder.answering.clear()
    with pytest.raises(ModelUnavailable) as unavailable:
        await queries.get(MODEL, "q")
    assert unavailable.value.reason == UnavailableReason.UNREACHABLE
    calls = len(embedder.calls)
    queries._breakers[MODEL.id].retry_at = float("inf")
    with pytest.raises(ModelUnavailable, match="not answering"):
        await embedded(service, TEXTS)
    assert len(embedder.calls) == calls
    embedder.fault = None
    queries._breakers[MODEL.id].retry_at = 0
    query_embedder.answering.set()
    await embedded(service, TEXTS)
    assert queries._breakers[MODEL.id].closed


async def test_a_text_that_takes_long_does_not_keep_searches_from_the_model(
    service: TextEmbeddings, embedder: FakeTextEmbedder, queries: QueryEmbeddings
) -> None:
    embedder.fault = ModelUnavailable(UnavailableReason.TIMEOUT, "It takes long.")
    with pytest.raises(ModelUnavailable):
        await embedded(service, TEXTS)
    assert await queries.get(MODEL, "q") == (VECTOR, False)


async def test_another_model_under_the_same_name_is_refused(
    service: TextEmbeddings, embedder: FakeTextEmbedder, query_embedder: FakeQueryEmbedder
) -> None:
    query_embedder.weights, query_embedder.vector = "others", [-0.5, 0.25]
    with pytest.raises(ModelUnavailable) as unavailable:
        await embedded(service, TEXTS)
    assert unavailable.value.reason == UnavailableReason.MODEL_CHANGED
    assert embedder.calls == []


async def test_a_text_that_the_model_rejects_is_named(service: TextEmbeddings) -> None:
    texts = [*TEXTS[:70], "long 1", *TEXTS[70:]]
    with pytest.raises(InvalidInput) as refused:
        await embedded(service, texts)
    (error,) = refused.value.errors
    assert (error.path, error.message) == (("input", 70), "It is too long.")


async def test_a_server_that_does_not_cut_is_noticed(
    service: TextEmbeddings, embedder: FakeTextEmbedder
) -> None:
    assert await embedded(service, TEXTS[:1], dimensions=1) == [[1.0]]
    with pytest.raises(InvalidInput, match="cannot be cut to 3"):
        await embedded(service, TEXTS[:1], dimensions=3)
    assert embedder.running == 0


async def test_the_prefix_is_that_of_the_type(
    service: TextEmbeddings, embedder: FakeTextEmbedder
) -> None:
    await embedded(service, ["1"], input_type=InputType.QUERY)
    await embedded(service, ["1"], input_type=InputType.DOCUMENT)
    await embedded(service, ["1"])
    assert embedder.calls == [["query: 1"], ["document: 1"], ["1"]]


async def test_a_model_of_no_collection_is_not_found(service: TextEmbeddings) -> None:
    with pytest.raises(EmbeddingModelNotFound, match=r"'other'.*'m'"):
        await anext(service.embed(DEFAULT_TENANT, EmbeddingRequest("other", ["text"])))


async def test_the_numbers_of_all_requests_are_bounded(
    service: TextEmbeddings, embedder: FakeTextEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text_embeddings, "NUMBERS_MAX", 100)
    embedder.answering.clear()
    large = asyncio.create_task(embedded(service, TEXTS))
    await background_tasks_done()
    with pytest.raises(TooBusy):
        await embedded(service, TEXTS[:1])
    large.cancel()
    await asyncio.gather(large, return_exceptions=True)
    embedder.answering.set()
    assert len(await embedded(service, TEXTS[:1])) == 1


async def test_nothing_runs_after_a_request_was_cancelled(
    service: TextEmbeddings, embedder: FakeTextEmbedder
) -> None:
    embedder.answering.clear()
    tasks = [asyncio.create_task(embedded(service, TEXTS)) for _ in range(20)]
    await background_tasks_done()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert (len(embedder.calls), embedder.running, service._numbers) == (1, 0, 0)
    embedder.answering.set()
    assert len(await embedded(service, TEXTS)) == len(TEXTS)
