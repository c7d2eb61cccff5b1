"""After a large import the plans are made anew."""

import pytest

from shared.config import Settings
from shared.db.kit.pool import AsyncConnection, Database
from shared.db.models import vector_indexes
from shared.db.operations import table_analysis
from shared.db.search import search
from shared.domain.search.query import Query, QueryVector
from shared.domain.search.scope import Scope
from shared.services.maintenance.table_analyzer import TableAnalyzer
from tests.db.plans.rows import fill
from tests.support.collections import named
from tests.support.plans import RUNS, Plans, api_connection, scanned
from tests.support.worker_harness import FakeEmbedder, RecordedWakeUps, make_harness

pytestmark = pytest.mark.anyio

SECOND_CHUNKS = """
INSERT INTO chunks (document_key, model_id, start_offset, end_offset, text_hash, embedding)
SELECT document_key, model_id, 1, 2, sha256(text_hash), embedding FROM chunks
"""


async def test_a_large_import_makes_plans_anew_without_autovacuum(
    settings: Settings, database: Database, plans: Plans
) -> None:
    make_harness(settings, database, FakeEmbedder(), RecordedWakeUps()).model.verified()
    query = Query("word7", QueryVector(1, 8, [0.5] * 8), by_words=True, limit=10)

    async def searched(api: AsyncConnection) -> tuple[set[str], int]:
        """Return the tables that one search scanned, and how many blocks it touched."""
        plans.nodes()
        await search.search(api, query, Scope(named("c")))
        nodes = plans.nodes()
        return scanned(nodes), max(node["Shared Hit Blocks"] for node in nodes)

    async with api_connection(settings, plans) as api:
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
