"""Change the metadata of many documents. Their texts, vectors and lexemes stay."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, LiteralString

from psycopg.types.json import Jsonb

from shared.db.documents import metadata_conditions, write_documents
from shared.db.kit.fetch import fetch_all_async
from shared.db.kit.pool import AsyncConnection
from shared.domain.documents.filters import Filter
from shared.domain.refs import Collection, DocumentRef

_READ = """
SELECT d.key, d.collection, d.id, d.metadata FROM documents d
WHERE d.key = ANY(%(keys)s::bigint[]) AND d.collection = %(collection)s AND {conditions}
ORDER BY d.collection, d.id
"""
# The documents are locked in the order in which writes lock them, which rules out deadlocks.
_READ_LOCKED = f"{_READ} FOR NO KEY UPDATE"
_STORE: LiteralString = """
UPDATE documents d SET metadata = n.metadata, version = d.version + 1, updated_at = now()
FROM unnest(%(keys)s::bigint[], %(metadata)s::jsonb[]) AS n (key, metadata) WHERE d.key = n.key
"""


@dataclass(frozen=True, slots=True)
class StoredMetadata:
    """The metadata of a stored document."""

    key: int
    ref: DocumentRef
    metadata: dict[str, Any]


async def read(
    connection: AsyncConnection,
    collection: Collection,
    keys: Sequence[int],
    filters: Sequence[Filter],
) -> list[StoredMetadata]:
    """Return the metadata of those of the given documents that still meet the filters."""
    return await _read(connection, _READ, collection, keys, filters)


async def read_locked(
    connection: AsyncConnection,
    collection: Collection,
    keys: Sequence[int],
    filters: Sequence[Filter],
) -> list[StoredMetadata]:
    """Return the same. No other write changes these documents until the transaction ends."""
    return await _read(connection, _READ_LOCKED, collection, keys, filters)


async def _read(
    connection: AsyncConnection,
    statement: str,
    collection: Collection,
    keys: Sequence[int],
    filters: Sequence[Filter],
) -> list[StoredMetadata]:
    conditions = " AND ".join(metadata_conditions.hidden(filters))
    parameters = {
        "keys": list(keys),
        "collection": collection,
        **metadata_conditions.parameters(filters),
    }
    statement = statement.format(conditions=conditions)
    return await fetch_all_async(connection, _stored, statement, parameters)


def _stored(*, key: int, collection: str, id: str, metadata: dict[str, Any]) -> StoredMetadata:  # noqa: A002 - the column's name
    return StoredMetadata(key, DocumentRef.of_row(collection, id), metadata)


async def store(connection: AsyncConnection, changed: Sequence[StoredMetadata]) -> None:
    """Store the metadata of locked documents as new versions, and announce these."""
    keys = [each.key for each in changed]
    metadata = [Jsonb(each.metadata) for each in changed]
    await connection.execute(_STORE, {"keys": keys, "metadata": metadata})
    await write_documents.announce(connection, keys)
