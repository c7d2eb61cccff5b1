"""How many candidates the scan of a vector index examines."""

import pytest

from shared.db.kit.fetch import fetch_value_async
from shared.db.kit.pool import AsyncDatabase, Database
from shared.db.models import vector_indexes
from shared.db.search import search
from shared.domain.search.query import Query, QueryVector
from shared.domain.search.scope import Scope
from shared.services.documents.service import DocumentService
from tests.support.collections import named
from tests.support.worker_harness import WorkerHarness, new, vector_of

pytestmark = pytest.mark.anyio

RESIZE = "UPDATE pg_class SET reltuples = %s WHERE oid = %s::regclass"
CANDIDATES = "SELECT current_setting('hnsw.ef_search')"


async def test_candidates_grow_with_the_chunks_of_the_model(
    documents: DocumentService,
    harness: WorkerHarness,
    async_database: AsyncDatabase,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(search, "SMALL_SCOPE", 0)
    await documents.create(new("a", "ink"))
    await harness.work()
    with database.session() as session:
        for change in vector_indexes.changes(session):
            session.execute(change)
    query = Query("ink", QueryVector(1, 8, vector_of("ink")), by_words=False, limit=1)
    async with async_database.connection() as connection:
        await connection.execute(RESIZE, (10**9, "chunks"))
        sizes = {-1: 120, 100_000: 120, 1_000_000: 259, 10_000_000: 557, 10**9: 1000}
        for chunks, candidates in sizes.items():
            await connection.execute(RESIZE, (chunks, "chunks_embedding_1"))
            async with connection.transaction():
                assert (await search.search(connection, query, Scope(named("c")))).hits
                assert await fetch_value_async(connection, CANDIDATES) == str(candidates)
            assert await fetch_value_async(connection, CANDIDATES) == "120"
