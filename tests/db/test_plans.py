"""The statements read by index. None of them scans a table."""

import json
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from typing import Any

import psycopg
import pytest

from shared.config import Settings
from shared.db.answers import passages
from shared.db.collections import listing
from shared.db.documents import (
    delete_documents,
    document_chunks,
    import_reasons,
    imports,
    list_documents,
    read_documents,
    retry_documents,
    timelines,
    write_documents,
)
from shared.db.documents.imports import Received
from shared.db.embedding import chunks, claims, jobs, shares
from shared.db.kit.pool import AsyncConnection, Connection, Database
from shared.db.kit.session import connection_options
from shared.db.migrations import cutover, migrations
from shared.db.models import vector_indexes
from shared.db.operations import activity, failures, repairs, statistics, table_analysis
from shared.db.search import facets, search, text_statistics
from shared.db.search.search import SMALL_SCOPE
from shared.db.webhooks import deliveries
from shared.domain.answers.places import Place
from shared.domain.documents.bulk_report import Rejection
from shared.domain.documents.document import Lane, Status
from shared.domain.documents.filters import parse_filter
from shared.domain.documents.listing import Listing, Order, Position
from shared.domain.embedding.fair_shares import Share
from shared.domain.embedding.flows import LENGTHS, FlowTurns
from shared.domain.embedding.jobs import ClaimLimits, FailedAttempt, NewChunk
from shared.domain.operations.activity import ActivityCounts, Span, Timed
from shared.domain.reasons import RejectionCode
from shared.domain.refs import DEFAULT_TENANT, Collection, DocumentRef, Tenant
from shared.domain.search.lexing.documents import lexed_document
from shared.domain.search.query import Query, QueryVector
from shared.domain.search.query_syntax import parse_query
from shared.domain.search.scope import Scope
from shared.domain.webhooks.delivery import Slots
from shared.services.maintenance.index_builder import IndexBuilder
from shared.services.maintenance.table_analyzer import TableAnalyzer
from tests.support.collections import named
from tests.support.databases import create_database, drop_database, make_settings
from tests.support.worker_harness import FakeEmbedder, RecordedWakeUps, make_harness, new

pytestmark = pytest.mark.anyio

ROWS = 20_000
FILL = f"""
INSERT INTO documents (collection, id, title, content, metadata, content_hash, lane)
SELECT 'c', n::text, CASE n % 3 WHEN 0 THEN 'Title ' || n % 100 END,
    'document ' || n || ' word' || n % 500, jsonb_build_object('n', n), sha256(n::text::bytea),
    'bulk' FROM generate_series(1, {ROWS}) n;
INSERT INTO document_texts (document_key, collection, language, length, lexemes)
SELECT key, collection, 'english', 3, document_lexemes('english', title, content) FROM documents;
INSERT INTO tenant_languages VALUES ('default', 'english');
INSERT INTO embeddings (document_key, model_id, version, content_hash, chunks)
SELECT d.key, m.id, 1, d.content_hash, 1 FROM documents d, embedding_models m WHERE d.key % 2 = 0;
INSERT INTO chunks (document_key, model_id, start_offset, end_offset, text_hash, embedding)
SELECT e.document_key, e.model_id, 0, 1, e.content_hash,
    ARRAY(SELECT random() + e.document_key * 0 FROM generate_series(1, 8))::vector::halfvec
FROM embeddings e;
INSERT INTO jobs (document_key, model_id, version, lane, error_code, error_message, failed_at)
SELECT d.key, m.id, 1, 'bulk', f.code, f.code, f.at FROM documents d, embedding_models m,
    LATERAL (SELECT CASE WHEN d.key % 999 = 0 THEN 'x' END AS code,
        CASE WHEN d.key % 999 = 0 THEN now() END AS at) f
WHERE d.key % 2 = 1;
INSERT INTO events (collection, id, status, version, created_at)
SELECT 'c', n::text, CASE n % 2 WHEN 0 THEN 'ready' ELSE 'pending' END, 1, now() - interval '1 day'
FROM generate_series(1, {ROWS}) n;
INSERT INTO file_contents DEFAULT VALUES;
INSERT INTO files (collection, id, name, size, sha256, metadata, content_key)
SELECT CASE n WHEN 1 THEN 'unread' ELSE 'c' END, n::text, 'a', 1, '', '{{}}', key
FROM generate_series(1, {ROWS}) n, file_contents;
INSERT INTO imports (tenant, id, collections, receiving_until, ended_at, ended_xid)
SELECT 'default', gen_random_uuid(), ARRAY['other'], now(), now(), pg_current_xact_id()
FROM generate_series(1, {ROWS}) n;
INSERT INTO webhooks (collection, url, secret, xid, seq)
SELECT CASE n WHEN 1 THEN 'c' ELSE 'quiet' || n END, 'https://example.org', 's', '0', 0
FROM generate_series(1, 50) n;
"""


