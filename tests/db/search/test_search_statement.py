"""The number of candidates of a vector search."""

import pytest

from shared.db.kit.pool import AsyncConnection, AsyncDatabase
from shared.db.search import search_statement

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("chunks", "candidates"),
    [(-1, 120), (0, 120), (100_000, 120), (1_000_000, 259), (10_000_000, 557), (10**9, 1000)],
)
async def test_candidates_grow_with_the_chunks_for_one_transaction(
    async_database: AsyncDatabase, chunks: int, candidates: int
) -> None:
    async with async_database.connection() as connection:
        async with connection.transaction(force_rollback=True):
            await connection.execute(
                "UPDATE pg_class SET reltuples = %s WHERE oid = 'chunks'::regclass", (chunks,)
            )
            await connection.execute(search_statement.SETTINGS)
            assert await setting(connection, "hnsw.ef_search") == str(candidates)
            assert await setting(connection, "plan_cache_mode") == "force_generic_plan"
        assert await setting(connection, "hnsw.ef_search") == "120"


async def setting(connection: AsyncConnection, name: str) -> str:
    cursor = await connection.execute("SELECT current_setting(%s) AS value", (name,))
    row = await cursor.fetchone()
    assert row is not None
    return str(row["value"])
