"""The vector of a document, and what is nearest to it."""

import pytest

from shared.db.kit.pool import AsyncDatabase
from shared.db.search import document_vectors, search
from shared.domain.documents.document import Lane
from shared.domain.embedding.vectors import cosine_similarity
from shared.domain.errors import DocumentNotFound, DocumentNotReady
from shared.domain.refs import DocumentRef
from shared.domain.search.request import SimilarRequest
from shared.domain.search.scope import Scope
from shared.services.documents.service import DocumentService
from shared.services.search.similar import SimilarService
from tests.support.collections import named
from tests.support.worker_harness import WorkerHarness, new, vector_of

pytestmark = pytest.mark.anyio

TEXTS = {"a": "ink dries fast", "b": "ink dries slowly", "c": "a wombat"}


async def test_the_vector_of_a_short_document_is_that_of_its_only_chunk(
    harness: WorkerHarness, documents: DocumentService, async_database: AsyncDatabase
) -> None:
    await documents.create(new("a", TEXTS["a"]))
    await harness.work()
    async with async_database.connection() as connection:
        found = await document_vectors.read(connection, DocumentRef(named("c"), "a"))
    assert found.query.model_id == harness.model.verified().id
    assert cosine_similarity(found.query.vector, vector_of(TEXTS["a"])) == pytest.approx(
        1, abs=1e-4
    )


@pytest.mark.parametrize("small_scope", [0, 2000])
async def test_the_document_itself_is_not_among_the_nearest(
    harness: WorkerHarness,
    documents: DocumentService,
    async_database: AsyncDatabase,
    monkeypatch: pytest.MonkeyPatch,
    small_scope: int,
) -> None:
    monkeypatch.setattr(search, "SMALL_SCOPE", small_scope)
    for id_, text in TEXTS.items():
        await documents.create(new(id_, text))
    await harness.work()
    request = SimilarRequest(DocumentRef(named("c"), "a"), Scope(named("c")))
    result = await SimilarService(async_database).similar(request)
    assert {hit.ref.id for hit in result.hits} == {"b", "c"}


async def test_a_document_without_vectors_is_not_ready(
    harness: WorkerHarness, documents: DocumentService, async_database: AsyncDatabase
) -> None:
    await documents.create(new("a", TEXTS["a"]))
    async with async_database.connection() as connection:
        with pytest.raises(DocumentNotReady, match="is pending"):
            await document_vectors.read(connection, DocumentRef(named("c"), "a"))
        with pytest.raises(DocumentNotFound):
            await document_vectors.read(connection, DocumentRef(named("c"), "b"))
    await harness.work(Lane.INTERACTIVE)
    await documents.put(new("a", "another text"))
    async with async_database.connection() as connection:
        found = await document_vectors.read(connection, DocumentRef(named("c"), "a"))
    assert cosine_similarity(found.query.vector, vector_of(TEXTS["a"])) == pytest.approx(
        1, abs=1e-4
    )
