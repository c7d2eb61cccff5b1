"""Deletes a collection: its documents leave it at once, and a worker deletes them later."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial

from shared.db.collections import deletion, listing, own_models, settings
from shared.db.documents import delete_documents
from shared.db.files import collection_files
from shared.db.kit.pool import AsyncConnection, AsyncDatabase
from shared.db.models import roles
from shared.domain.access.principal import Principal
from shared.domain.collection_errors import CollectionNotFound
from shared.domain.errors import TooBusy
from shared.domain.refs import Collection
from shared.services.access.audit_log import done_by, record

BATCH_DOCUMENTS = 5000
"""They leave the collection at one moment, in about a second."""
BATCH_FILES = 500
"""A file may have hundreds of documents, which are noted."""

_Step = Callable[[AsyncConnection, Collection, tuple[int, int], int], Awaitable[int | None]]
"""Does something with a limited number of rows between two keys; returns the key of the last."""


async def delete(database: AsyncDatabase, caller: Principal, collection: Collection) -> None:
    """Take everything out of a collection that it has now. What comes meanwhile may stay.

    Raises CollectionNotFound, and TooBusy if other work takes long. The same request then goes on.
    """
    newest_file = await _begin(database, caller, collection)
    in_batches = partial(_in_batches, database, collection)
    await in_batches(collection_files.mark_deleted, newest_file, BATCH_FILES)
    # What files have is noted by now. No worker writes any more of it.
    newest = await _newest_document(database, collection)
    await in_batches(deletion.take_documents, newest, BATCH_DOCUMENTS)
    async with database.connection() as connection, connection.transaction():
        await settings.lock(connection, collection)
        await _forget_models(connection, collection)
        await deletion.delete_belongings(connection, collection)
    with suppress(TooBusy):  # a worker forgets the rest
        await in_batches(collection_files.forget, newest_file, BATCH_FILES)


async def _begin(database: AsyncDatabase, caller: Principal, collection: Collection) -> int:
    """Record who deletes it, and return the key of its newest file."""
    async with database.connection() as connection, connection.transaction():
        if not (
            await listing.exists(connection, collection)
            or await settings.has_models(connection, collection)
        ):
            raise CollectionNotFound(collection)
        await record(connection, done_by(caller, "collection.delete", collection.name))
        return await collection_files.newest(connection, collection)


async def _newest_document(database: AsyncDatabase, collection: Collection) -> int:
    async with database.connection() as connection:
        return await delete_documents.newest(connection, collection)


async def _in_batches(
    database: AsyncDatabase, collection: Collection, step: _Step, until: int, limit: int
) -> None:
    """Do something with all rows up to a key, each batch in a transaction of its own."""
    last: int | None = 0
    while last is not None and last < until:
        async with database.costly_connection(collection.tenant) as connection:
            last = await step(connection, collection, (last, until), limit)


async def _forget_models(connection: AsyncConnection, collection: Collection) -> None:
    """Forget its models and migrations, unless it has new documents, which need them."""
    if await settings.has_models(connection, collection):
        await roles.lock_with_migrations(connection, collection)
        await settings.stop_writes(connection)
        await own_models.forget(connection, collection)
