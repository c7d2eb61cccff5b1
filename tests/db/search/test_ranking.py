"""The order of hits by words, where documents of several languages meet."""

import pytest

from shared.db.kit.pool import AsyncDatabase
from shared.db.search import search
from shared.domain.search.query import Query
from shared.domain.search.scope import Scope
from shared.services.documents.service import DocumentService
from tests.support.worker_harness import new

pytestmark = pytest.mark.anyio


async def test_what_scores_nothing_comes_last(
    documents: DocumentService, async_database: AsyncDatabase
) -> None:
    """`under` is no English lexeme: texts in English are found only by words that begin so."""
    for n in range(3):
        await documents.create(new(f"loose{n}", "Nobody can understand ink."))
    await documents.create(new("exact", "Ink under paper.", metadata={"lang": "pl"}))
    async with async_database.connection() as connection:
        query = Query("under", None, by_words=True, limit=10)
        hits = (await search.search(connection, query, Scope("c"))).hits
    assert [hit.ref.id for hit in hits] == ["exact", "loose0", "loose1", "loose2"]
