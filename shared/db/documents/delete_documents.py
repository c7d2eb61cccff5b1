"""Delete a document, or those that meet a filter."""

from collections.abc import Sequence
from typing import NamedTuple

from shared.db.documents import metadata_conditions
from shared.db.documents.imports import COUNT_DELETED
from shared.db.events.telling import TELL
from shared.db.kit.fetch import fetch_optional_async
from shared.db.kit.pool import AsyncConnection
from shared.domain.documents.filters import Filter
from shared.domain.refs import Collection, DocumentRef

_LOCK_ONE = """
SELECT key, %(version)s::bigint IS NULL OR version = %(version)s AS is_expected
FROM documents WHERE collection = %(collection)s AND id = %(id)s FOR UPDATE
"""
_NEWEST = "SELECT max(key) AS newest FROM documents WHERE collection = %s"
_FIND = """
SELECT d.key FROM documents d
WHERE d.collection = %(collection)s AND d.key > %(after)s AND d.key <= %(until)s AND {conditions}
ORDER BY d.key LIMIT %(limit)s
"""
# The documents are locked in the order in which writes lock them, which rules out deadlocks. The
# conditions are checked again, because a document may have changed since it was found.
_LOCK_FOUND = """
SELECT d.key FROM documents d WHERE d.key = ANY(%(keys)s::bigint[]) AND {conditions}
ORDER BY d.collection, d.id FOR UPDATE
"""
# Foreign keys cascade, so the documents' vectors are deleted by the same statement. The lock comes
# before, in a statement of its own. A statement that waits would count what is ready meanwhile as
# deleted, and its events would come before those of the other transaction.
_DELETE_LOCKED = f"""
WITH deleted AS (
    DELETE FROM documents WHERE key = ANY(%s::bigint[]) RETURNING key, collection, id, version
), {COUNT_DELETED}
{TELL.format(changed="deleted", status="'deleted'")}
"""


class Deletion(NamedTuple):
    """Whether the document existed and whether it was deleted."""

    found: bool
    deleted: bool


class _Locked(NamedTuple):
    """The key of a document, and whether it is at the expected version."""

    key: int
    is_expected: bool


async def delete(
    connection: AsyncConnection, ref: DocumentRef, expected_version: int | None
) -> Deletion:
    """Delete a document if it is at the expected version. None stands for any version."""
    parameters = {"collection": ref.collection, "id": ref.id, "version": expected_version}
    async with connection.transaction():
        locked = await fetch_optional_async(connection, _Locked, _LOCK_ONE, parameters)
        if locked and locked.is_expected:
            await connection.execute(_DELETE_LOCKED, ([locked.key],))
    return Deletion(locked is not None, locked is not None and locked.is_expected)


async def newest(connection: AsyncConnection, collection: Collection) -> int:
    """Return the key of the newest document of a collection, or 0."""
    cursor = await connection.execute(_NEWEST, (collection,))
    row = await cursor.fetchone()
    return (row and row["newest"]) or 0


async def find(
    connection: AsyncConnection,
    collection: Collection,
    filters: Sequence[Filter],
    between: tuple[int, int],
    limit: int,
) -> list[int]:
    """Return the first keys, after the first of `between` and up to the second."""
    conditions = " AND ".join(metadata_conditions.by_index(filters))
    cursor = await connection.execute(
        _FIND.format(conditions=conditions),
        {
            "collection": collection,
            "after": between[0],
            "until": between[1],
            "limit": limit,
            **metadata_conditions.parameters(filters),
        },
    )
    return [row["key"] for row in await cursor.fetchall()]


async def delete_found(
    connection: AsyncConnection, keys: Sequence[int], filters: Sequence[Filter]
) -> int:
    """Delete those of the given documents that still meet the filters; return their number."""
    conditions = " AND ".join(metadata_conditions.hidden(filters))
    parameters = {"keys": list(keys), **metadata_conditions.parameters(filters)}
    async with connection.transaction():
        cursor = await connection.execute(_LOCK_FOUND.format(conditions=conditions), parameters)
        locked = [row["key"] for row in await cursor.fetchall()]
        return (await connection.execute(_DELETE_LOCKED, (locked,))).rowcount
