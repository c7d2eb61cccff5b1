"""Finds the documents that meet a filter, for changes in short transactions."""

from collections.abc import AsyncIterator, Sequence

from shared.db.documents import delete_documents
from shared.db.kit.pool import AsyncDatabase
from shared.domain.access.principal import Principal
from shared.domain.documents.filters import Filter, conditions
from shared.domain.refs import Collection
from shared.services.access.audit_log import done_by, record

FOUND_MAX = 10_000
"""Finding takes as long as reading all documents that meet the filter, so it finds many."""
BATCH_DOCUMENTS = 200
"""Their vectors are deleted with them. A document of 1 MiB has about a thousand."""


async def found_documents(
    database: AsyncDatabase, collection: Collection, filters: Sequence[Filter]
) -> AsyncIterator[Sequence[int]]:
    """Yield batches of keys of the documents that exist at the start and meet all filters.

    By then they may have changed.
    """
    async with database.connection() as connection:
        until = await delete_documents.newest(connection, collection)
    after = 0
    while after < until:
        async with database.costly_connection(collection.tenant) as connection:
            keys = await delete_documents.find(
                connection, collection, filters, (after, until), FOUND_MAX
            )
        for start in range(0, len(keys), BATCH_DOCUMENTS):
            yield keys[start : start + BATCH_DOCUMENTS]
        after = keys[-1] if len(keys) == FOUND_MAX else until


async def record_change(
    database: AsyncDatabase,
    caller: Principal,
    action: str,
    collection: Collection,
    filters: Sequence[Filter],
) -> None:
    """Record who changes what a filter finds, before the first change: there will be many."""
    async with database.connection() as connection, connection.transaction():
        detail = {"fields": sorted({each.field for each in conditions(filters)})}
        await record(connection, done_by(caller, action, collection.name, detail))