DAY = """
INSERT INTO activity (tenant, minute, failed, search)
SELECT 't' || t, date_trunc('minute', now()) - make_interval(mins => m), 1, '{1,2,3}'
FROM generate_series(1, 50) t, generate_series(1, 1440) m;
INSERT INTO activity (tenant, minute, workers)
SELECT '', date_trunc('minute', now()) - make_interval(mins => m), 1
FROM generate_series(1, 1440) m ON CONFLICT DO NOTHING;
INSERT INTO collection_activity (collection, minute, failed, search)
SELECT 't' || t, date_trunc('minute', now()) - make_interval(mins => m), 1, '{1,2,3}'
FROM generate_series(1, 50) t, generate_series(1, 1440) m
"""
IMPORTED = f"""
UPDATE files SET import_key = key;
UPDATE imports SET rejected = 1;
UPDATE jobs SET import_key = document_key, file_key = CASE document_key % 4 WHEN 1 THEN 1 END;
INSERT INTO import_rejections (import_key, number, request, line, id, error)
SELECT n, 1, 1, 1, 'a', 'is missing' FROM generate_series(1, {ROWS}) n;
ANALYZE files, jobs, import_rejections
"""
SWITCHED = """
WITH other AS (
    INSERT INTO embedding_models (tenant, name, state, dimensions)
    VALUES ('default', 'other', 'retired', 8) RETURNING id
), roles AS (
    INSERT INTO collections (name, active_model_id, previous_model_id)
    SELECT 'c', id, 1 FROM other RETURNING *
), migration AS (
    INSERT INTO model_migrations (collection, number, from_model_id, to_model_id, cutover,
        rollback_hours, preflight, state)
    SELECT 'c', 1, previous_model_id, active_model_id, 'auto', 1, '{}', 'switched' FROM roles
)
INSERT INTO jobs (document_key, model_id, version, lane, error_code, error_message, failed_at, flow)
SELECT j.document_key, r.active_model_id, j.version, j.lane, j.error_code, j.error_message,
    j.failed_at, r.flow
FROM jobs j CROSS JOIN roles r WHERE j.model_id = 1 AND j.document_key > 20;
UPDATE jobs SET flow = (SELECT flow FROM collections WHERE name = 'c');
ANALYZE jobs
"""
SWITCH_AGAIN = """
UPDATE collections SET active_model_id = previous_model_id, previous_model_id = active_model_id
WHERE name = 'c'
"""
OF_ONE_IMPORT = """
UPDATE imports SET ended_at = NULL, open_requests = 0 WHERE key <= 20;
UPDATE jobs SET import_key = 1, file_key = NULL;
VACUUM ANALYZE jobs;
ANALYZE imports
"""
SECOND_CHUNKS = """
INSERT INTO chunks (document_key, model_id, start_offset, end_offset, text_hash, embedding)
SELECT document_key, model_id, 1, 2, sha256(text_hash), embedding FROM chunks
"""


def fill(connection: Connection) -> None:
    connection.execute("SET statement_timeout = 0")
    for statement in FILL.split(";\n"):
        connection.execute(statement)
    text_statistics.refresh_tenant(connection, DEFAULT_TENANT)


