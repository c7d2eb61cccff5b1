"""Take the documents of a collection out of it at once, and delete them later in batches."""

from typing import LiteralString, NamedTuple

from shared.db.documents.imports import COUNT_DELETED
from shared.db.events.telling import TELL
from shared.db.kit.fetch import fetch_one_async, fetch_value
from shared.db.kit.pool import AsyncConnection, Connection
from shared.domain.refs import Collection

# Without texts, jobs and their collection, no search finds the documents and no worker embeds them.
# Their ids are free at once. They are locked in the order in which writes lock them.
_LOCK: LiteralString = """
WITH first AS MATERIALIZED (
    SELECT key FROM documents
    WHERE collection = %(collection)s AND key > %(after)s AND key <= %(until)s
    ORDER BY key LIMIT %(limit)s
), locked AS MATERIALIZED (
    SELECT d.key FROM first f JOIN documents d ON d.key = f.key
    WHERE d.collection = %(collection)s ORDER BY d.collection, d.id FOR UPDATE OF d
)
SELECT ARRAY(SELECT key FROM locked) AS keys, (SELECT max(key) FROM first) AS last
"""
# Those of a file that was sent meanwhile stay. They were noted before they could be locked here.
# The notes of a deleted file go with its documents. Otherwise a worker would delete the next
# document that gets such an id. `held` keeps the file from being sent again until then.
_TAKE: LiteralString = f"""
WITH locked AS MATERIALIZED (
    SELECT key, collection, id, version FROM documents d WHERE key = ANY(%(keys)s)
      AND NOT EXISTS (
        SELECT FROM file_documents x JOIN files f ON f.key = x.file_key
        WHERE x.collection = d.collection AND x.id = d.id AND f.state <> 'deleted'
      )
), taken AS (
    UPDATE documents d SET collection = %(deleted_key)s, id = d.key::text
    FROM locked WHERE d.key = locked.key
), texts AS (
    DELETE FROM document_texts t USING locked WHERE t.document_key = locked.key
), undone AS (
    DELETE FROM jobs j USING locked WHERE j.document_key = locked.key
), deleted AS (
    SELECT key, collection, id FROM locked
), {COUNT_DELETED}, held AS MATERIALIZED (
    SELECT key FROM files WHERE state = 'deleted' AND key = ANY(ARRAY(
        SELECT x.file_key FROM file_documents x JOIN locked USING (collection, id)
    )) AND (SELECT count(*) >= 0 FROM owing) ORDER BY key FOR SHARE
), freed AS (
    DELETE FROM file_documents x USING locked, held
    WHERE (x.collection, x.id, x.file_key) = (locked.collection, locked.id, held.key)
)
{TELL.format(changed="locked", status="'deleted'")}
"""
_BELONGINGS: tuple[LiteralString, ...] = (
    "DELETE FROM webhooks WHERE collection = %s",
    "DELETE FROM recent_queries WHERE collection = %s",
    "DELETE FROM collection_settings WHERE collection = %s",
    "DELETE FROM collection_activity WHERE collection = %s",
)
"""What goes with a collection, besides documents, files and models. A new table gets a line."""
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


class _Locked(NamedTuple):
    """The keys of a batch of documents that still exist, and the last key of the batch."""

    keys: list[int]
    last: int | None


async def take_documents(
    connection: AsyncConnection, collection: Collection, between: tuple[int, int], limit: int
) -> int | None:
    """Take documents out of a collection; return the key of the last one, or None.

    They are the first after the first key of `between`, and up to the second.
    """
    after, until = between
    found = {"collection": collection, "after": after, "until": until, "limit": limit}
    async with connection.transaction():
        locked = await fetch_one_async(connection, _Locked, _LOCK, found)
        taken = {"keys": locked.keys, "deleted_key": collection.tenant.deleted_key}
        await connection.execute(_TAKE, taken)
    return locked.last


async def delete_belongings(connection: AsyncConnection, collection: Collection) -> None:
    for statement in _BELONGINGS:
        await connection.execute(statement, (collection,))


def delete_taken(connection: Connection, limit: int) -> int:
    """Delete up to `limit` documents of deleted collections, vectors included; return how many."""
    return int(fetch_value(connection, _DELETE_TAKEN, {"limit": limit}))
