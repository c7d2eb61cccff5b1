"""All pages of a search are cut from one order, whatever their sizes."""

import random

import pytest

from shared.db.kit.pool import AsyncDatabase, Database
from shared.db.search import search, text_statistics
from shared.db.search.candidates import Tier
from shared.db.search.search import SearchMemory
from shared.domain.search.query import Query, QueryVector
from shared.domain.search.scope import Scope
from shared.services.documents.service import DocumentService
from tests.support.collections import named
from tests.support.worker_harness import WorkerHarness, new, vector_of

pytestmark = pytest.mark.anyio

PARTS = ["billing", "catalog", "search", "mail", "auth", "media", "ledger", "gateway"]
DOCUMENTS = 60


@pytest.fixture
async def notes(documents: DocumentService, harness: WorkerHarness) -> None:
    dice = random.Random(9)
    for number in range(DOCUMENTS):
        text = f"The {dice.choice(PARTS)} service lost the {dice.choice(PARTS)} service, {number}"
        await documents.create(new(str(number), text))
        await harness.work()


def query(mode: str, limit: int, offset: int) -> Query:
    vector = None if mode == "text" else QueryVector(1, 8, vector_of("billing service"))
    return Query("billing service", vector, mode != "semantic", limit, offset)


@pytest.mark.usefixtures("notes")
@pytest.mark.parametrize("small", [1000, 0], ids=["compared in full", "by index"])
@pytest.mark.parametrize("mode", ["text", "semantic", "hybrid"])
async def test_pages_of_any_size_continue_one_order(
    async_database: AsyncDatabase, monkeypatch: pytest.MonkeyPatch, mode: str, small: int
) -> None:
    monkeypatch.setattr(search, "SMALL_SCOPE", small)
    first = Tier(exact=False, candidates=10, common_documents=50_000, prefixes=False)
    monkeypatch.setattr(search, "INDEXED_FIRST", first)
    async with async_database.connection() as connection:

        async def ids(limit: int, offset: int) -> list[str]:
            found = await search.search(connection, query(mode, limit, offset), Scope(named("c")))
            assert found.total.count >= offset + len(found.hits)
            return [hit.ref.id for hit in found.hits]

        whole = await ids(100, 0)
        assert len(whole) == len(set(whole))
        assert mode == "text" or len(whole) == DOCUMENTS
        for limit in (1, 7, 10, 33):
            pages = [await ids(limit, offset) for offset in range(0, len(whole), limit)]
            assert [id_ for page in pages for id_ in page] == whole


@pytest.mark.usefixtures("notes")
@pytest.mark.parametrize("small", [1000, 0], ids=["compared in full", "by index"])
async def test_ranks_follow_the_scores_of_their_kind(
    async_database: AsyncDatabase, monkeypatch: pytest.MonkeyPatch, small: int
) -> None:
    monkeypatch.setattr(search, "SMALL_SCOPE", small)
    async with async_database.connection() as connection:
        found = await search.search(connection, query("hybrid", 30, 0), Scope(named("c")))
    candidates = [hit.ranked for hit in found.hits]
    by_meaning = sorted((each.semantic_rank, each.similarity) for each in candidates
                        if each.semantic_rank is not None)  # fmt: skip
    by_words = sorted((each.text_rank, each.word_score) for each in candidates
                      if each.text_rank is not None)  # fmt: skip
    for ranked in (by_meaning, by_words):
        scores = [score or 0.0 for _, score in ranked]
        assert scores == sorted(scores, reverse=True)
        assert ranked[0][0] == 1
        assert len({rank for rank, _ in ranked}) == len(ranked)
    assert all((each.text_rank is None) == (each.word_score is None) for each in candidates)


@pytest.mark.usefixtures("notes")
async def test_the_total_of_a_small_scope_is_exact(async_database: AsyncDatabase) -> None:
    async with async_database.connection() as connection:
        found = await search.search(connection, query("hybrid", 5, 0), Scope(named("c")))
    assert (found.total.count, found.total.is_exact) == (DOCUMENTS, True)


@pytest.mark.usefixtures("notes")
async def test_new_statistics_do_not_move_documents_between_pages(
    async_database: AsyncDatabase, database: Database
) -> None:
    memory = SearchMemory()
    async with async_database.connection() as connection:

        async def page(offset: int) -> list[str]:
            wanted = query("hybrid", 10, offset)
            found = await search.search(connection, wanted, Scope(named("c")), memory)
            return [hit.ref.id for hit in found.hits]

        pages = [await page(0)]
        with database.connection() as worker:
            text_statistics.refresh(worker)
            worker.execute(
                "UPDATE tenant_lexeme_frequencies SET documents = 1 WHERE lexeme = 'bill'"
            )
        pages += [await page(offset) for offset in range(10, DOCUMENTS, 10)]
    assert len({id_ for each in pages for id_ in each}) == DOCUMENTS
