"""What waits for what while a migration changes the roles of its models."""

import asyncio
import time
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import LiteralString

import pytest

from shared.db.kit.pool import AsyncConnection, AsyncDatabase, Connection, Database
from shared.db.migrations import cutover
from shared.domain.access.principal import OPEN
from shared.domain.errors import TooBusy
from shared.domain.models.migration import Cutover, Migration, MigrationState
from shared.services.collections import deletion
from shared.services.documents.service import DocumentService
from tests.support.collections import named
from tests.support.migrating import Migrating
from tests.support.worker_harness import new

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("stored")]

WAITING = """
SELECT query FROM pg_stat_activity
WHERE datname = current_database() AND wait_event_type = 'Lock' AND state = 'active'
"""
COUNTED: LiteralString = "SELECT FROM model_migrations FOR UPDATE"
STORED: LiteralString = "SELECT FROM collections FOR SHARE"
EDITED: LiteralString = "SELECT FROM documents WHERE id = 'a' FOR UPDATE"
TOLD = "SELECT status FROM events WHERE id = '{id}' ORDER BY xid, seq"


@contextmanager
def locked(database: Database, lock: LiteralString) -> Iterator[None]:
    with database.transaction() as connection:
        connection.execute(lock)
        yield


def waiting(database: Database) -> str:
    """Return the next statement that waits for a lock."""
    until = time.monotonic() + 10
    while time.monotonic() < until:
        with database.connection() as connection:
            for row in connection.execute(WAITING).fetchall():
                return str(row["query"])
        time.sleep(0.01)
    raise AssertionError("nobody waits")


async def test_a_rollback_that_comes_during_the_cutover_locks_the_roles_first(
    migrating: Migrating, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    migration = await migrating.start()
    await migrating.until(migration, MigrationState.READY)
    switch, loop = cutover.switch, asyncio.get_running_loop()
    waits: list[str] = []
    rollbacks: list[Future[Migration]] = []

    def switch_and_roll_back(connection: Connection, switched: Migration) -> bool:
        done = switch(connection, switched)
        rollback = migrating.act(migration, "rollback")
        rollbacks.append(asyncio.run_coroutine_threadsafe(rollback, loop))
        waits.append(waiting(database))
        return done

    monkeypatch.setattr(cutover, "switch", switch_and_roll_back)
    await migrating.until(migration, MigrationState.SWITCHED, MigrationState.ROLLED_BACK)
    (rollback,) = rollbacks
    assert (await asyncio.wrap_future(rollback)).state is MigrationState.ROLLED_BACK
    assert [" collections " in each for each in waits] == [True]


async def test_a_cutover_that_comes_during_a_rollback_is_to_be_asked_again(
    migrating: Migrating, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    migration = await migrating.start()
    await migrating.until(migration, MigrationState.SWITCHED)
    swap = cutover.swap_back
    asked: list[asyncio.Task[Migration]] = []

    async def swap_and_cut_over(connection: AsyncConnection, swapped: Migration) -> bool:
        done = await swap(connection, swapped)
        asked.append(asyncio.create_task(migrating.act(migration, "cutover")))
        assert "model_migrations" in await asyncio.to_thread(waiting, database)
        return done

    monkeypatch.setattr(cutover, "swap_back", swap_and_cut_over)
    await migrating.act(migration, "rollback")
    with pytest.raises(TooBusy, match="just changed"):
        await asked[0]
    assert (await migrating.get(migration)).state is MigrationState.ROLLED_BACK
    assert (await migrating.act(migration, "cutover")).state is MigrationState.SWITCHED


@pytest.mark.parametrize("action", ["pause", "cutover", "abort"])
async def test_who_asks_while_documents_are_counted_soon_learns_to_ask_again(
    migrating: Migrating, database: Database, action: str
) -> None:
    migration = await migrating.start(Cutover.MANUAL)
    await migrating.until(migration, MigrationState.READY)
    began = time.monotonic()
    with locked(database, COUNTED), pytest.raises(TooBusy) as refused:
        await migrating.act(migration, action)
    assert time.monotonic() - began < 5
    assert refused.value.seconds
    await migrating.act(migration, action)


async def test_a_deletion_while_documents_are_counted_soon_learns_to_ask_again(
    migrating: Migrating, database: Database, async_database: AsyncDatabase
) -> None:
    migration = await migrating.start(Cutover.MANUAL)
    await migrating.until(migration, MigrationState.READY)
    began = time.monotonic()
    with locked(database, COUNTED), pytest.raises(TooBusy) as refused:
        await deletion.delete(async_database, OPEN, named("c"))
    assert time.monotonic() - began < 5
    assert refused.value.seconds
    await deletion.delete(async_database, OPEN, named("c"))
    assert migrating.rows("SELECT FROM model_migrations") == []


async def test_a_swap_waits_only_for_documents_whose_status_changes(
    migrating: Migrating, database: Database, documents: DocumentService
) -> None:
    migration = await migrating.start()
    await migrating.until(migration, MigrationState.SWITCHED)
    await documents.put(new("a", "both models owe it"))
    await documents.put(new("b", "the former model has embedded it"))
    migrating.do(
        "DELETE FROM jobs j USING documents d, model_migrations g WHERE d.key = j.document_key"
        " AND d.id = 'b' AND j.model_id = g.from_model_id"
    )
    with locked(database, EDITED):
        await migrating.act(migration, "rollback")
    told = {
        id_: [row["status"] for row in migrating.rows(TOLD.format(id=id_))]
        for id_ in ("a", "b", "d")
    }
    assert told == {
        "a": ["pending", "ready", "pending"],
        "b": ["pending", "ready", "pending", "ready"],
        "d": ["pending", "ready"],
    }


async def test_a_swap_that_an_edit_holds_up_soon_lets_the_workers_store_again(
    migrating: Migrating, database: Database, documents: DocumentService
) -> None:
    migration = await migrating.start()
    await migrating.until(migration, MigrationState.SWITCHED)
    await documents.put(new("a", "the former model has embedded it"))
    migrating.do("DELETE FROM jobs j USING model_migrations g WHERE j.model_id = g.from_model_id")
    with locked(database, EDITED), pytest.raises(TooBusy) as refused:
        await migrating.act(migration, "rollback")
    assert refused.value.seconds
    assert (await migrating.act(migration, "rollback")).state is MigrationState.ROLLED_BACK


async def test_a_migration_that_fills_again_does_not_wait_for_the_roles(
    migrating: Migrating, database: Database, documents: DocumentService
) -> None:
    migration = await migrating.start()
    await migrating.until(migration, MigrationState.READY)
    await documents.put(new("a", "the text that an older process wrote"))
    migrating.do("DELETE FROM jobs j USING model_migrations g WHERE j.model_id = g.to_model_id")
    with locked(database, STORED):
        await asyncio.to_thread(migrating.work)
    assert (await migrating.get(migration)).state is MigrationState.FILLING
