"""Deletes a collection: its documents leave it at once, and a worker deletes them later."""

from shared.db.collections import deletion, listing, own_models, settings
from shared.db.documents import delete_documents
from shared.db.kit.pool import AsyncConnection, AsyncDatabase
from shared.db.models import roles
from shared.domain.access.principal import Principal
from shared.domain.collection_errors import CollectionNotFound
from shared.domain.refs import Collection
from shared.services.access.audit_log import done_by, record

BATCH_DOCUMENTS = 5000
"""They leave the collection at one moment, in about a second."""


async def delete(database: AsyncDatabase, caller: Principal, collection: Collection) -> None:
    """Take everything out of a collection that it has now.

    Raises CollectionNotFound, and TooBusy if other work takes long. The same request then goes on.
    """
    until = await _begin(database, caller, collection)
    while await _take(database, collection, until):
        pass
    async with database.connection() as connection, connection.transaction():
        await settings.lock(connection, collection)
        await _forget_models(connection, collection)
        await deletion.delete_belongings(connection, collection)


async def _begin(database: AsyncDatabase, caller: Principal, collection: Collection) -> int:
    """Record who deletes it, and return the key of its newest document."""
    async with database.connection() as connection, connection.transaction():
        if not (
            await listing.exists(connection, collection)
            or await settings.has_models(connection, collection)
        ):
            raise CollectionNotFound(collection)
        await record(connection, done_by(caller, "collection.delete", collection.name))
        return await delete_documents.newest(connection, collection)


async def _take(database: AsyncDatabase, collection: Collection, until: int) -> int:
    async with database.costly_connection(collection.tenant) as connection:
        return await deletion.take_documents(connection, collection, until, BATCH_DOCUMENTS)


async def _forget_models(connection: AsyncConnection, collection: Collection) -> None:
    """Forget its models and migrations, unless it has new documents, which need them."""
    if await settings.has_models(connection, collection):
        await roles.lock_with_migrations(connection, collection)
        await settings.stop_writes(connection)
        await own_models.forget(connection, collection)
