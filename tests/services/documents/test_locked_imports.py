"""Who changes several imports locks them in one order, whatever the order of their rows."""

import asyncio
from collections.abc import Callable, Coroutine

import pytest

from shared.db.collections import renaming
from shared.db.documents import delete_documents, sent_vectors
from shared.db.kit.pool import AsyncDatabase, Database
from shared.domain.documents.filters import parse_filter
from shared.services.documents.service import DocumentService
from tests.services.documents.test_concurrent_writes import BLOCKED, rows
from tests.support.collections import named
from tests.support.processes import eventually
from tests.support.worker_harness import WorkerHarness, new

pytestmark = pytest.mark.anyio

Change = Callable[[AsyncDatabase, Database, list[int]], Coroutine[None, None, None]]

LAST_FIRST = """
WITH made AS (
    INSERT INTO imports (tenant, id, collections, receiving_until)
    SELECT 'default', gen_random_uuid(), ARRAY['c'], now() FROM generate_series(1, 3)
    RETURNING key
), sent AS (
    INSERT INTO sent_vectors (document_key, content_hash, fingerprint, chunks, import_key)
    SELECT d.key, d.content_hash, '', '', made.key
    FROM documents d JOIN made ON d.id = made.key::text
)
UPDATE jobs j SET import_key = made.key FROM made JOIN documents d ON d.id = made.key::text
WHERE d.key = j.document_key;
UPDATE imports SET accepted = 1 WHERE key = 2;
UPDATE imports SET accepted = 1 WHERE key = 1
"""
FREE = "SELECT key FROM imports ORDER BY key FOR UPDATE SKIP LOCKED"


async def delete(database: AsyncDatabase, _: Database, keys: list[int]) -> None:
    async with database.connection() as connection:
        await delete_documents.delete_found(connection, keys, parse_filter({"k": 1}))


async def rename(database: AsyncDatabase, _: Database, __: list[int]) -> None:
    async with database.connection() as connection, connection.transaction():
        for plan in ("indexscan", "bitmapscan"):  # another plan has another order
            await connection.execute(f"SET LOCAL enable_{plan} = off")
        await renaming.move_belongings(connection, named("c"), named("renamed"))


async def end_vectors(_: AsyncDatabase, database: Database, keys: list[int]) -> None:
    def end() -> None:
        with database.transaction() as connection:
            connection.execute("DELETE FROM jobs")
            sent_vectors.end(connection, keys, keys)

    await asyncio.to_thread(end)


@pytest.mark.parametrize("change", [delete, rename, end_vectors])
async def test_the_first_one_is_awaited_without_the_others(
    harness: WorkerHarness,
    documents: DocumentService,
    async_database: AsyncDatabase,
    database: Database,
    change: Change,
) -> None:
    harness.model.verified()
    for id_ in "321":
        await documents.put(new(id_, metadata={"k": 1}))
    for statement in LAST_FIRST.split(";\n"):
        with database.connection() as connection:
            connection.execute(statement)
    keys = [row["key"] for row in rows(database, "SELECT key FROM documents ORDER BY key")]
    with database.transaction() as connection:
        connection.execute("SELECT FROM imports WHERE key = 1 FOR UPDATE")
        changing = asyncio.create_task(change(async_database, database, keys))
        await asyncio.to_thread(eventually, lambda: bool(rows(database, BLOCKED)), "it waits")
        free = [row["key"] for row in rows(database, FREE)]
    await changing
    assert free == [2, 3]
