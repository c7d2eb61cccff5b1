"""Renames a collection: one transaction moves its documents, and writes go on meanwhile."""

import time
from contextlib import suppress

from shared.db.collections import listing, own_models, renaming, settings
from shared.db.kit.pool import AsyncConnection, AsyncDatabase
from shared.domain.access.principal import Principal
from shared.domain.collection_errors import (
    CollectionExists,
    CollectionNotFound,
    CollectionTooLarge,
    MigrationRunning,
)
from shared.domain.collections.collection import RENAMED_MAX
from shared.domain.database_errors import DatabaseTimeout
from shared.domain.errors import InkdexError
from shared.domain.refs import Collection
from shared.services.access.audit_log import done_by, record

BATCH_DOCUMENTS = 100
"""A statement must end within its time limit, also if each document has a megabyte."""
SECONDS_MAX = 60.0
"""Events of all tenants wait until the transaction has ended, because they are told in order."""


async def rename(
    database: AsyncDatabase, caller: Principal, collection: Collection, to: Collection
) -> None:
    """Rename a collection.

    Raises CollectionNotFound, CollectionExists, CollectionTooLarge, MigrationRunning and TooBusy.
    Then nothing has changed.
    """
    has_models = await _prepare(database, collection, to)
    try:
        async with database.costly_connection(collection.tenant) as connection:
            await _move(connection, caller, collection, to)
    except DatabaseTimeout:
        raise CollectionTooLarge(collection, RENAMED_MAX) from None
    finally:
        if has_models:
            for each in (collection, to):
                await _forget_unused(database, each)


async def _prepare(database: AsyncDatabase, collection: Collection, to: Collection) -> bool:
    """Check the names, and give the new one the models of the former. Return if it has some.

    Writes that come to the new name from now on use these models, whatever becomes of the rename.
    """
    async with database.connection() as connection, connection.transaction():
        await settings.lock(connection, collection, to)
        await _check(connection, collection, to)
        if not await settings.has_models(connection, collection):
            return False
        await settings.stop_writes(connection)
        await _check(connection, collection, to)
        await own_models.copy(connection, collection, to)
        return True


async def _check(connection: AsyncConnection, collection: Collection, to: Collection) -> None:
    if not await listing.exists(connection, collection):
        raise CollectionNotFound(collection)
    if await own_models.is_migrating(connection, collection):
        raise MigrationRunning(collection)
    if await renaming.is_taken(connection, to):
        raise CollectionExists(to)


async def _move(
    connection: AsyncConnection, caller: Principal, collection: Collection, to: Collection
) -> None:
    until = time.monotonic() + SECONDS_MAX
    async with connection.transaction():
        await settings.lock(connection, collection, to)
        await _check(connection, collection, to)
        keys = await renaming.lock_documents(connection, collection, RENAMED_MAX + 1)
        for start in range(0, len(keys), BATCH_DOCUMENTS):
            if len(keys) > RENAMED_MAX or time.monotonic() > until:
                raise CollectionTooLarge(collection, RENAMED_MAX)
            batch = keys[start : start + BATCH_DOCUMENTS]
            await renaming.move_documents(connection, collection, to, batch)
        await settings.move(connection, collection, to)
        await renaming.move_belongings(connection, collection, to)
        detail = {"to": to.name, "documents": len(keys)}
        await record(connection, done_by(caller, "collection.rename", collection.name, detail))


async def _forget_unused(database: AsyncDatabase, collection: Collection) -> None:
    """Forget the models of a name without documents. If that fails, it keeps them."""
    with suppress(InkdexError):
        async with database.connection() as connection, connection.transaction():
            await settings.lock(connection, collection)
            if await listing.exists(connection, collection):
                return
            await settings.stop_writes(connection)
            await own_models.forget(connection, collection)
