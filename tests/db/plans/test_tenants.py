"""Large tenants have indexes of their own, and small ones need none."""

import pytest

from shared.config import Settings
from shared.db.kit.pool import AsyncConnection, Database
from shared.db.search import search
from shared.db.search.search import SMALL_SCOPE
from shared.domain.refs import Collection, Tenant
from shared.domain.search.query import Query, QueryVector
from shared.domain.search.scope import Scope
from shared.services.maintenance.index_builder import IndexBuilder
from tests.db.plans.rows import DOCUMENTS_OF, LARGE, SMALL
from tests.support.plans import RUNS, Plans, indexes, scanned

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("within", [Collection(LARGE, "c"), LARGE], ids=["collection", "tenant"])
async def test_a_large_tenant_has_indexes_of_its_own(
    watched: AsyncConnection, plans: Plans, within: Collection | Tenant
) -> None:
    query = Query("word7", QueryVector(2, 8, [0.5] * 8), by_words=True, limit=10)
    for _ in range(RUNS):
        found = await search.search(watched, query, Scope(within))
        assert {hit.ref.collection.tenant for hit in found.hits} == {LARGE}
    nodes = plans.nodes()
    assert scanned(nodes) == set()
    assert "chunks_embedding_2" in indexes(nodes)
    assert any(name.startswith("document_texts_of_") for name in indexes(nodes))
    assert not {"chunks_embedding_1", "document_texts_lexemes"} & indexes(nodes)
    read = [n["Actual Rows"] for n in nodes if n.get("Index Name") == "chunks_embedding_2"]
    assert max(read) <= search.INDEXED_FIRST.candidates


@pytest.mark.parametrize("small_scope", [SMALL_SCOPE, 0])
@pytest.mark.parametrize("within", [Collection(SMALL, "c"), SMALL], ids=["collection", "tenant"])
async def test_the_vectors_of_a_small_tenant_are_compared_without_reading_others(
    watched: AsyncConnection,
    plans: Plans,
    monkeypatch: pytest.MonkeyPatch,
    within: Collection | Tenant,
    small_scope: int,
) -> None:
    monkeypatch.setattr(search, "SMALL_SCOPE", small_scope)
    query = Query("word7", QueryVector(3, 8, [0.5] * 8), by_words=False, limit=10)
    for _ in range(RUNS):
        found = await search.search(watched, query, Scope(within))
        assert len(found.hits) == 10
    nodes = plans.nodes()
    assert scanned(nodes) == set()
    assert not any(name.startswith("chunks_embedding") for name in indexes(nodes))
    rows = [n["Actual Rows"] * n["Actual Loops"] for n in nodes if n["Node Type"] != "Aggregate"]
    assert max(rows) <= DOCUMENTS_OF[SMALL]


def test_only_large_tenants_keep_indexes(filled: Settings) -> None:
    database = Database(filled)
    database.open()
    resize = "UPDATE tenant_text_statistics SET documents = %s WHERE tenant = 'large'"

    def built() -> int:
        IndexBuilder(database).work()
        query = """
            SELECT count(*) AS indexes FROM pg_indexes
            WHERE indexname = 'chunks_embedding_2' OR indexname LIKE 'document_texts_of_%'"""
        with database.connection() as connection:
            row = connection.execute(query).fetchone()
        assert row
        return int(row["indexes"])

    with database.connection() as connection:
        for documents, expected in ((1500, 2), (900, 0), (1500, 0), (2500, 2)):
            connection.execute(resize, (documents,))
            assert built() == expected
    database.close()
