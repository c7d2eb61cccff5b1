"""A model with many chunks has an index of bits. It is found by them, and ranked by its vectors."""

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import replace

import pytest

from bench.corpus import database, vector_index
from bench.corpus.synthetic import PARTS, Corpus, Floats
from bench.corpus.tables import connected
from shared.config import Settings
from shared.db.kit.pool import AsyncConnection, Database
from shared.db.models import vector_indexes
from shared.db.models.index_kinds import IndexKind, bits, found_by_bits, wanted_kind
from shared.db.search import candidates, indexed_models, nearest, search
from shared.db.search.candidates import Found, Page, Tier
from shared.db.search.indexed_models import IndexedModels
from shared.domain.documents.filters import parse_filter
from shared.domain.search.query import Query, QueryVector
from shared.domain.search.scope import Scope
from shared.domain.search.word_plan import WordPlan
from shared.services.maintenance.index_builder import IndexBuilder
from tests.support.collections import named
from tests.support.databases import create_database, drop_database, make_settings
from tests.support.plans import Plans, api_connection, indexes, scanned

pytestmark = pytest.mark.anyio

CORPUS = Corpus(2000, has_texts=False)
MODEL = 1
SCOPE = Scope(named(database.COLLECTION))
EVEN = [part for part in range(PARTS) if part % 2 == 0]
LIMIT = 1000
EXISTING = """
SELECT indexname AS name FROM pg_indexes WHERE indexname ~ '^chunks_(bits|embedding)_[0-9]'
"""


@pytest.fixture(scope="module")
def stored(postgres_url: str, template: str, redis_url: str, ollama_url: str) -> Iterator[Settings]:
    """Settings for a database with the corpus and its index of bits."""
    url = create_database(postgres_url, "inkdex_bits", template)
    database.write(url, CORPUS)
    vector_index.build(url, CORPUS, IndexKind.BITS)
    yield make_settings(url, redis_url, ollama_url)
    drop_database(postgres_url, "inkdex_bits")


@pytest.fixture(autouse=True)
def _by_index(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "SMALL_SCOPE", 0)
    monkeypatch.setattr(search, "MEDIUM_SCOPE", 0)
    monkeypatch.setattr(search, "BITS_SCOPE", 0)
    monkeypatch.setattr(vector_indexes, "REMEMBERED_SECONDS", 0)


@pytest.fixture
async def watched(stored: Settings, plans: Plans) -> AsyncIterator[AsyncConnection]:
    async with api_connection(stored, plans) as connection:
        yield connection


def query_of(vector: Floats) -> Query:
    of_model = QueryVector(MODEL, len(vector), vector.tolist())
    return Query("", of_model, by_words=False, limit=10)


async def recall(connection: AsyncConnection, scope: Scope, parts: Sequence[int]) -> float:
    found = 0
    for text, best in CORPUS.nearest(10, parts).items():
        page = await search.search(connection, query_of(CORPUS.queries[text]), scope)
        found += len({int(hit.ref.id) for hit in page.hits} & set(best))
    return found / (10 * len(CORPUS.queries))


async def test_the_nearest_are_found_by_the_index_of_bits(
    watched: AsyncConnection, plans: Plans
) -> None:
    assert await recall(watched, SCOPE, range(PARTS)) > 0.97
    nodes = plans.nodes()
    assert "chunks" not in scanned(nodes)
    assert "chunks_bits_1" in indexes(nodes)
    read = [n["Actual Rows"] for n in nodes if n.get("Index Name") == "chunks_bits_1"]
    assert max(read) <= 2 * search.INDEXED_FIRST.candidates


async def test_the_nearest_of_those_that_a_filter_passes(watched: AsyncConnection) -> None:
    scope = replace(SCOPE, conditions=parse_filter({"part": {"in": EVEN}}))
    assert await recall(watched, scope, EVEN) > 0.97


