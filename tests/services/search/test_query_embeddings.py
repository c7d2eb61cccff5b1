"""Where the vector of a query comes from: the process, the cache or the model server."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest

from shared.domain.embedding.vectors import Vector
from shared.domain.model_errors import ModelUnavailable
from shared.domain.models.embedding_model import FINGERPRINT_TEXT, EmbeddingModel
from shared.domain.models.identity import ModelIdentity
from shared.domain.reasons import UnavailableReason
from shared.ports.meters import ApiMeter
from shared.services.search.query_embeddings import QueryEmbeddings
from shared.services.search.query_servers import QueryServers
from tests.support.query_fakes import EmbedsQueries

pytestmark = pytest.mark.anyio

VECTOR: Vector = [0.5, 0.25]
IDENTITY = ModelIdentity("m", document_prefix="document: ", query_prefix="query: ")
MODEL = EmbeddingModel(1, IDENTITY, "weights", 2, (0.5, 0.25))


@dataclass
class FakeQueryEmbedder(EmbedsQueries):
    texts: list[str] = field(default_factory=list)
    vector: Vector = field(default_factory=lambda: VECTOR)
    weights: str = "weights"
    digest_calls: int = 0
    digest_seconds: float = 0.0
    fault: Exception | None = None
    answering: asyncio.Event = field(default_factory=asyncio.Event)

    async def embed_query(
        self,
        model: str,  # noqa: ARG002
        text: str,
        dimensions: int | None = None,
    ) -> Vector:
        self.texts.append(text)
        await self.answering.wait()
        if self.fault:
            raise self.fault
        return self.vector[:dimensions]

    async def digest(self, model: str) -> str:  # noqa: ARG002
        self.digest_calls += 1
        weights = self.weights
        await asyncio.sleep(self.digest_seconds)
        return weights


@dataclass
class FakeCache:
    vectors: dict[bytes, Sequence[float]] = field(default_factory=dict)

    async def get(self, key: bytes) -> Vector | None:
        return self.vectors.get(key)

    async def put(self, key: bytes, vector: Vector) -> None:
        self.vectors[key] = vector


@pytest.fixture
def embedder() -> FakeQueryEmbedder:
    embedder = FakeQueryEmbedder()
    embedder.answering.set()
    return embedder


async def background_tasks_done() -> None:
    """Let background tasks finish."""
    for _ in range(30):
        await asyncio.sleep(0)


class RecordedMeter(ApiMeter):
    def __init__(self) -> None:
        self.sources: Counter[str] = Counter()
        self.breaker_is_open = False

    def query_vector_found(self, source: str) -> None:
        self.sources[source] += 1

    def query_breaker_changed(self, *, is_open: bool) -> None:
        self.breaker_is_open = is_open


def make(
    embedder: FakeQueryEmbedder,
    cache: FakeCache,
    budget: float = 5,
    meter: ApiMeter | None = None,
) -> QueryEmbeddings:
    return QueryEmbeddings(
        QueryServers([embedder]), cache, budget, entries=2, meter=meter or ApiMeter()
    )


async def test_query_is_embedded_once_for_all_processes(embedder: FakeQueryEmbedder) -> None:
    cache = FakeCache()
    meters = RecordedMeter(), RecordedMeter()
    first, second = (make(embedder, cache, meter=meter) for meter in meters)
    assert await first.get(MODEL, "two  words ") == (VECTOR, False)
    await background_tasks_done()
    assert list((await first.get(MODEL, "two words"))[0]) == VECTOR
    assert await second.get(MODEL, " two words") == (VECTOR, True)
    assert embedder.texts == ["query: two words"]
    assert meters[0].sources == {"process": 1, "miss": 1}
    assert meters[1].sources == {"redis": 1}


async def test_identical_concurrent_queries_share_one_call(embedder: FakeQueryEmbedder) -> None:
    embedder.answering.clear()
    embeddings = make(embedder, FakeCache())
    queries = [asyncio.create_task(embeddings.get(MODEL, "q")) for _ in range(20)]
    await background_tasks_done()
    embedder.answering.set()
    assert await asyncio.gather(*queries) == [(VECTOR, False)] * 20
    assert embedder.texts == ["query: q"]


async def test_each_model_digest_and_prefix_has_its_own_vectors(
    embedder: FakeQueryEmbedder,
) -> None:
    cache = FakeCache()
    embeddings = make(embedder, cache)
    identities = [MODEL.identity, ModelIdentity("m", query_prefix="other: "), ModelIdentity("n")]
    for digest in ("weights", "other", None):
        for identity in identities:
            model = EmbeddingModel(1, identity, digest, 2, (0.5, 0.25))
            assert (await embeddings.get(model, "q"))[1] is False
            await background_tasks_done()
    assert len(cache.vectors) == 9


async def test_models_of_two_tenants_share_no_query(embedder: FakeQueryEmbedder) -> None:
    cache = FakeCache()
    for model_id in (1, 2):
        model = replace(MODEL, id=model_id)
        assert (await make(embedder, cache).get(model, "q"))[1] is False
        await background_tasks_done()


async def test_cached_vector_of_other_dimensions_is_ignored(
    embedder: FakeQueryEmbedder,
) -> None:
    cache = FakeCache()
    await make(embedder, cache).get(MODEL, "q")
    await background_tasks_done()
    cache.vectors = {key: [1.0, 2.0, 3.0] for key in cache.vectors}
    assert await make(embedder, cache).get(MODEL, "q") == (VECTOR, False)


async def test_only_the_first_search_waits_for_a_hanging_server(
    embedder: FakeQueryEmbedder,
) -> None:
    embedder.answering.clear()
    cache = FakeCache()
    embeddings = make(embedder, cache, budget=0.05)
    with pytest.raises(ModelUnavailable, match="too long"):
        await embeddings.get(MODEL, "q")
    for query in ("q", "r"):
        with pytest.raises(ModelUnavailable, match="not answering"):
            await embeddings.get(MODEL, query)
    assert embedder.texts == ["query: q"]
    embedder.answering.set()
    await background_tasks_done()
    assert list((await embeddings.get(MODEL, "q"))[0]) == VECTOR


async def test_cached_queries_are_served_during_an_outage(
    embedder: FakeQueryEmbedder,
) -> None:
    cache = FakeCache()
    await make(embedder, cache).get(MODEL, "known")
    await background_tasks_done()
    embedder.fault = ModelUnavailable(UnavailableReason.UNREACHABLE, "gone")
    other = make(embedder, cache)
    with pytest.raises(ModelUnavailable):
        await other.get(MODEL, "unknown")
    assert await other.get(MODEL, "known") == (VECTOR, True)


async def test_changed_model_embeds_no_query(
    embedder: FakeQueryEmbedder,
) -> None:
    cache = FakeCache()
    meter = RecordedMeter()
    embeddings = make(embedder, cache, meter=meter)
    embedder.weights, embedder.vector = "other weights", [0.25, 0.5]
    with pytest.raises(ModelUnavailable, match="another model"):
        await embeddings.get(MODEL, "ink")
    await background_tasks_done()
    assert cache.vectors == {}
    assert meter.breaker_is_open


async def test_same_model_in_another_file_embeds_queries(embedder: FakeQueryEmbedder) -> None:
    embedder.weights = "the same weights in another file"
    assert await make(embedder, FakeCache()).get(MODEL, "ink") == (VECTOR, False)
    assert embedder.texts == ["document: " + FINGERPRINT_TEXT, "query: ink"]


async def test_model_is_verified_once_and_again_when_it_changes(
    embedder: FakeQueryEmbedder,
) -> None:
    embeddings = make(embedder, FakeCache())
    for number in range(5):
        await embeddings.get(MODEL, f"ink {number}")
    assert embedder.digest_calls == 1 + 5
    await embeddings.get(replace(MODEL, digest=None), "ink")
    assert embedder.digest_calls == 2 + 6


async def test_queries_at_the_same_time_share_the_checks(embedder: FakeQueryEmbedder) -> None:
    embedder.digest_seconds = 0.01
    embeddings = make(embedder, FakeCache())
    queries = [embeddings.get(MODEL, f"ink {number}") for number in range(16)]
    assert await asyncio.gather(*queries) == [(VECTOR, False)] * 16
    assert embedder.digest_calls == 2


async def test_queries_at_the_same_time_share_one_comparison(embedder: FakeQueryEmbedder) -> None:
    embedder.weights = "the same weights in another file"
    embeddings = make(embedder, FakeCache())
    await asyncio.gather(*(embeddings.get(MODEL, f"ink {number}") for number in range(16)))
    assert embedder.texts.count("document: " + FINGERPRINT_TEXT) == 1


async def test_a_check_without_an_answer_does_not_hold_up_later_queries(
    embedder: FakeQueryEmbedder,
) -> None:
    embeddings = make(embedder, FakeCache())
    embedder.digest_seconds = 60
    first = asyncio.create_task(embeddings.get(MODEL, "first"))
    await asyncio.sleep(0.01)
    embedder.digest_seconds = 0
    assert await asyncio.wait_for(embeddings.get(MODEL, "second"), 3) == (VECTOR, False)
    assert not first.done()
    first.cancel()


async def test_a_check_that_began_before_a_vector_proves_nothing(
    embedder: FakeQueryEmbedder,
) -> None:
    """The first query is being confirmed when the file is replaced. The second one is embedded."""
    embeddings = make(embedder, FakeCache())
    await embeddings.get(MODEL, "verified")
    embedder.digest_seconds = 0.05
    first = asyncio.create_task(embeddings.get(MODEL, "first"))
    await asyncio.sleep(0.01)
    embedder.weights, embedder.vector = "other weights", [0.25, 0.5]
    with pytest.raises(ModelUnavailable, match="replaced"):
        await embeddings.get(MODEL, "second")
    assert await first == (VECTOR, False)


async def test_models_in_turns_are_verified_once_each(embedder: FakeQueryEmbedder) -> None:
    embeddings = make(embedder, FakeCache())
    for number in range(5):
        for model_id in (1, 2):
            await embeddings.get(replace(MODEL, id=model_id), f"ink {model_id} {number}")
    assert embedder.digest_calls == 2 + 10


async def test_failures_of_one_model_do_not_stop_another(embedder: FakeQueryEmbedder) -> None:
    embeddings = make(embedder, FakeCache())
    embedder.fault = ModelUnavailable(UnavailableReason.MODEL_MISSING, "gone")
    with pytest.raises(ModelUnavailable, match="gone"):
        await embeddings.get(replace(MODEL, id=2), "ink")
    embedder.fault = None
    assert await embeddings.get(MODEL, "ink") == (VECTOR, False)
    with pytest.raises(ModelUnavailable, match="not answering"):
        await embeddings.get(replace(MODEL, id=2), "paper")
