"""Phrases and exclusions limit the hits by words and by meaning."""

import asyncio

import pytest

from shared.db.kit.pool import AsyncDatabase
from shared.db.search import search
from shared.domain.documents.document import Lane
from shared.domain.documents.filters import parse_filter
from shared.domain.search.query import Query, QueryVector
from shared.domain.search.query_syntax import parse_query
from shared.domain.search.scope import Scope
from shared.services.documents.service import DocumentService
from tests.support.collections import named
from tests.support.worker_harness import DIMENSIONS, WorkerHarness, new, vector_of

pytestmark = pytest.mark.anyio

TEXTS = {
    "who": ("The Who played in the hall.", "en"),
    "hall": ("Those who played in a hall were the best.", "en"),
    "cafe": ("Le café noir de l’école.", "fr"),
    "noir": ("Un film noir, au café.", "fr"),
    "zh": ("公司报销流程需要签字。", "zh"),
    "zh2": ("流程由公司报销。", "zh"),
}


@pytest.fixture
async def _filled(documents: DocumentService) -> None:
    for id_, (text, language) in TEXTS.items():
        await documents.create(new(id_, text, metadata={"lang": language}))


async def found(
    database: AsyncDatabase, text: str, vector: QueryVector | None = None, **conditions: str
) -> set[str]:
    parsed = parse_query(text)
    query = Query(parsed.text, vector, by_words=True, limit=20, syntax=parsed)
    async with database.connection() as connection:
        page = await search.search(connection, query, Scope(named("c"), parse_filter(conditions)))
    return {hit.ref.id for hit in page.hits}


@pytest.mark.usefixtures("_filled")
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ('"the who"', {"who"}),
        ('"those"', {"hall"}),
        ('"those" OR "film"', {"hall", "noir"}),
        ('"the who" concert', {"who"}),
        ('"played in the hall"', {"who"}),
        ('"cafe noir"', {"cafe"}),
        ('"café noir"', {"cafe"}),
        ('"noir de l\'école"', {"cafe"}),
        ('"报销流程"', {"zh"}),
        ('"hall noir"', set()),
        ('"cafe noir" OR "the who"', {"cafe", "who"}),
        ('"played in" "the best"', {"hall"}),
        ("played -best", {"who"}),
        ("noir -film", {"cafe"}),
        ('noir -"cafe noir"', {"noir"}),
        ('played -"the who"', {"hall"}),
        ("流程 -需要", {"zh2"}),
        ("played OR film", {"who", "hall", "noir"}),
    ],
)
async def test_phrases_and_exclusions(
    async_database: AsyncDatabase, query: str, expected: set[str]
) -> None:
    assert await found(async_database, query) == expected


@pytest.mark.usefixtures("_filled")
async def test_filters_and_phrases_hold_together(async_database: AsyncDatabase) -> None:
    assert await found(async_database, '"cafe noir"', lang="fr") == {"cafe"}
    assert await found(async_database, '"cafe noir"', lang="en") == set()


async def test_hits_by_meaning_have_the_phrase_and_no_excluded_word(
    harness: WorkerHarness, documents: DocumentService, async_database: AsyncDatabase
) -> None:
    model = harness.model.verified()
    for id_, text in {"a": "ink dries fast", "b": "ink dries slowly", "c": "a wombat"}.items():
        await documents.create(new(id_, text))
    await asyncio.to_thread(harness.embedding.work, Lane.INTERACTIVE)
    vector = QueryVector(model.id, DIMENSIONS, vector_of("ink"))
    assert await found(async_database, "ink", vector) == {"a", "b", "c"}
    assert await found(async_database, "ink -slowly", vector) == {"a", "c"}
    assert await found(async_database, '"dries slowly" ink', vector) == {"b"}


async def test_a_phrase_far_behind_in_a_long_text_is_found(
    documents: DocumentService, async_database: AsyncDatabase
) -> None:
    filler = "word " * 20_000
    await documents.create(new("near", f"quokka lighthouse {filler}"))
    await documents.create(new("far", f"{filler} quokka lighthouse"))
    await documents.create(new("apart", f"quokka {filler} lighthouse"))
    assert await found(async_database, '"quokka lighthouse"') == {"near", "far"}


FREQUENT = "ink the cat sat on a mat. " * 400
ENDINGS = {
    "peace": "Then the treaty of Westphalia ended it.",
    "war": "A treaty, Westphalia and the ink.",
}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ('"the treaty of Westphalia"', {"peace"}),
        ('"then the treaty"', {"peace"}),
        ('"and the ink"', {"war"}),
        ('"the ink" -"the treaty"', {"war"}),
        ('"ended it the dog"', {"peace"}),
    ],
)
async def test_phrases_with_frequent_words_are_found(
    documents: DocumentService, async_database: AsyncDatabase, query: str, expected: set[str]
) -> None:
    for id_, ending in ENDINGS.items():
        await documents.create(new(id_, f"{FREQUENT}{ending}{' the dog ran.' * 50}"))
    assert await found(async_database, query) == expected


@pytest.fixture
async def _mixed(documents: DocumentService) -> None:
    texts = {
        "en": ("A new car needs insurance.", "en"),
        "en2": ("The car is red.", "en"),
        "fr": ("Il reste, car la pluie tombe.", "fr"),
        "de": ("The Who spielen heute.", "de"),
    }
    for id_, (text, language) in texts.items():
        await documents.create(new(id_, text, metadata={"lang": language}))


@pytest.mark.usefixtures("_mixed")
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("car insurance", {"en", "en2"}),
        ("the insurance", {"en"}),
        ("car pluie", {"fr", "en", "en2"}),
        ("il pleut car la pluie", {"fr"}),
        ("the rain", set()),
    ],
)
async def test_stop_words_find_texts_of_languages_in_which_they_say_something(
    async_database: AsyncDatabase, query: str, expected: set[str]
) -> None:
    assert await found(async_database, query) == expected