@pytest.fixture(scope="module")
def filled(postgres_url: str, template: str, redis_url: str, ollama_url: str) -> Iterator[Settings]:
    """Settings for a database with many documents, half of them ready."""
    url = create_database(postgres_url, "inkdex_filled", template)
    settings = make_settings(url, redis_url, ollama_url)
    database = Database(settings)
    database.open()
    make_harness(settings, database, FakeEmbedder(), RecordedWakeUps()).model.verified()
    with database.session() as session:
        for change in vector_indexes.changes(session):
            session.execute(change)
        fill(session)
        for tenant in TENANTS_DOCUMENTS:
            fill_tenant(session, tenant)
        IndexBuilder(database).work()
        session.execute("VACUUM ANALYZE")
    database.close()
    yield settings
    drop_database(postgres_url, "inkdex_filled")


LARGE, SMALL = Tenant("large"), Tenant("small")
TENANTS_DOCUMENTS = {LARGE: 2500, SMALL: 100}
FILL_TENANT = """
WITH model AS (
    INSERT INTO embedding_models (tenant, name, state, dimensions)
    VALUES (%(tenant)s, 'all-minilm', 'retired', 8) RETURNING id
), added AS (
    INSERT INTO tenants (name, model_id) SELECT %(tenant)s, id FROM model
), written AS (
    INSERT INTO documents (collection, id, content, metadata, content_hash, lane)
    SELECT %(collection)s, n::text, 'document ' || n || ' word' || n %% 50, '{}',
        sha256(n::text::bytea), 'bulk' FROM generate_series(1, %(documents)s) n RETURNING *
), texts AS (
    INSERT INTO document_texts (document_key, collection, language, length, lexemes)
    SELECT key, collection, 'english', 3, document_lexemes('english', title, content) FROM written
), embedded AS (
    INSERT INTO embeddings (document_key, model_id, version, content_hash, chunks)
    SELECT key, model.id, 1, content_hash, 1 FROM written, model RETURNING *
)
INSERT INTO chunks (document_key, model_id, start_offset, end_offset, text_hash, embedding)
SELECT document_key, model_id, 0, 1, content_hash,
    ARRAY(SELECT random() + document_key * 0 FROM generate_series(1, 8))::vector::halfvec
FROM embedded
"""


def fill_tenant(connection: Connection, tenant: Tenant) -> None:
    values = {
        "tenant": tenant.name,
        "collection": Collection(tenant, "c"),
        "documents": TENANTS_DOCUMENTS[tenant],
    }
    connection.execute(FILL_TENANT, values)
    connection.execute("INSERT INTO tenant_languages VALUES (%s, 'english')", (tenant.name,))
    text_statistics.refresh_tenant(connection, tenant)


class Plans:
    """Runs statements with auto_explain and keeps their plans."""

    def __init__(self, notices: list[str]) -> None:
        self._notices = notices

    def nodes(self) -> list[dict[str, Any]]:
        """Return the nodes of all plans since the last call."""
        found: list[dict[str, Any]] = []
        for notice in self._notices:
            if "plan:" in notice:
                _walk(json.loads(notice.partition("plan:\n")[2])["Plan"], found)
        self._notices.clear()
        return found


def _walk(node: dict[str, Any], found: list[dict[str, Any]]) -> None:
    found.append(node)
    for below in node.get("Plans", []):
        _walk(below, found)


def scanned(nodes: list[dict[str, Any]]) -> set[str]:
    """Return the tables that were scanned, except for scans of a few rows."""
    assert nodes
    return {
        node["Relation Name"]
        for node in nodes
        if node["Node Type"] == "Seq Scan"
        and node["Actual Rows"] + node.get("Rows Removed by Filter", 0) > SMALL_SCOPE + 1
    }


def indexes(nodes: list[dict[str, Any]]) -> set[str]:
    return {node["Index Name"] for node in nodes if "Index Name" in node}


EXPLAIN = """
LOAD 'auto_explain';
SET auto_explain.log_min_duration = 0; SET auto_explain.log_analyze = on;
SET auto_explain.log_format = json; SET auto_explain.log_buffers = on;
SET client_min_messages = log
"""
SORTED = {
    "created_at": {"documents_collection_newest", "documents_pkey"},
    "updated_at": {"documents_collection_updated"},
    "title": {"documents_collection_title"},
    "size": {"documents_collection_size"},
    "id": {"documents_collection_id"},
}
"""The indexes that can serve an order of a list."""
RUNS = 8
"""After this many runs psycopg prepares the statement and PostgreSQL uses a generic plan."""


