"""The snippet of a hit, and its chunk that is nearest to the query."""

import asyncio
import html
import random
from dataclasses import replace

import pytest

from shared.db.kit.pool import AsyncDatabase
from shared.db.search import search
from shared.domain.documents.document import Lane
from shared.domain.search.query import Hit, Nearest, Query, QueryVector
from shared.domain.search.scope import Scope
from shared.domain.search.snippets.near_words import NearWords
from shared.domain.search.snippets.snippet import quotations
from shared.services.documents.service import DocumentService
from tests.support.collections import named
from tests.support.worker_harness import DIMENSIONS, WorkerHarness, new, vector_of

pytestmark = pytest.mark.anyio

MEGABYTE = 1024 * 1024 - 100
FILLER = "The committee met again and nothing was decided about the budget. "
NEEDLE = "A quokka was seen near the lighthouse at dawn."


async def find(database: AsyncDatabase, text: str) -> tuple[Hit, str]:
    """Return the only hit, and its snippet without marks."""
    async with database.connection() as connection:
        query = Query(text, None, by_words=True, limit=10)
        found = await search.search(connection, query, Scope(named("c")))
    assert len(found.hits) == 1
    return found.hits[0], plain(quotations(found, NearWords(found))[0].snippet)


def plain(snippet: str) -> str:
    return html.unescape(snippet.replace("<mark>", "").replace("</mark>", ""))


@pytest.mark.parametrize("separator", ["", "\n", "🙂"])
async def test_a_passage_deep_in_a_megabyte_is_found(
    documents: DocumentService, async_database: AsyncDatabase, separator: str
) -> None:
    filler = (FILLER + separator) * (MEGABYTE // 80)
    content = f"{filler}{NEEDLE}{filler[:50_000]}"
    await documents.create(new("a", content))
    hit, quoted = await find(async_database, "quokka lighthouse")
    assert "quokka was seen near the lighthouse at dawn" in quoted
    assert quoted in content
    assert hit.ranked.text_rank == 1


@pytest.mark.parametrize("unit", ["a", "ab ", "搜", "🙂", "é", "<", "'", "\\", "\x01", "x.", "\n"])
async def test_a_megabyte_of_one_repeated_string_has_a_snippet(
    documents: DocumentService, async_database: AsyncDatabase, unit: str
) -> None:
    content = (unit * MEGABYTE).encode()[:MEGABYTE].decode(errors="ignore") + " quokka"
    await documents.create(new("a", content))
    _, quoted = await find(async_database, "quokka")
    assert quoted.strip("…") in content.replace("\x01", " ")


async def test_a_control_character_between_words_becomes_a_space(
    documents: DocumentService, async_database: AsyncDatabase
) -> None:
    await documents.create(new("a", "quokka\x01lighthouse <b>dawn</b>"))
    _, quoted = await find(async_database, "quokka")
    assert quoted == "quokka lighthouse <b>dawn</b>"


async def test_a_megabyte_of_distinct_words_is_indexed_as_far_as_it_fits(
    documents: DocumentService, async_database: AsyncDatabase
) -> None:
    words = [f"{number:x}" for number in random.Random(7).sample(range(10**9), 110_000)]
    await documents.create(new("a", "quokka " + " ".join(words)))
    _, quoted = await asyncio.wait_for(find(async_database, "quokka"), 10)
    assert quoted.startswith("quokka")


async def test_snippets_of_documents_full_of_a_word_are_made_in_time(
    documents: DocumentService, async_database: AsyncDatabase
) -> None:
    for n in range(6):
        await documents.create(new(str(n), "a b " * (MEGABYTE // 4)))
    async with async_database.connection() as connection:
        query = Query("b", None, by_words=True, limit=10)
        found = await search.search(connection, query, Scope(named("c")))
    assert len(found.hits) == 6


async def test_long_hits_of_a_page_share_the_characters_that_are_scanned(
    documents: DocumentService, async_database: AsyncDatabase
) -> None:
    content = f"{FILLER * (800_000 // len(FILLER))}{NEEDLE}"
    await documents.create(new("a", content))
    _, quoted = await find(async_database, "quokka")
    assert "quokka" in quoted
    await documents.create(new("b", content))
    async with async_database.connection() as connection:
        query = Query("quokka", None, by_words=True, limit=10)
        found = await search.search(connection, query, Scope(named("c")))
    snippets = [quotation.snippet for quotation in quotations(found, NearWords(found))]
    assert [snippet.startswith("The committee met") for snippet in snippets] == [True, True]


async def test_a_long_run_is_quoted_and_its_words_are_marked(
    documents: DocumentService, async_database: AsyncDatabase
) -> None:
    link = "https://example.com/articles/2024/how_to_dry_quokka_on_paper?from=mail"
    await documents.create(new("a", f"Look\x02at {link} <b>. {'x' * 200}"))
    async with async_database.connection() as connection:
        query = Query("quokka", None, by_words=True, limit=10)
        found = await search.search(connection, query, Scope(named("c")))
    expected = f"Look at {link} <b>. {'x' * 200}"
    (quotation,) = quotations(found, NearWords(found))
    assert plain(quotation.snippet).strip("…") in expected
    assert "<mark>quokka</mark>" in quotation.snippet


async def nearest(database: AsyncDatabase, model_id: int, text: str) -> Nearest:
    async with database.connection() as connection:
        vector = QueryVector(model_id, DIMENSIONS, vector_of(text))
        query = Query(text, vector, by_words=False, limit=10)
        (hit,) = (await search.search(connection, query, Scope(named("c")))).hits
    assert hit.nearest
    return replace(hit.nearest, similarity=round(hit.nearest.similarity, 3))


async def test_the_nearest_chunk_has_no_offsets_until_a_new_text_is_embedded(
    harness: WorkerHarness, documents: DocumentService, async_database: AsyncDatabase
) -> None:
    model = harness.model.verified()
    await documents.create(new("a", "before"))
    await asyncio.to_thread(harness.embedding.work, Lane.INTERACTIVE)
    assert await nearest(async_database, model.id, "before") == Nearest(1, 0, 6, 1, 1)
    await documents.put(new("a", "before", metadata={"edited": True}))
    assert await nearest(async_database, model.id, "before") == Nearest(1, 0, 6, 1, 1)
    await documents.put(new("a", "and now another text"))
    assert await nearest(async_database, model.id, "before") == Nearest(1, None, None, 1, 1)
    await asyncio.to_thread(harness.embedding.work, Lane.INTERACTIVE)
    found = await nearest(async_database, model.id, "and now another text")
    assert found == Nearest(1, 0, 20, 1, 3)
