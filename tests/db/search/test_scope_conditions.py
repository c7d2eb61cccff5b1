"""Random filters find the same documents as a filter in Python, in each tier of the search."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from psycopg.types.json import Jsonb

from shared.config import Settings
from shared.db.kit.pool import AsyncConnection, Database
from shared.db.kit.session import connection_options
from shared.db.search import search
from shared.db.search.search import SearchTier
from shared.domain.search.filters import parse_filter
from shared.domain.search.query import Query, QueryVector
from shared.domain.search.scope import Scope
from tests.support.databases import create_database, drop_database, make_settings
from tests.support.worker_harness import FakeEmbedder, RecordedWakeUps, make_harness

DOCUMENTS = 400
LIMIT = 30
SCALARS = [None, True, False, 0, 1, 1.0, 2.5, -3, "", "a", "b", "ab", [], [1], ["a"], {}, {"a": 1}]
FIELDS = ["x", "y", "z", "'; --"]
METADATA = [
    {field: SCALARS[(n * (7 + index) // (index + 1)) % len(SCALARS)]
     for index, field in enumerate(FIELDS) if (n >> index) % 3}
    for n in range(DOCUMENTS)
]  # fmt: skip
INSERT = """
WITH written AS (
    INSERT INTO documents (collection, id, content, metadata, content_hash, lane)
    VALUES ('c', %(n)s, 'word' || %(n)s, %(metadata)s, sha256(%(n)s::bytea), 'bulk') RETURNING *
), texts AS (
    INSERT INTO document_texts (document_key, collection, language, length, lexemes)
    SELECT key, collection, 'english', 1, document_lexemes('english', NULL, 'common') FROM written
), embedded AS (
    INSERT INTO embeddings (document_key, model_id, version, content_hash, chunks)
    SELECT key, 1, 1, content_hash, 1 FROM written
)
SELECT key, content_hash FROM written
"""
CHUNK = """
INSERT INTO chunks (document_key, model_id, start_offset, end_offset, text_hash, embedding)
VALUES (%s, 1, 0, 4, %s, ARRAY[%s, 1, 0, 0, 0, 0, 0, 0]::real[]::vector::halfvec)
"""
SMALL_TIERS = (
    SearchTier(10, 25, 0),
    SearchTier(40, 100, search.UNLIMITED),
    search.SEARCH_TIERS[-1],
)
"""Random filters reach each of these tiers. In the first one, every word is too common."""


@pytest.fixture(scope="module")
def filled(postgres_url: str, template: str, redis_url: str, ollama_url: str) -> Iterator[Settings]:
    url = create_database(postgres_url, "inkdex_filters", template)
    settings = make_settings(url, redis_url, ollama_url)
    database = Database(settings)
    database.open()
    make_harness(settings, database, FakeEmbedder(), RecordedWakeUps()).model.verified()
    with database.connection() as connection:
        connection.execute("INSERT INTO text_languages VALUES ('english')")
        for n, metadata in enumerate(METADATA):
            values = {"n": str(n), "metadata": Jsonb(metadata)}
            row = connection.execute(INSERT, values).fetchone()
            assert row
            connection.execute(CHUNK, (row["key"], row["content_hash"], n / 100))
    database.close()
    yield settings
    drop_database(postgres_url, "inkdex_filters")


Find = Callable[[dict[str, Any], str], list[int]]


@pytest.fixture(scope="module")
def find(filled: Settings) -> Iterator[Find]:
    with asyncio.Runner() as runner:
        connection: AsyncConnection = runner.run(
            psycopg.AsyncConnection.connect(**connection_options(filled))
        )

        def find(conditions: dict[str, Any], mode: str) -> list[int]:
            vector = None if mode == "text" else QueryVector(1, 8, [0.0, 1.0] + [0.0] * 6)
            query = Query("common", vector, by_words=mode != "semantic", limit=LIMIT)
            scope = Scope("c", parse_filter(conditions))
            found = runner.run(search.search(connection, query, scope))
            return [int(hit.ref.id) for hit in found.hits]

        yield find
        runner.run(connection.close())


def kind(value: object) -> str:
    if isinstance(value, bool) or value is None:
        return repr(type(value))
    return "number" if isinstance(value, int | float) else type(value).__name__


def same(a: object, b: object) -> bool:
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    return kind(a) == kind(b) and a == b


ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "gt": lambda a, b: a > b,
    "gte": lambda a, b: a >= b,
    "lt": lambda a, b: a < b,
    "lte": lambda a, b: a <= b,
}


def holds(metadata: dict[str, Any], field: str, operator: str, value: Any) -> bool:  # noqa: ANN401
    if operator == "exists":
        return (field in metadata) is value
    if field not in metadata:
        return operator == "ne"
    held = metadata[field]
    if operator in {"eq", "ne"}:
        return same(held, value) is (operator == "eq")
    if operator == "in":
        return any(same(held, each) for each in value)
    return kind(held) == kind(value) and ORDER[operator](held, value)


def expected(conditions: dict[str, Any]) -> set[int]:
    return {
        n
        for n, metadata in enumerate(METADATA)
        if all(
            holds(metadata, field, operator, value)
            for field, wanted in conditions.items()
            for operator, value in (
                wanted.items() if isinstance(wanted, dict) else [("eq", wanted)]
            )
        )
    }


scalars = st.sampled_from(SCALARS)
orderable = st.sampled_from([0, 1, 1.5, -1, "", "a", "aa", "b"])
condition = st.one_of(
    scalars.filter(lambda value: not isinstance(value, dict)),
    st.fixed_dictionaries({}, optional={
        "eq": scalars, "ne": scalars, "in": st.lists(scalars, max_size=25),
        "gt": orderable, "gte": orderable, "lt": orderable, "lte": orderable,
        "exists": st.booleans(),
    }),
)  # fmt: skip
filters = st.dictionaries(st.sampled_from([*FIELDS, "absent"]), condition, max_size=3)


@given(conditions=filters, mode=st.sampled_from(["semantic", "text", "hybrid"]))
@hypothesis_settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_a_filter_never_gives_fewer_hits_than_there_are(
    find: Find, monkeypatch: pytest.MonkeyPatch, conditions: dict[str, Any], mode: str
) -> None:
    monkeypatch.setattr(search, "SEARCH_TIERS", SMALL_TIERS)
    found, right = find(conditions, mode), expected(conditions)
    assert len(found) == min(len(right), LIMIT)
    assert set(found) <= right
    if mode == "semantic":
        assert found == sorted(right)[:LIMIT]