@pytest.fixture
def notices() -> list[str]:
    return []


@asynccontextmanager
async def api_connection(settings: Settings, notices: list[str]) -> AsyncIterator[AsyncConnection]:
    """A connection of the API. It reports the plan of each statement."""
    async with await psycopg.AsyncConnection.connect(**connection_options(settings)) as connection:
        connection.add_notice_handler(lambda notice: notices.append(notice.message_primary or ""))
        for statement in EXPLAIN.split(";"):
            await connection.execute(statement)
        yield connection


@pytest.fixture
async def watched(filled: Settings, notices: list[str]) -> AsyncIterator[AsyncConnection]:
    async with api_connection(filled, notices) as connection:
        yield connection


async def test_documents_are_written_read_and_deleted_by_index(
    watched: AsyncConnection, notices: list[str]
) -> None:
    plans = Plans(notices)
    for n in range(RUNS):
        await write_documents.accept(watched, lexed_document(new(f"new{n}")), Lane.INTERACTIVE)
        await write_documents.accept(
            watched, lexed_document(new("5", f"edit {n}")), Lane.INTERACTIVE
        )
        batch = [lexed_document(new(f"{n}-{m}")) for m in range(50)]
        await write_documents.accept_many(watched, batch, Lane.BULK)
        await read_documents.read(watched, DocumentRef(named("c"), str(n)))
        await delete_documents.delete(watched, DocumentRef(named("c"), f"new{n}"), None)
        await retry_documents.retry_failed(watched, named("c"), str(n))
    assert scanned(plans.nodes()) == set()


@pytest.mark.parametrize("order", Order)
@pytest.mark.parametrize("status", [None, *Status])
async def test_pages_are_read_by_index(
    watched: AsyncConnection, notices: list[str], status: Status | None, order: Order
) -> None:
    plans = Plans(notices)
    after: Position | None = None
    for _ in range(RUNS):
        listing = Listing(named("c"), status, order=order, limit=20, after=after)
        await list_documents.excerpts(watched, listing)
        after = (await list_documents.page(watched, listing)).next_after
    nodes = plans.nodes()
    assert scanned(nodes) == set()
    assert max(node["Actual Rows"] for node in nodes) < ROWS / 4


@pytest.mark.parametrize("order", Order)
@pytest.mark.parametrize("raw", [{}, {"n": {"gte": 0}}])
async def test_a_page_reads_as_many_documents_as_it_shows(
    watched: AsyncConnection, notices: list[str], order: Order, raw: dict[str, Any]
) -> None:
    plans, after = Plans(notices), None
    for _ in range(RUNS):
        listing = Listing(named("c"), None, None, parse_filter(raw), order, 20, after)
        after = (await list_documents.page(watched, listing)).next_after
        assert after is not None
    nodes = plans.nodes()
    assert SORTED[order.field] & indexes(nodes)
    assert max(node["Actual Rows"] for node in nodes) <= 21


@pytest.mark.parametrize(
    "raw",
    [
        {"n": 5},
        {"n": {"in": [5, 6]}, "absent": {"exists": False}},
        {"or": [{"n": 5}, {"and": [{"team.name": "ink"}, {"n": {"gt": 3}}]}]},
    ],
)
async def test_the_index_on_metadata_serves_equality(
    watched: AsyncConnection, notices: list[str], raw: dict[str, Any]
) -> None:
    plans, parts = Plans(notices), parse_filter(raw)
    for _ in range(RUNS):
        await list_documents.page(watched, Listing(named("c"), conditions=parts, order=Order.ID))
        await delete_documents.find(watched, named("c"), parts, (0, ROWS), 100)
        await facets.count(watched, Scope(named("c"), parts), ["n", "team.name"])
    nodes = plans.nodes()
    assert sum(node.get("Index Name") == "documents_metadata" for node in nodes) >= 3 * RUNS
    assert max(node["Actual Rows"] for node in nodes) < 100


