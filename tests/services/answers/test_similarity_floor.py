"""When a model's floor is measured, and what happens meanwhile."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator

import pytest

from shared.db.kit.pool import AsyncDatabase
from shared.domain.answers.everyday_questions import QUESTIONS
from shared.domain.embedding.vectors import Vector
from shared.domain.model_errors import ModelUnavailable
from shared.domain.reasons import UnavailableReason
from shared.ports.meters import ApiMeter
from shared.services.answers import similarity_floor
from shared.services.answers.similarity_floor import SimilarityFloors
from shared.services.documents.service import DocumentService
from shared.services.search.query_embeddings import QueryEmbeddings
from shared.services.search.query_servers import QueryServers
from tests.services.search.test_query_embeddings import FakeCache
from tests.support.query_fakes import EmbedsQueries
from tests.support.worker_harness import WorkerHarness, new, vector_of

pytestmark = pytest.mark.anyio


class QuestionModel(EmbedsQueries):
    def __init__(self) -> None:
        self.asked = Counter[str]()
        self.is_away = False
        self.answering = asyncio.Event()
        self.answering.set()

    async def embed_query(self, model: str, text: str, dimensions: int | None = None) -> Vector:  # noqa: ARG002
        self.asked[text] += 1
        await self.answering.wait()
        if self.is_away:
            raise ModelUnavailable(UnavailableReason.UNREACHABLE, "It is away.")
        return vector_of(text)[:dimensions]

    async def digest(self, model: str) -> str:  # noqa: ARG002
        return "sha256-of-weights"


@pytest.fixture
def model() -> QuestionModel:
    return QuestionModel()


@pytest.fixture
def embeddings(model: QuestionModel) -> QueryEmbeddings:
    return QueryEmbeddings(QueryServers([model]), FakeCache(), 30, 1000, ApiMeter())


@pytest.fixture
async def floors(
    async_database: AsyncDatabase, embeddings: QueryEmbeddings
) -> AsyncIterator[SimilarityFloors]:
    found = SimilarityFloors(async_database, embeddings)
    yield found
    await found.close()


@pytest.fixture
async def document(documents: DocumentService, harness: WorkerHarness) -> None:
    await documents.create(new("ink", "ink"))
    await harness.work()


@pytest.mark.usefixtures("document")
async def test_questions_are_embedded_once(
    async_database: AsyncDatabase,
    embeddings: QueryEmbeddings,
    floors: SimilarityFloors,
    model: QuestionModel,
) -> None:
    first = await asyncio.gather(*(floors.get(1) for _ in range(5)))
    assert first[0] is not None
    assert first == [first[0]] * 5
    assert await SimilarityFloors(async_database, embeddings).get(1) == first[0]
    assert len(model.asked) == sum(map(len, QUESTIONS.values()))
    assert set(model.asked.values()) == {1}


@pytest.mark.usefixtures("document")
async def test_only_the_first_question_waits(
    floors: SimilarityFloors, model: QuestionModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(similarity_floor, "KEEP_SECONDS", 0)
    monkeypatch.setattr(similarity_floor, "FIRST_SECONDS", 0.05)
    model.answering.clear()
    assert await floors.get(1) is None
    model.answering.set()
    monkeypatch.setattr(similarity_floor, "FIRST_SECONDS", 30)
    former = await floors.get(1)
    assert former is not None
    model.answering.clear()
    assert await floors.get(1) is former


@pytest.mark.usefixtures("document")
async def test_without_the_model_nothing_is_known_for_some_seconds(
    floors: SimilarityFloors, model: QuestionModel
) -> None:
    model.is_away = True
    assert await floors.get(1) is None
    asked = model.asked.total()
    assert await floors.get(1) is None
    assert model.asked.total() == asked


async def test_without_documents_or_a_model_there_is_no_floor(floors: SimilarityFloors) -> None:
    assert await floors.get(1) is None
    assert await floors.get(99) is None
