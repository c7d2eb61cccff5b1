"""The order of hits by words in a collection of several languages."""

import pytest

from shared.db.kit.pool import AsyncDatabase
from shared.db.search import search
from shared.domain.search.query import Query
from shared.domain.search.scope import Scope
from shared.services.documents.service import DocumentService
from tests.support.collections import named
from tests.support.worker_harness import new

pytestmark = pytest.mark.anyio


async def test_a_word_is_found_in_each_language_and_script(
    documents: DocumentService, async_database: AsyncDatabase
) -> None:
    await documents.create(new("en", "drying ink"))
    await documents.create(new("fr", "encre sèche 墨水", metadata={"lang": "fr"}))
    found = {}
    async with async_database.connection() as connection:
        for text in ("dry", "encres", "墨水", "\uff49\uff4e\uff4b"):
            query = Query(text, None, by_words=True, limit=10)
            hits = (await search.search(connection, query, Scope(named("c")))).hits
            found[text] = [hit.ref.id for hit in hits]
    assert list(found.values()) == [["en"], ["fr"], ["fr"], ["en"]]


async def test_documents_without_a_score_come_last(
    documents: DocumentService, async_database: AsyncDatabase
) -> None:
    """`under` is a stop word in English. English texts match only by words that begin with it."""
    for n in range(3):
        await documents.create(new(f"prefix{n}", "Nobody can understand ink."))
    await documents.create(new("exact", "Ink under paper.", metadata={"lang": "pl"}))
    async with async_database.connection() as connection:
        query = Query("under", None, by_words=True, limit=10)
        hits = (await search.search(connection, query, Scope(named("c")))).hits
    assert [hit.ref.id for hit in hits] == ["exact", "prefix0", "prefix1", "prefix2"]


@pytest.mark.parametrize(
    ("language", "plain", "accented"),
    [
        ("fr", "cafe", "café"),
        ("de", "Muller", "Müller"),
        ("he", "בראשית", "בְּרֵאשִׁית"),
        ("ar", "كتاب", "كِتَابٌ"),
        ("es", "senor", "señor"),
        ("vi", "da nang", "Đà Nẵng"),
    ],
)
async def test_the_exact_word_comes_first_with_and_without_accents(
    documents: DocumentService,
    async_database: AsyncDatabase,
    language: str,
    plain: str,
    accented: str,
) -> None:
    for id_, word in {"accented": accented, "plain": plain, "accented2": accented}.items():
        await documents.create(new(id_, f"{word} 1 2 3", metadata={"lang": language}))
    async with async_database.connection() as connection:
        for text, expected in ((plain, ["plain"]), (accented, ["accented", "accented2"])):
            query = Query(text, None, by_words=True, limit=10)
            hits = (await search.search(connection, query, Scope(named("c")))).hits
            found = [hit.ref.id for hit in hits]
            assert found[: len(expected)] == expected
            assert len(found) == 3
