"""A search, and the passages of an answer, are read by index."""

import pytest

from shared.db.answers import passages
from shared.db.kit.pool import AsyncConnection
from shared.db.search import search
from shared.domain.answers.places import Place
from shared.domain.search.query import Query, QueryVector
from shared.domain.search.query_syntax import parse_query
from shared.domain.search.scope import Scope
from tests.support.collections import named
from tests.support.plans import RUNS, Plans, indexes, scanned

pytestmark = pytest.mark.anyio


async def test_search_uses_its_indexes(watched: AsyncConnection, plans: Plans) -> None:
    query = Query("word7", QueryVector(1, 8, [0.5] * 8), by_words=True, limit=10)
    for _ in range(RUNS):
        found = await search.search(watched, query, Scope(named("c")))
        assert len(found.hits) == 10
    nodes = plans.nodes()
    assert scanned(nodes) == set()
    assert {"chunks_embedding_1", "document_texts_lexemes"} <= indexes(nodes)


@pytest.mark.parametrize(("text", "count"), [('"document 7"', 1), ("word7 -document7 -8", 10)])
async def test_phrases_and_exclusions_use_the_indexes(
    watched: AsyncConnection, plans: Plans, text: str, count: int
) -> None:
    parsed = parse_query(text)
    vector = QueryVector(1, 8, [0.5] * 8)
    query = Query(parsed.text, vector, by_words=True, limit=10, syntax=parsed)
    for _ in range(RUNS):
        found = await search.search(watched, query, Scope(named("c")))
        assert len(found.hits) == count
    assert scanned(plans.nodes()) == set()


async def test_passages_are_read_by_index(watched: AsyncConnection, plans: Plans) -> None:
    vector = QueryVector(1, 8, [0.5] * 8)
    for _ in range(RUNS):
        found = await passages.chunks(watched, {2: 0, 4: None, 5: None}, [vector])
        assert sorted({each.key for each in found}) == [2, 4]
        asked = [Place(each.key, each.start, each.end) for each in found]
        assert {each.document.key for each in await passages.texts(watched, asked)} == {2, 4}
    assert scanned(plans.nodes()) == set()