async def test_collections_are_listed_without_reading_all_documents(
    watched: AsyncConnection, notices: list[str]
) -> None:
    plans = Plans(notices)
    for _ in range(RUNS):
        found = await listing.names(watched, DEFAULT_TENANT, None, 100)
        assert [each.name for each in found] == ["c", "unread"]
        assert await listing.exists(watched, named("unread"))
    nodes = plans.nodes()
    assert scanned(nodes) == set()
    assert max(node["Actual Rows"] for node in nodes) < 100


async def test_the_statistics_of_a_tenant_read_nothing_of_others(
    watched: AsyncConnection, notices: list[str]
) -> None:
    plans = Plans(notices)
    for _ in range(RUNS):
        await statistics.of_tenant(watched, Tenant("other"))
    assert scanned(plans.nodes()) == set()


async def test_failures_are_found_by_index(watched: AsyncConnection, notices: list[str]) -> None:
    plans = Plans(notices)
    for _ in range(RUNS):
        (group,) = (await failures.of_documents(watched, Scope(DEFAULT_TENANT))).groups
        assert 5 < group.count < 50
        await failures.of_documents(watched, Scope(named("c")))
        await failures.of_files(watched, Scope(DEFAULT_TENANT))
        await failures.of_files(watched, Scope(named("c")))
    nodes = plans.nodes()
    assert scanned(nodes) == set()
    assert {"jobs_failed_model", "files_failed"} <= indexes(nodes)


async def test_chunks_of_a_document_are_read_by_index(
    watched: AsyncConnection, notices: list[str]
) -> None:
    plans = Plans(notices)
    for number in range(RUNS):
        ref = DocumentRef(named("c"), str(number + 1))
        assert await document_chunks.read(watched, ref) is not None
    assert scanned(plans.nodes()) == set()


async def test_a_timeline_is_read_by_index(watched: AsyncConnection, notices: list[str]) -> None:
    plans = Plans(notices)
    for number in range(RUNS):
        found = await timelines.read(watched, DocumentRef(named("c"), str(number + 1)))
        assert found is not None
        assert found.models
    assert scanned(plans.nodes()) == set()


async def test_an_import_is_read_and_ended_by_index(
    watched: AsyncConnection, notices: list[str]
) -> None:
    for statement in IMPORTED.split(";\n"):
        await watched.execute(statement)
    notices.clear()
    plans = Plans(notices)
    for _ in range(RUNS):
        found = await imports.page(watched, DEFAULT_TENANT, None, 10)
        assert all(each.pending for each in found)
        into = await imports.page_into(watched, Collection(DEFAULT_TENANT, "none"), None, 10)
        assert into[0] == []
        assert into[1] is not None, "all imports were looked at"
        for each in found:
            assert await imports.read(watched, DEFAULT_TENANT, each.id) == each
            assert await import_reasons.rejected(watched, each.key, 0, 10, are_skipped=False)
            await import_reasons.failed(watched, each.key, 10)
        request = await imports.begin(watched, DEFAULT_TENANT, found[0].id)
        received = Received(rejected=1, rejections=[Rejection(1, "a", "is missing")])
        await imports.end(watched, request, received, broke_off=False, quiet_seconds=0)
        request = (await imports.tell(watched, DEFAULT_TENANT, found[0].id)).request
        await import_reasons.named(watched, request.key, ["a", "b"])
        await imports.add(watched, request, received)
        await imports.close(watched, request.key)
    nodes = plans.nodes()
    assert scanned(nodes) == set()
    assert {"files_import", "jobs_import_file", "import_rejections_pkey"} <= indexes(nodes)


async def test_imports_end_by_index_also_if_one_has_almost_all_jobs(
    watched: AsyncConnection, notices: list[str]
) -> None:
    for statement in OF_ONE_IMPORT.split(";\n"):
        await watched.execute(statement)
    found = await imports.page(watched, DEFAULT_TENANT, 4, 3)
    notices.clear()  # all jobs are counted
    plans = Plans(notices)
    for each in found:
        request = await imports.begin(watched, DEFAULT_TENANT, each.id)
        await imports.end(watched, request, Received(), broke_off=False, quiet_seconds=0)
    await watched.execute(imports._SETTLE)
    nodes = plans.nodes()
    assert "jobs" not in scanned(nodes)


