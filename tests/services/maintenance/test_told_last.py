"""The last event of a document says what a reader then sees, whatever waited for what."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, LiteralString

import pytest

from shared.db.documents import write_documents
from shared.db.documents.document_rows import STATE_JOINS, STATUS
from shared.db.kit.pool import AsyncDatabase, Connection, Database
from shared.db.migrations import cutover
from shared.db.tables.job_flow import FLOW
from shared.domain.access.principal import OPEN
from shared.domain.database_errors import DatabaseTimeout
from shared.domain.documents.filters import parse_filter
from shared.domain.models.migration import Migration, MigrationState
from shared.domain.refs import DocumentRef
from shared.services.collections import deletion, renaming
from shared.services.documents.service import DocumentService
from tests.support.collections import named
from tests.support.migrating import Migrating
from tests.support.worker_harness import new

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("stored")]

TOLD = """
SELECT DISTINCT ON (id) id, status, version FROM events WHERE collection = 'c'
ORDER BY id, xid DESC, seq DESC
"""
STORED = f"SELECT d.id, {STATUS} AS status, d.version FROM documents d {STATE_JOINS}"
WAITING = """
SELECT FROM pg_stat_activity
WHERE datname = current_database() AND wait_event_type = 'Lock' AND state = 'active'
"""
FAILED = f"""
INSERT INTO jobs (document_key, model_id, version, lane, flow, failed_at, error_code, error_message)
SELECT d.key, e.model_id, d.version, d.lane, {FLOW}, now(), 'x', 'x'
FROM documents d JOIN embeddings e ON e.document_key = d.key
JOIN embedding_models m ON m.id = e.model_id AND m.state = 'active' WHERE d.id = 'a';
INSERT INTO events (collection, id, status, version) VALUES ('c', 'a', 'failed', 1)
"""
"""The active model refuses the document a."""
REF = DocumentRef(named("c"), "a")
ANY = parse_filter({"age": {"exists": False}})

Work = Callable[[DocumentService], Awaitable[object]]


async def put(documents: DocumentService) -> object:
    return await documents.put(new("a", "the text of a", metadata={"k": 1}))


async def imported_metadata(documents: DocumentService) -> object:
    with documents.bulk_import(10) as bulk:
        await bulk.add(new("a", "the text of a", metadata={"k": 1}))
        await bulk.flush()
    return bulk


async def patch(documents: DocumentService) -> object:
    return await documents.patch_filtered(OPEN, named("c"), ANY, {"k": 1})


async def retry(documents: DocumentService) -> object:
    return await documents.retry(REF)


async def retry_all(documents: DocumentService) -> object:
    return await documents.retry_all(named("c").tenant)


def rows(database: Database, query: LiteralString) -> list[dict[str, Any]]:
    with database.connection() as connection:
        return connection.execute(query).fetchall()


def by_id(found: list[dict[str, Any]]) -> dict[str, tuple[str, int]]:
    return {row["id"]: (row["status"], row["version"]) for row in found}


def assert_told_last(database: Database) -> None:
    told, stored = by_id(rows(database, TOLD)), by_id(rows(database, STORED))
    assert {id_: told[id_] for id_ in stored} == stored
    assert {told[id_][0] for id_ in told.keys() - stored} <= {"deleted"}


def wait_for_one_that_waits(database: Database) -> None:
    until = time.monotonic() + 10
    while not rows(database, WAITING):
        assert time.monotonic() < until, "nobody waits"
        time.sleep(0.01)


@contextmanager
def locked(database: Database, lock: LiteralString) -> Iterator[None]:
    with database.transaction() as connection:
        connection.execute(lock)
        yield


@pytest.fixture
async def ready(migrating: Migrating) -> Migration:
    """A migration whose new model has embedded a document that the active one refuses."""
    migration = await migrating.start()
    ready = await migrating.until(migration, MigrationState.READY)
    migrating.do(FAILED)
    return ready


@pytest.mark.parametrize("work", [put, patch, retry])
async def test_what_comes_during_a_swap_is_told_as_it_is_after_it(
    work: Work,
    ready: Migration,
    migrating: Migrating,
    documents: DocumentService,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    switch, loop = cutover.switch, asyncio.get_running_loop()

    def switch_and_work(connection: Connection, switched: Migration) -> bool:
        done = switch(connection, switched)
        working.append(asyncio.run_coroutine_threadsafe(_work(), loop))
        time.sleep(0.3)
        return done

    async def _work() -> object:
        return await work(documents)

    working: list[Any] = []
    monkeypatch.setattr(cutover, "switch", switch_and_work)
    await migrating.until(ready, MigrationState.SWITCHED)
    assert working
    for each in working:
        await asyncio.wrap_future(each)
    assert_told_last(database)


@pytest.mark.parametrize("work", [put, patch])
async def test_what_a_swap_waited_for_is_told_before_it(
    work: Work,
    ready: Migration,
    migrating: Migrating,
    documents: DocumentService,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    switch, loop = cutover.switch, asyncio.get_running_loop()

    def work_and_switch(connection: Connection, switched: Migration) -> bool:
        asyncio.run_coroutine_threadsafe(_work(), loop).result(10)
        return switch(connection, switched)

    async def _work() -> object:
        return await work(documents)

    monkeypatch.setattr(cutover, "switch", work_and_switch)
    await migrating.until(ready, MigrationState.SWITCHED)
    assert_told_last(database)


@pytest.mark.parametrize("retried", [retry, retry_all])
async def test_a_retry_tells_of_the_version_of_the_edit_that_it_waited_for(
    retried: Work, migrating: Migrating, documents: DocumentService, database: Database
) -> None:
    migrating.do(FAILED)
    with locked(database, "UPDATE documents SET metadata = '{}', version = 2 WHERE id = 'a'"):
        retrying = asyncio.ensure_future(retried(documents))
        await asyncio.to_thread(wait_for_one_that_waits, database)
    await retrying
    assert rows(database, TOLD)[0] == {"id": "a", "status": "pending", "version": 2}


async def test_a_deletion_of_many_is_told_after_the_edits_that_came_first(
    documents: DocumentService, database: Database
) -> None:
    """The deletion has its position from the document a, and waits for b."""
    with locked(database, "SELECT FROM documents WHERE id = 'b' FOR UPDATE"):
        deleting = asyncio.create_task(documents.delete_filtered(OPEN, named("c"), ANY))
        await asyncio.to_thread(wait_for_one_that_waits, database)
        await documents.put(new("d", "the text of d", metadata={"k": 1}))
    assert await deleting == 3
    assert_told_last(database)


async def test_a_batch_is_told_after_the_deletions_that_it_waited_for(
    documents: DocumentService, database: Database
) -> None:
    """The batch has its position from the document a, and waits for b. The document d goes."""
    with locked(database, "SELECT FROM documents WHERE id = 'b' FOR UPDATE"):
        importing = asyncio.create_task(imported(documents, "a", "b", "d"))
        await asyncio.to_thread(wait_for_one_that_waits, database)
        await documents.delete(DocumentRef(named("c"), "d"), None)
    await importing
    assert_told_last(database)


async def imported(documents: DocumentService, *ids: str) -> None:
    with documents.bulk_import(10) as bulk:
        for id_ in ids:
            await bulk.add(new(id_, f"another text of {id_}"))
        await bulk.flush()


@pytest.mark.parametrize("work", [put, imported_metadata])
async def test_a_write_is_stored_with_its_event_or_not_at_all(
    work: Work,
    migrating: Migrating,
    documents: DocumentService,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def slow(*_: object) -> None:
        raise DatabaseTimeout

    migrating.do(FAILED)
    monkeypatch.setattr(write_documents, "announce", slow)
    with suppress(DatabaseTimeout):
        await work(documents)
    assert rows(database, TOLD)[0] == {"id": "a", "status": "failed", "version": 1}
    assert_told_last(database)


async def deleted(database: AsyncDatabase) -> None:
    await deletion.delete(database, OPEN, named("c"))


async def renamed(database: AsyncDatabase) -> None:
    await renaming.rename(database, OPEN, named("c"), named("other"))


@pytest.mark.parametrize("emptied", [deleted, renamed])
async def test_an_emptied_collection_is_told_after_the_edits_that_came_first(
    emptied: Callable[[AsyncDatabase], Awaitable[None]],
    documents: DocumentService,
    database: Database,
    async_database: AsyncDatabase,
) -> None:
    with locked(database, "SELECT FROM documents WHERE id = 'b' FOR UPDATE"):
        emptying = asyncio.ensure_future(emptied(async_database))
        await asyncio.to_thread(wait_for_one_that_waits, database)
        await documents.put(new("d", "the text of d", metadata={"k": 1}))
    await emptying
    assert {row["status"] for row in rows(database, TOLD)} == {"deleted"}


async def test_a_deletion_is_told_after_the_changes_that_it_waited_for(
    migrating: Migrating, documents: DocumentService, database: Database
) -> None:
    """Two that share the document may follow each other while a deletion waits."""
    migrating.do(FAILED)
    with locked(database, "SELECT FROM documents WHERE id = 'a' FOR SHARE"):
        deleting = asyncio.create_task(documents.delete(REF, None))
        await asyncio.to_thread(wait_for_one_that_waits, database)
        await documents.retry(REF)
    await deleting
    assert_told_last(database)