async def test_the_vectors_of_a_part_of_a_large_model_are_compared(
    watched: AsyncConnection, plans: Plans, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "BITS_SCOPE", CORPUS.size // 2)
    scope = replace(SCOPE, conditions=parse_filter({"part": {"in": EVEN}}))
    assert await recall(watched, scope, EVEN) == 1
    assert "chunks_bits_1" not in indexes(plans.nodes())


async def test_a_part_whose_vectors_were_compared_is_not_looked_up_again(
    watched: AsyncConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "BITS_SCOPE", CORPUS.size)
    query = query_of(next(iter(CORPUS.queries.values())))
    tiers = [each async for each in search._tiers(watched, query, SCOPE, search.SearchMemory())]
    assert [each.compares_vectors for each in tiers] == [True, True]
    assert tiers[-1] == search.EXACT_ALL


async def test_little_similar_documents_are_left_out(watched: AsyncConnection) -> None:
    text, best = next(iter(CORPUS.nearest(10).items()))
    query = replace(query_of(CORPUS.queries[text]), min_similarity=0.5)
    page = await search.search(watched, query, SCOPE)
    assert [int(hit.ref.id) for hit in page.hits] == best[:1]


async def test_models_with_bits_and_with_vectors_are_searched_together(
    watched: AsyncConnection, plans: Plans
) -> None:
    """The statement has both templates. The second model has no chunks."""
    vector = query_of(next(iter(CORPUS.queries.values()))).vectors[0]
    ctes = nearest.by_index([vector, replace(vector, model_id=2)], "true", 10, binary={MODEL: 20})
    statement = f"WITH {ctes} SELECT key FROM semantic"
    found = await watched.execute(statement, nearest.parameters([vector, vector]))
    assert len(await found.fetchall()) == 10
    assert "chunks_bits_1" in indexes(plans.nodes())


@pytest.mark.parametrize(
    ("chunks", "has_bits", "kind"),
    [
        (LIMIT, False, IndexKind.VECTORS),
        (LIMIT + 1, False, IndexKind.BITS),
        (LIMIT / 2 + 1, True, IndexKind.BITS),
        (LIMIT / 2, True, IndexKind.VECTORS),
        (0, True, IndexKind.BITS),
        (-1, True, IndexKind.BITS),
        (0, False, IndexKind.VECTORS),
    ],
)
def test_the_kind_changes_by_the_number_of_chunks(
    chunks: float, kind: IndexKind, *, has_bits: bool
) -> None:
    assert wanted_kind(384, chunks, LIMIT, has_bits=has_bits) is kind
    assert wanted_kind(384, chunks, 0, has_bits=has_bits) is IndexKind.VECTORS
    assert wanted_kind(64, chunks, LIMIT, has_bits=has_bits) is IndexKind.VECTORS


@pytest.mark.parametrize("lost", [0, -1])
async def test_an_index_without_statistics_is_kept(stored: Settings, lost: int) -> None:
    """As after a `pg_upgrade`, or a restore into an empty table that has its indexes."""
    resize = "UPDATE pg_class SET reltuples = %s WHERE oid = 'chunks_bits_1'::regclass"
    with connected(stored.database_url.get_secret_value()) as connection:
        connection.execute(resize, (lost,))
        assert built(stored, CORPUS.size + 1) == {"chunks_bits_1"}
        connection.execute(resize, (CORPUS.size,))


@pytest.mark.parametrize(
    ("chunks", "found"),
    [(-1, 200), (0, 200), (100_000, 200), (300_000, 400), (1e6, 800), (2e6, 800), (1e7, 1000)],
)
def test_among_more_chunks_the_bits_find_more(chunks: float, found: int) -> None:
    assert found_by_bits(100, chunks) == found
    assert found_by_bits(100, 1e9) == 1000
    assert found_by_bits(2000, chunks) == 4000


@pytest.mark.parametrize(
    ("kind", "dimensions", "measured"),
    [
        (IndexKind.VECTORS, 384, 1170),
        (IndexKind.VECTORS, 768, 2048),
        (IndexKind.VECTORS, 1024, 2731),
        (IndexKind.BITS, 384, 398),
        (IndexKind.BITS, 768, 502),
        (IndexKind.BITS, 1024, 570),
    ],
)
def test_the_bytes_of_a_chunk_are_those_measured(
    kind: IndexKind, dimensions: int, measured: int
) -> None:
    """As in docs/scaling.md."""
    assert kind.bytes_of_a_chunk(dimensions) == pytest.approx(measured, rel=0.03)


def test_a_chunk_of_the_longest_vectors_takes_a_page() -> None:
    assert IndexKind.VECTORS.bytes_of_a_chunk(4000) == 8192


async def test_an_index_is_replaced_when_the_other_one_is_there(stored: Settings) -> None:
    binary, vectors, hidden = "chunks_bits_1", "chunks_embedding_1", "chunks_embedding_1_replaced"
    assert built(stored, 2 * CORPUS.size + 1) == {binary, vectors}
    assert built(stored, 2 * CORPUS.size + 1) == {vectors}
    assert built(stored, CORPUS.size + 1) == {vectors}
    assert built(stored, CORPUS.size - 1) == {binary, vectors}
    rename = f"ALTER INDEX {vectors} RENAME TO {hidden}"  # as a worker that died then
    with connected(stored.database_url.get_secret_value()) as connection:
        connection.execute(rename.encode())
    assert built(stored, CORPUS.size + 1) == {binary}
    assert built(stored, CORPUS.size + 1) == {binary}


def built(settings: Settings, limit: int) -> set[str]:
    """Return the vector indexes after a worker has looked at them."""
    database = Database(settings.model_copy(update={"binary_index_chunks": limit}))
    database.open()
    IndexBuilder(database).work()
    with database.connection() as connection:
        assert vector_indexes.phase(connection, MODEL) == "valid"
        found = connection.execute(EXISTING).fetchall()
    database.close()
    return {row["name"] for row in found}


async def kinds(connection: AsyncConnection) -> dict[int, IndexKind]:
    """Return the kind of index by which searches find the chunks of each model that has one."""
    found = await IndexedModels().indexes(connection, [MODEL, 2])
    return {model: index.kind for model, index in found.items()}


async def test_a_search_goes_to_the_new_index_at_once(
    stored: Settings, watched: AsyncConnection
) -> None:
    assert built(stored, 2 * CORPUS.size + 1) == {"chunks_bits_1", "chunks_embedding_1"}
    assert await kinds(watched) == {MODEL: IndexKind.BITS}
    assert built(stored, CORPUS.size - 1) == {"chunks_bits_1"}
    assert await kinds(watched) == {MODEL: IndexKind.BITS}


async def test_a_search_asks_again_for_the_index_when_it_needs_more(
    stored: Settings, watched: AsyncConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first statement may take so long that the index is replaced meanwhile."""
    monkeypatch.setattr(indexed_models, "REMEMBERED_SECONDS", 0)
    assert built(stored, CORPUS.size - 1) == {"chunks_bits_1"}
    find, tiers = candidates.find, list[Tier]()

    async def found(
        connection: AsyncConnection,
        query: Query,
        scope: Scope,
        tier: Tier,
        plan: WordPlan,
        missing: Page,
    ) -> Found:
        tiers.append(tier)
        result = await find(connection, query, scope, tier, plan, missing)
        if len(tiers) == 1:
            built(stored, 2 * CORPUS.size + 1)
            assert built(stored, 2 * CORPUS.size + 1) == {"chunks_embedding_1"}
        return result

    monkeypatch.setattr(candidates, "find", found)
    query = query_of(next(iter(CORPUS.queries.values())))
    await search.search_all(watched, query, SCOPE, search.SearchMemory())
    assert tiers[0].binary == {MODEL: 200}
    of_all = [tier for tier in tiers if tier.candidates == search.ALL and not tier.exact]
    assert of_all == [search.INDEXED_ALL]


def test_the_expression_of_bits_belongs_to_its_name() -> None:
    """An index keeps the expression that it was created with, and is found by its name.

    If you change the expression, give `IndexKind.BITS` another name, so that workers replace the
    indexes. Until then no search would use them, and each would compare all vectors.
    """
    assert IndexKind.BITS.index_of(MODEL) == "chunks_bits_1"
    assert bits("embedding", 384) == (
        "binary_quantize("
        "(l2_normalize(embedding) - array_fill(0.020412::real, ARRAY[384])::halfvec) || "
        "(l2_normalize(embedding) + array_fill(0.020412::real, ARRAY[384])::halfvec))::bit(768)"
    )