@pytest.fixture
async def day(watched: AsyncConnection) -> AsyncIterator[None]:
    """A day of fifty tenants and fifty collections."""
    for statement in [*DAY.split(";\n"), "ANALYZE activity", "ANALYZE collection_activity"]:
        await watched.execute(statement)
    yield
    for table in ("activity", "collection_activity"):
        await watched.execute(f"DELETE FROM {table}")


@pytest.mark.usefixtures("day")
@pytest.mark.parametrize(
    ("within", "used"),
    [
        (Tenant("t7"), {"activity_pkey"}),
        (named("t7"), {"activity_pkey", "collection_activity_pkey"}),
    ],
    ids=["tenant", "collection"],
)
async def test_a_day_is_read_by_index(
    watched: AsyncConnection, notices: list[str], within: Collection | Tenant, used: set[str]
) -> None:
    plans = Plans(notices)
    span = Span.last(24, time.time())
    for _ in range(RUNS):
        found = await activity.read(watched, within, span)
        assert any(point and point.failed for _, point in found.points)
    nodes = plans.nodes()
    assert scanned(nodes) == set()
    assert used <= indexes(nodes)
    assert max(node["Actual Rows"] for node in nodes if node.get("Index Name") in used) <= 2880


async def test_a_minute_is_written_by_index(watched: AsyncConnection, notices: list[str]) -> None:
    plans = Plans(notices)
    for number in range(RUNS):
        later = time.time() + 60 * number
        counting = ActivityCounts(partial(float, later))
        counting.took(Timed.WRITE, 1.0, named("c"))
        counts = counting.over(all_=True)
        for statement in [activity.addition(counts), *activity.upkeep(counts[-1].minute)]:
            await watched.execute(*statement)
        nodes = plans.nodes()
        assert scanned(nodes) <= {"jobs"}  # all that waits is counted, once a minute
        passes = [node["Actual Loops"] for node in nodes if node.get("Relation Name") == "jobs"]
        assert sum(passes) == 1


async def test_search_uses_its_indexes(watched: AsyncConnection, notices: list[str]) -> None:
    plans = Plans(notices)
    query = Query("word7", QueryVector(1, 8, [0.5] * 8), by_words=True, limit=10)
    for _ in range(RUNS):
        found = await search.search(watched, query, Scope(named("c")))
        assert len(found.hits) == 10
    nodes = plans.nodes()
    assert scanned(nodes) == set()
    assert {"chunks_embedding_1", "document_texts_lexemes"} <= indexes(nodes)


@pytest.mark.parametrize("within", [Collection(LARGE, "c"), LARGE], ids=["collection", "tenant"])
async def test_a_large_tenant_has_indexes_of_its_own(
    watched: AsyncConnection, notices: list[str], within: Collection | Tenant
) -> None:
    plans = Plans(notices)
    query = Query("word7", QueryVector(2, 8, [0.5] * 8), by_words=True, limit=10)
    for _ in range(RUNS):
        found = await search.search(watched, query, Scope(within))
        assert {hit.ref.collection.tenant for hit in found.hits} == {LARGE}
    nodes = plans.nodes()
    assert scanned(nodes) == set()
    assert "chunks_embedding_2" in indexes(nodes)
    assert any(name.startswith("document_texts_of_") for name in indexes(nodes))
    assert not {"chunks_embedding_1", "document_texts_lexemes"} & indexes(nodes)
    read = [n["Actual Rows"] for n in nodes if n.get("Index Name") == "chunks_embedding_2"]
    assert max(read) <= search.INDEXED_FIRST.candidates


