"""The order of hits by words in a collection of several languages."""

import pytest

from shared.db.kit.pool import AsyncDatabase
from shared.db.search import search
from shared.domain.search.query import Query
from shared.domain.search.scope import Scope
from shared.services.documents.service import DocumentService
from tests.support.worker_harness import new

pytestmark = pytest.mark.anyio


async def test_documents_without_a_score_come_last(
    documents: DocumentService, async_database: AsyncDatabase
) -> None:
    """`under` is a stop word in English. English texts match only by words that begin with it."""
    for n in range(3):
        await documents.create(new(f"prefix{n}", "Nobody can understand ink."))
    await documents.create(new("exact", "Ink under paper.", metadata={"lang": "pl"}))
    async with async_database.connection() as connection:
        query = Query("under", None, by_words=True, limit=10)
        hits = (await search.search(connection, query, Scope("c"))).hits
    assert [hit.ref.id for hit in hits] == ["exact", "prefix0", "prefix1", "prefix2"]
