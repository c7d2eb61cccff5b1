"""Give the documents of a collection, and what belongs to it, the key of another name."""

from collections.abc import Sequence
from typing import LiteralString

from psycopg.errors import UniqueViolation

from shared.db.documents.document_rows import STATE_JOINS, STATUS
from shared.db.events.telling import TELL
from shared.db.kit.fetch import fetch_value_async
from shared.db.kit.pool import AsyncConnection
from shared.db.tables.activity import CollectionActivityRow
from shared.db.tables.job_flow import FLOW
from shared.domain.collection_errors import CollectionExists
from shared.domain.refs import Collection

# Documents are locked in the order in which writes lock them, which rules out deadlocks.
_LOCK: LiteralString = """
SELECT key FROM documents WHERE collection = %s ORDER BY collection, id LIMIT %s FOR UPDATE
"""
# The events tell listeners of the old name that the documents are gone.
_MOVE: LiteralString = f"""
WITH moved AS (
    UPDATE documents d SET collection = %(to)s WHERE d.key = ANY(%(keys)s::bigint[]) RETURNING d.*
), texts AS (
    UPDATE document_texts t SET collection = %(to)s FROM moved WHERE t.document_key = moved.key
), flows AS (
    UPDATE jobs j SET flow = {FLOW} FROM moved d WHERE j.document_key = d.key
), gone AS (
    SELECT %(collection)s AS collection, id, version FROM moved
)
{TELL.format(changed="gone", status="'deleted'")}
"""
_ANNOUNCE: LiteralString = f"""
WITH states AS (
    SELECT d.collection, d.id, {STATUS} AS status, d.version FROM documents d {STATE_JOINS}
    WHERE d.key = ANY(%s::bigint[])
)
{TELL.format(changed="states", status="status")}
"""
_MOVED = ", ".join(name for name in CollectionActivityRow.model_fields if name != "collection")
# Searches of the new name may be counted meanwhile.
_MOVE_ACTIVITY: LiteralString = f"""
WITH moved AS (
    DELETE FROM collection_activity WHERE collection = %(collection)s RETURNING {_MOVED}
)
INSERT INTO collection_activity (collection, {_MOVED}) SELECT %(to)s, {_MOVED} FROM moved
ON CONFLICT (collection, minute) DO NOTHING
"""
# What a former collection of the new name has left is of no use to this one.
_BELONGINGS: tuple[LiteralString, ...] = (
    "DELETE FROM recent_queries WHERE collection IN (%(collection)s, %(to)s)",
    "DELETE FROM collection_activity WHERE collection = %(to)s",
    _MOVE_ACTIVITY,
    "DELETE FROM model_migrations WHERE collection = %(to)s",
    "UPDATE model_migrations SET collection = %(to)s WHERE collection = %(collection)s",
    "UPDATE webhooks SET collection = %(to)s WHERE collection = %(collection)s",
    # They are locked in one order, which rules out deadlocks.
    """
    WITH found AS MATERIALIZED (
        SELECT key FROM imports
        WHERE tenant = tenant_of(%(to)s) AND %(collection)s = ANY(collections)
        ORDER BY key FOR UPDATE
    )
    UPDATE imports i SET collections = array_replace(i.collections, %(collection)s, %(to)s)
    FROM found WHERE i.key = found.key
    """,
    # What a worker is about to write under the former name is void.
    """
    UPDATE files SET collection = %(to)s, revision = revision + 1, lease_until = NULL,
        lease_token = NULL
    WHERE collection = %(collection)s
    """,
    "UPDATE file_documents SET collection = %(to)s WHERE collection = %(collection)s",
)
_IS_TAKEN: LiteralString = """
SELECT EXISTS (SELECT FROM documents WHERE collection = %(to)s)
    OR EXISTS (SELECT FROM collection_settings WHERE collection = %(to)s)
    OR EXISTS (SELECT FROM webhooks WHERE collection = %(to)s)
    OR EXISTS (SELECT FROM files WHERE collection = %(to)s)
"""


async def is_taken(connection: AsyncConnection, to: Collection) -> bool:
    """Return whether there is a collection of this name, or a webhook that waits for one."""
    return bool(await fetch_value_async(connection, _IS_TAKEN, {"to": to}))


async def lock_documents(
    connection: AsyncConnection, collection: Collection, limit: int
) -> list[int]:
    """Lock the documents of a collection until the transaction ends; return up to `limit` keys."""
    cursor = await connection.execute(_LOCK, (collection, limit))
    return [row["key"] for row in await cursor.fetchall()]


async def move_documents(
    connection: AsyncConnection, collection: Collection, to: Collection, keys: Sequence[int]
) -> None:
    """Move locked documents. Raises CollectionExists if another write has taken one of the ids."""
    parameters = {"collection": collection, "to": to, "keys": list(keys)}
    try:
        await connection.execute(_MOVE, parameters)
    except UniqueViolation:
        raise CollectionExists(to) from None
    await connection.execute(_ANNOUNCE, (list(keys),))


async def move_belongings(
    connection: AsyncConnection, collection: Collection, to: Collection
) -> None:
    """Move webhook, imports, migrations, files and activity. Recent queries are forgotten."""
    for statement in _BELONGINGS:
        await connection.execute(statement, {"collection": collection, "to": to})
