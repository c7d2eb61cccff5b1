"""Deletes the documents that meet a filter, in short transactions."""

from collections.abc import Sequence

from shared.db.documents import delete_documents
from shared.db.kit.pool import AsyncDatabase
from shared.domain.documents.filters import Filter
from shared.domain.refs import Collection, Tenant

FOUND_MAX = 10_000
"""Finding takes as long as reading all documents that meet the filter, so it finds many."""
BATCH_DOCUMENTS = 200
"""Their vectors are deleted with them. A document of 1 MiB has about a thousand."""


async def delete_filtered(
    database: AsyncDatabase, collection: Collection, filters: Sequence[Filter]
) -> int:
    """Delete the documents that exist at the start and meet all filters; return their number."""
    async with database.connection() as connection:
        until = await delete_documents.newest(connection, collection)
    deleted, after = 0, 0
    while after < until:
        async with database.costly_connection(collection.tenant) as connection:
            keys = await delete_documents.find(
                connection, collection, filters, (after, until), FOUND_MAX
            )
        deleted += await _delete(database, collection.tenant, keys, filters)
        after = keys[-1] if len(keys) == FOUND_MAX else until
    return deleted


async def _delete(
    database: AsyncDatabase, tenant: Tenant, keys: Sequence[int], filters: Sequence[Filter]
) -> int:
    deleted = 0
    for start in range(0, len(keys), BATCH_DOCUMENTS):
        batch = keys[start : start + BATCH_DOCUMENTS]
        async with database.costly_connection(tenant) as connection:
            deleted += await delete_documents.delete_found(connection, batch, filters)
    return deleted