@pytest.mark.parametrize("small_scope", [SMALL_SCOPE, 0])
@pytest.mark.parametrize("within", [Collection(SMALL, "c"), SMALL], ids=["collection", "tenant"])
async def test_the_vectors_of_a_small_tenant_are_compared_without_reading_others(
    watched: AsyncConnection,
    notices: list[str],
    monkeypatch: pytest.MonkeyPatch,
    within: Collection | Tenant,
    small_scope: int,
) -> None:
    monkeypatch.setattr(search, "SMALL_SCOPE", small_scope)
    plans = Plans(notices)
    query = Query("word7", QueryVector(3, 8, [0.5] * 8), by_words=False, limit=10)
    for _ in range(RUNS):
        found = await search.search(watched, query, Scope(within))
        assert len(found.hits) == 10
    nodes = plans.nodes()
    assert scanned(nodes) == set()
    assert not any(name.startswith("chunks_embedding") for name in indexes(nodes))
    rows = [n["Actual Rows"] * n["Actual Loops"] for n in nodes if n["Node Type"] != "Aggregate"]
    assert max(rows) <= TENANTS_DOCUMENTS[SMALL]


def test_only_large_tenants_keep_indexes(filled: Settings) -> None:
    database = Database(filled)
    database.open()
    resize = "UPDATE tenant_text_statistics SET documents = %s WHERE tenant = 'large'"

    def built() -> int:
        IndexBuilder(database).work()
        query = """
            SELECT count(*) AS indexes FROM pg_indexes
            WHERE indexname = 'chunks_embedding_2' OR indexname LIKE 'document_texts_of_%'"""
        with database.connection() as connection:
            row = connection.execute(query).fetchone()
        assert row
        return int(row["indexes"])

    with database.connection() as connection:
        for documents, expected in ((1500, 2), (900, 0), (1500, 0), (2500, 2)):
            connection.execute(resize, (documents,))
            assert built() == expected
    database.close()


async def test_passages_are_read_by_index(watched: AsyncConnection, notices: list[str]) -> None:
    plans, vector = Plans(notices), QueryVector(1, 8, [0.5] * 8)
    for _ in range(RUNS):
        found = await passages.chunks(watched, {2: 0, 4: None, 5: None}, [vector])
        assert sorted({each.key for each in found}) == [2, 4]
        asked = [Place(each.key, each.start, each.end) for each in found]
        assert {each.document.key for each in await passages.texts(watched, asked)} == {2, 4}
    assert scanned(plans.nodes()) == set()


async def test_a_large_import_makes_plans_anew_without_autovacuum(
    settings: Settings, database: Database, notices: list[str]
) -> None:
    make_harness(settings, database, FakeEmbedder(), RecordedWakeUps()).model.verified()
    plans = Plans(notices)
    query = Query("word7", QueryVector(1, 8, [0.5] * 8), by_words=True, limit=10)

    async def searched(api: AsyncConnection) -> tuple[set[str], int]:
        """Return the tables that one search scanned, and how many blocks it touched."""
        plans.nodes()
        await search.search(api, query, Scope(named("c")))
        nodes = plans.nodes()
        return scanned(nodes), max(node["Shared Hit Blocks"] for node in nodes)

    async with api_connection(settings, notices) as api:
        for _ in range(RUNS):
            await search.search(api, query, Scope(named("c")))
        with database.connection() as connection:
            for table in ("documents", "document_texts", "embeddings", "chunks", "jobs"):
                connection.execute(f"ALTER TABLE {table} SET (autovacuum_enabled = off)")
            for change in vector_indexes.changes(connection):
                connection.execute(change)
            fill(connection)
            connection.execute(SECOND_CHUNKS)
            connection.execute("SELECT pg_stat_force_next_flush()")
            connection.execute("SELECT pg_stat_reset()")  # as a crash of PostgreSQL does
        _, before = await searched(api)
        with database.connection() as connection:
            assert table_analysis.has_changed(connection, "documents", "chunks")
        TableAnalyzer(database).analyze()
        scans, after = await searched(api)
        with database.connection() as connection:
            assert table_analysis.analyze_changed(connection) == []
    assert scans == set()
    assert after <= before


@pytest.mark.parametrize(("text", "count"), [('"document 7"', 1), ("word7 -document7 -8", 10)])
async def test_phrases_and_exclusions_use_the_indexes(
    watched: AsyncConnection, notices: list[str], text: str, count: int
) -> None:
    plans, parsed = Plans(notices), parse_query(text)
    vector = QueryVector(1, 8, [0.5] * 8)
    query = Query(parsed.text, vector, by_words=True, limit=10, syntax=parsed)
    for _ in range(RUNS):
        found = await search.search(watched, query, Scope(named("c")))
        assert len(found.hits) == count
    assert scanned(plans.nodes()) == set()


