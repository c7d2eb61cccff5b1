"""Random filters find the same documents as a filter in plain Python, in every form."""

import asyncio
import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, assume, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from psycopg.types.json import Jsonb

from shared.config import Settings
from shared.db.kit.pool import AsyncConnection, Database
from shared.db.kit.session import connection_options
from shared.db.search import scope_conditions, search
from shared.db.search.candidates import Tier
from shared.domain.documents.filters import parse_filter
from shared.domain.errors import InvalidInput
from shared.domain.refs import DEFAULT_TENANT
from shared.domain.search.query import Query, QueryVector
from shared.domain.search.scope import Scope
from tests.db.search.filter_oracle import meets
from tests.support.collections import named
from tests.support.databases import create_database, drop_database, make_settings
from tests.support.worker_harness import FakeEmbedder, RecordedWakeUps, make_harness

DOCUMENTS = 400
LIMIT = 30
TIMES = [
    "2024-05-01", "2024-05-01T00:00:00Z", "2024-05-01T02:00:00+02:00", "2024-05-01 00:00:00.5",
    "2024-04-30T23:59:59.999999-00:30", "2024-05-01T00:00+0000", "2024-05-01t00:00:00.25z",
    "2024-05-02T13:59+14:59", "2024-04-29T13:00-14:59", "0001-01-01T00:00+14:00",
    "2023-02-30", "0000-01-01", "9999-12-31T23:59-14:00", "2024-05", "2024-05-01T25:00",
]  # fmt: skip
TEXTS = ["", "a", "A", "b", "ab", "Straße", "É", "é", "a\nb", '"', "\\", "😀", "$", *TIMES]
NUMBERS = [0, 1, 1.0, 2.5, -3, 10**30, 1e-7]
SCALARS = [None, True, False, *NUMBERS, *TEXTS]
LISTS: list[Any] = [
    [],
    [1],
    ["a"],
    ["a", "b", "A"],
    [["a"]],
    [[["a"]]],
    [None, 2.5],
    ["a", {"a": 1}],
]
OBJECTS: list[Any] = [{}, {"a": 1}, {"a": ["b"]}, {"a": {"b": "ab"}}, [{"a": "b"}, {"a": [1, 2.5]}]]
VALUES = [*SCALARS, *LISTS, *OBJECTS]
FIELDS = ["x", "y", "x.a", "z", "z.a.b", "'; --", 'q"\\.é', "."]
FILL = random.Random(14)
METADATA: list[dict[str, Any]] = [
    {field: FILL.choice(VALUES) for field in FIELDS if FILL.random() < 0.5}
    for _ in range(DOCUMENTS)
]


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
INDEXED_FIRST = Tier(exact=False, candidates=10, common_documents=0, prefixes=False)
INDEXED_ALL = replace(INDEXED_FIRST, candidates=40, common_documents=10**9)
"""Random filters reach each tier. In the first one, every word is too common."""


@pytest.fixture(scope="module")
def filled(postgres_url: str, template: str, redis_url: str, ollama_url: str) -> Iterator[Settings]:
    url = create_database(postgres_url, "inkdex_filters", template)
    settings = make_settings(url, redis_url, ollama_url)
    database = Database(settings)
    database.open()
    make_harness(settings, database, FakeEmbedder(), RecordedWakeUps()).model.verified()
    with database.connection() as connection:
        connection.execute("INSERT INTO tenant_languages VALUES ('default', 'english')")
        for n, metadata in enumerate(METADATA):
            values = {"n": str(n), "metadata": Jsonb(metadata)}
            row = connection.execute(INSERT, values).fetchone()
            assert row
            connection.execute(CHUNK, (row["key"], row["content_hash"], n / 100))
    database.close()
    yield settings
    drop_database(postgres_url, "inkdex_filters")


FORMS: list[tuple[Callable[[Scope], str], str]] = [
    (scope_conditions.filter_found, "documents d"),
    (scope_conditions.filter_by_index, "documents d"),
    (
        scope_conditions.filter_texts,
        "(SELECT t.*, d.id FROM document_texts t JOIN documents d ON d.key = t.document_key) AS t",
    ),
]


class Finder:
    """Runs filters on the filled database."""

    def __init__(self, runner: asyncio.Runner, connection: AsyncConnection) -> None:
        self._runner = runner
        self._connection = connection

    def search(self, scope: Scope, mode: str) -> list[int]:
        vector = None if mode == "text" else QueryVector(1, 8, [0.0, 1.0] + [0.0] * 6)
        query = Query("common", vector, by_words=mode != "semantic", limit=LIMIT)
        found = self._runner.run(search.search(self._connection, query, scope))
        return [int(hit.ref.id) for hit in found.hits]

    def select(self, scope: Scope) -> list[set[int]]:
        """Return the documents that each form of the conditions finds."""
        return [self._runner.run(self._select(form(scope), table, scope)) for form, table in FORMS]

    async def _select(self, condition: str, table: str, scope: Scope) -> set[int]:
        values = scope_conditions.parameters(scope)
        statement = f"SELECT id FROM {table} WHERE {condition}"
        cursor = await self._connection.execute(statement, values)
        return {int(row["id"]) for row in await cursor.fetchall()}


