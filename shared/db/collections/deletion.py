"""Take the documents of a collection out of it at once, and delete them later in batches."""

from typing import LiteralString

from shared.db.events.telling import TELL
from shared.db.kit.fetch import fetch_value
from shared.db.kit.pool import AsyncConnection, Connection
from shared.domain.refs import Collection

# Without texts, jobs and their collection, no search finds the documents and no worker embeds them.
# Their ids are free at once. They are locked in the order in which writes lock them.
_LOCK: LiteralString = """
WITH first AS MATERIALIZED (
    SELECT key FROM documents WHERE collection = %(collection)s AND key <= %(until)s
    ORDER BY key LIMIT %(limit)s
)
SELECT d.key FROM first f JOIN documents d ON d.key = f.key
WHERE d.collection = %(collection)s ORDER BY d.collection, d.id FOR UPDATE OF d
"""
_TAKE: LiteralString = f"""
WITH locked AS MATERIALIZED (
    SELECT key, collection, id, version FROM documents WHERE key = ANY(%(keys)s)
), taken AS (
    UPDATE documents d SET collection = %(deleted_key)s, id = d.key::text
    FROM locked WHERE d.key = locked.key
), texts AS (
    DELETE FROM document_texts t USING locked WHERE t.document_key = locked.key
), undone AS (
    DELETE FROM jobs j USING locked WHERE j.document_key = locked.key
)
{TELL.format(changed="locked", status="'deleted'")}
"""
_BELONGINGS: tuple[LiteralString, ...] = (
    "DELETE FROM webhooks WHERE collection = %s",
    "DELETE FROM recent_queries WHERE collection = %s",
    "DELETE FROM collection_settings WHERE collection = %s",
    "DELETE FROM collection_activity WHERE collection = %s",
    "DELETE FROM files WHERE collection = %s",
)
"""What goes with a collection, besides its documents and models. A new table gets a line here."""
# Another worker deletes what is locked.
_DELETE_TAKEN: LiteralString = """
WITH found AS MATERIALIZED (
    SELECT d.key FROM tenants t CROSS JOIN LATERAL (
        SELECT key FROM documents WHERE collection = U&'\\+10FFFF' || t.name
        ORDER BY key LIMIT %(limit)s
    ) AS d LIMIT %(limit)s
), locked AS MATERIALIZED (
    SELECT key FROM documents WHERE key = ANY(ARRAY(SELECT key FROM found))
    ORDER BY key FOR UPDATE SKIP LOCKED
), deleted AS (
    DELETE FROM documents d USING locked WHERE d.key = locked.key RETURNING d.key
)
SELECT count(*) FROM deleted
"""


async def take_documents(
    connection: AsyncConnection, collection: Collection, until: int, limit: int
) -> int:
    """Take up to `limit` documents out of a collection, none that is newer than `until`.

    Return how many were taken. Those that another write has just deleted do not count.
    """
    found = {"collection": collection, "until": until, "limit": limit}
    async with connection.transaction():
        cursor = await connection.execute(_LOCK, found)
        keys = [row["key"] for row in await cursor.fetchall()]
        taken = {"keys": keys, "deleted_key": collection.tenant.deleted_key}
        return (await connection.execute(_TAKE, taken)).rowcount


async def delete_belongings(connection: AsyncConnection, collection: Collection) -> None:
    for statement in _BELONGINGS:
        await connection.execute(statement, (collection,))


def delete_taken(connection: Connection, limit: int) -> int:
    """Delete up to `limit` documents of deleted collections, vectors included; return how many."""
    return int(fetch_value(connection, _DELETE_TAKEN, {"limit": limit}))