async def test_a_swap_reads_and_locks_only_documents_whose_status_changes(
    watched: AsyncConnection, notices: list[str]
) -> None:
    async with watched.transaction(force_rollback=True):
        for statement in SWITCHED.split(";"):
            await watched.execute(statement)
        switched = await migrations.read(watched, named("c"), 1)
        assert switched is not None
        plans = Plans(notices)
        plans.nodes()
        for _ in range(RUNS):
            assert await cutover.swap_back(watched, switched)
            await watched.execute(SWITCH_AGAIN)
        nodes = plans.nodes()
    assert scanned(nodes) <= {"jobs"}
    read = [node for node in nodes if node.get("Relation Name") == "documents"]
    assert {node["Actual Rows"] * node["Actual Loops"] for node in read} == {10}


@contextmanager
def explained(settings: Settings) -> Iterator[tuple[Connection, Plans]]:
    """A connection of a worker that reports the plan of each statement."""
    notices: list[str] = []
    with psycopg.connect(**connection_options(settings)) as connection:
        connection.add_notice_handler(lambda notice: notices.append(notice.message_primary or ""))
        for statement in EXPLAIN.split(";"):
            connection.execute(statement)
        yield connection, Plans(notices)


def test_jobs_are_claimed_and_stored_by_index(filled: Settings) -> None:
    flows = FlowTurns().next_ranges(Lane.BULK, LENGTHS[Lane.BULK][-1])
    with explained(filled) as (connection, plans):
        for _ in range(RUNS):
            claim = claims.claim(connection, 1, Lane.BULK, ClaimLimits(8, 10**6, flows), 10)
            assert len(claim.jobs) == 8
            chunk = NewChunk(0, 1, b"h" * 32, [1.0] * 8)
            done = [(job, [chunk]) for job in claim.jobs[:4]]
            failed = [
                FailedAttempt(job, RejectionCode.MODEL_FAILED, "x", 1.0) for job in claim.jobs[4:6]
            ]
            assert len(jobs.store(connection, claim, done)) == 4
            jobs.fail(connection, claim, failed)
            assert claims.renew(connection, claim, 10)
            jobs.release(connection, claim)
            keys = [job.key for job in claim.jobs]
            assert len(chunks.stored(connection, 1, keys)) == 4
            assert chunks.vectors(connection, 1, {b"h" * 32}).keys() == {b"h" * 32}
            jobs.stalled_lanes(connection)
            assert shares.due(connection, Lane.BULK)
            shares.begin(connection, Share(), Lane.BULK, 10.0)
            shares.end(connection, Share(), Lane.BULK, 10.0, 5.0)
    assert scanned(plans.nodes()) == set()


def test_repairs_look_for_wrong_times_by_index(filled: Settings) -> None:
    with explained(filled) as (connection, plans):
        for _ in range(RUNS):
            assert not repairs.adopt_restored_events(connection)
            assert repairs.end_impossible_waits_of_jobs(connection, list(Lane), 60, 60) == 0
            assert repairs.end_impossible_waits_of_webhooks(connection, 300, 300) == 0
    nodes = plans.nodes()
    assert scanned(nodes) == set()
    assert {"jobs_due", "jobs_leased", "events_pkey"} <= indexes(nodes)


def test_webhooks_find_undelivered_events_by_index(filled: Settings) -> None:
    with explained(filled) as (connection, plans):
        for _ in range(RUNS):
            (due,) = deliveries.claim(connection, Slots(16, 16, 16), 10)
            assert due.collection == named("c")
            events = deliveries.undelivered(connection, due, 100)
            assert len(events) == 100
            deliveries.delivered(connection, due, events[-1].position, "answered 200", 0.1)
    nodes = plans.nodes()
    assert scanned(nodes) == set()
    assert {"events_told", "imports_told"} <= indexes(nodes)