@pytest.fixture(scope="module")
def finder(filled: Settings) -> Iterator[Finder]:
    with asyncio.Runner() as runner:
        connection: AsyncConnection = runner.run(
            psycopg.AsyncConnection.connect(**connection_options(filled))
        )
        yield Finder(runner, connection)
        runner.run(connection.close())


def scope_of(raw: dict[str, Any]) -> Scope:
    try:
        return Scope(named("c"), parse_filter(raw))
    except InvalidInput as error:
        assume("at most 50 conditions" not in str(error))
        raise


def expected(raw: dict[str, Any]) -> set[int]:
    return {n for n, metadata in enumerate(METADATA) if meets(metadata, raw)}


def one_of(samples: list[Any]) -> st.SearchStrategy[Any]:
    """Return one of the samples. Hypothesis would show all of them wherever they are used."""

    @st.composite
    def sample(draw: st.DrawFn) -> Any:  # noqa: ANN401 - JSON values
        return samples[draw(st.integers(0, len(samples) - 1))]

    return sample()


values, texts = one_of(VALUES), one_of(TEXTS)
orderable = texts | one_of(NUMBERS)
lists = st.lists(values, max_size=25)
comparisons = st.fixed_dictionaries({}, optional={
    "eq": values, "$eq": values, "ne": values, "in": lists, "$nin": lists, "any": lists,
    "all": st.lists(values, min_size=1, max_size=3), "ieq": texts,
    "gt": orderable, "$gte": orderable, "lt": orderable, "lte": orderable,
    "exists": st.booleans(),
}).filter(bool)  # fmt: skip
condition = st.one_of(
    one_of([*SCALARS, [], [1], ["a"], ["a", "b", "A"], [["a"]], [None, 2.5]]),
    comparisons,
    st.fixed_dictionaries({"not": comparisons}),
)
fields = st.dictionaries(st.sampled_from([*FIELDS, "absent", "x.a.b"]), condition, max_size=2)
filters = st.recursive(
    fields,
    lambda below: st.fixed_dictionaries({}, optional={
        "and": st.lists(below.filter(bool), min_size=1, max_size=2),
        "$or": st.lists(below.filter(bool), min_size=1, max_size=3),
        "not": below.filter(bool),
    }),
    max_leaves=4,
)  # fmt: skip
quietly = hypothesis_settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@given(raw=filters)
@quietly
def test_every_form_finds_what_the_filter_says(finder: Finder, raw: dict[str, Any]) -> None:
    right = expected(raw)
    assert finder.select(scope_of(raw)) == [right] * len(FORMS)


@given(time=one_of(TIMES), operator=st.sampled_from(["gt", "gte", "lt", "lte"]))
@quietly
def test_dates_are_compared_as_times(finder: Finder, time: str, operator: str) -> None:
    raw = {"x": {operator: time}}
    assert finder.select(scope_of(raw)) == [expected(raw)] * len(FORMS)


@given(raw=filters, mode=st.sampled_from(["semantic", "text", "hybrid"]))
@quietly
def test_a_filter_never_gives_fewer_hits_than_there_are(
    finder: Finder, monkeypatch: pytest.MonkeyPatch, raw: dict[str, Any], mode: str
) -> None:
    monkeypatch.setattr(search, "SMALL_SCOPE", 5)
    monkeypatch.setattr(search, "MEDIUM_SCOPE", 20)
    monkeypatch.setattr(search, "INDEXED_FIRST", INDEXED_FIRST)
    monkeypatch.setattr(search, "INDEXED_ALL", INDEXED_ALL)
    found, right = finder.search(scope_of(raw), mode), expected(raw)
    assert len(found) == min(len(right), LIMIT)
    assert set(found) <= right
    if mode == "semantic":
        assert found == sorted(right)[:LIMIT]


@pytest.mark.parametrize("raw", [
    {"tags": {"in": [str(n) for n in range(1000)]}},
    {"or": [{"x": {"gte": "2024-05-01T00:00:00Z"}}, {"x": {"lt": "2000-01-01"}}]},
    {"x": {"ieq": "ÉCLAIR" * 42}},
    {"x": "9" * 4000, "y": int("9" * 4000)},
    {".".join("abcdefgh" * 20): 1},
    {f"f{n}": {"all": ["a"]} for n in range(50)},
])  # fmt: skip
def test_large_filters_run(finder: Finder, raw: dict[str, Any]) -> None:
    right = expected(raw)
    assert finder.select(Scope(named("c"), parse_filter(raw))) == [right] * len(FORMS)


def test_all_collections_are_searched_without_one(finder: Finder) -> None:
    everything = set(range(DOCUMENTS))
    assert finder.select(Scope(DEFAULT_TENANT)) == [everything] * len(FORMS)
    assert finder.select(Scope(named("other"))) == [set()] * len(FORMS)
    raw = {"x": {"exists": True}}
    assert finder.select(Scope(DEFAULT_TENANT, parse_filter(raw))) == [expected(raw)] * len(FORMS)
