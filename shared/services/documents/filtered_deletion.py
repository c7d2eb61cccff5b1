"""Deletes the documents that meet a filter, in short transactions."""

from collections.abc import Sequence

from shared.db.documents import delete_documents
from shared.db.kit.pool import AsyncDatabase
from shared.domain.documents.filters import Filter
from shared.domain.refs import Collection
from shared.services.documents.found_documents import found_documents


async def delete_filtered(
    database: AsyncDatabase, collection: Collection, filters: Sequence[Filter]
) -> int:
    """Delete the documents that exist at the start and meet all filters; return their number."""
    deleted = 0
    async for batch in found_documents(database, collection, filters):
        async with database.costly_connection(collection.tenant) as connection:
            deleted += await delete_documents.delete_found(connection, batch, filters)
    return deleted
