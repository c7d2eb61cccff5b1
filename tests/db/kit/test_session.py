"""The settings that every session starts with."""

import pytest

from shared.config import Settings
from shared.db.kit.fetch import fetch_value
from shared.db.kit.pool import AsyncDatabase, Database

pytestmark = pytest.mark.anyio


def test_no_statement_is_compiled(database: Database) -> None:
    with database.connection() as connection:
        assert fetch_value(connection, "SELECT current_setting('jit')") == "off"


@pytest.mark.parametrize(
    ("chunks", "candidates"),
    [(-1, 120), (0, 120), (100_000, 120), (1_000_000, 259), (10_000_000, 557), (10**9, 1000)],
)
async def test_candidates_of_vector_searches_grow_with_the_chunks(
    settings: Settings, database: Database, chunks: int, candidates: int
) -> None:
    statement = "UPDATE pg_class SET reltuples = %s WHERE oid = 'chunks'::regclass"
    with database.connection() as connection:
        connection.execute(statement, (chunks,))
    api = AsyncDatabase(settings)
    await api.open()
    async with api.connection() as lent:
        cursor = await lent.execute("SELECT current_setting('hnsw.ef_search') AS value")
        row = await cursor.fetchone()
    await api.close()
    assert row == {"value": str(candidates)}
