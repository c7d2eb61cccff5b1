"""The files of a collection that is deleted: hide them first, and forget them last."""

from typing import LiteralString

from shared.db.files.files import IS_OWED
from shared.db.kit.fetch import fetch_value_async
from shared.db.kit.pool import AsyncConnection
from shared.domain.refs import Collection

_NEWEST: LiteralString = "SELECT coalesce(max(key), 0) FROM files WHERE collection = %s"
_BATCH: LiteralString = """SELECT key, state, import_key FROM files f
    WHERE collection = %(collection)s AND key > %(after)s AND key <= %(until)s
    ORDER BY key LIMIT %(limit)s"""
# Imports are locked before their files, as by a collection that is renamed.
_MARK_DELETED: LiteralString = f"""
WITH batch AS MATERIALIZED ({_BATCH}), owed AS MATERIALIZED (
    SELECT f.key, f.import_key FROM batch f
    WHERE f.import_key IS NOT NULL AND f.state <> 'deleted' AND {IS_OWED}
), owing AS MATERIALIZED (
    SELECT key FROM imports WHERE key IN (SELECT import_key FROM owed) ORDER BY key FOR UPDATE
), found AS MATERIALIZED (
    SELECT key, state, import_key FROM files
    WHERE key = ANY(ARRAY(SELECT key FROM batch)) AND collection = %(collection)s
      AND (SELECT count(*) >= 0 FROM owing) ORDER BY key FOR NO KEY UPDATE
), marked AS (
    UPDATE files SET state = 'deleted', import_key = NULL, revision = revision + 1,
        updated_at = now()
    WHERE key = ANY(ARRAY(SELECT key FROM found WHERE state <> 'deleted'))
), counted AS (
    UPDATE imports i SET deleted = i.deleted + gone.files FROM (
        SELECT import_key, count(*) AS files FROM owed JOIN found USING (key, import_key)
        GROUP BY import_key
    ) AS gone WHERE i.key = gone.import_key
)
SELECT max(key) FROM batch
"""
# A worker deletes those that have a document again, which came meanwhile.
_FORGET: LiteralString = f"""
WITH found AS MATERIALIZED (
    {_BATCH} FOR UPDATE
), gone AS (
    DELETE FROM files f WHERE key = ANY(ARRAY(SELECT key FROM found WHERE state = 'deleted'))
      AND NOT EXISTS (
        SELECT FROM file_documents x JOIN documents d ON d.collection = x.collection AND d.id = x.id
        WHERE x.file_key = f.key
      )
)
SELECT max(key) FROM found
"""


async def newest(connection: AsyncConnection, collection: Collection) -> int:
    """Return the key of the newest file of a collection, or 0."""
    key: int = await fetch_value_async(connection, _NEWEST, (collection,))
    return key


async def mark_deleted(
    connection: AsyncConnection, collection: Collection, between: tuple[int, int], limit: int
) -> int | None:
    """Hide some files and end their extraction; return the key of the last one, or None.

    They are the first after the first key of `between`, and up to the second.
    """
    return await _batch(connection, _MARK_DELETED, collection, between, limit)


async def forget(
    connection: AsyncConnection, collection: Collection, between: tuple[int, int], limit: int
) -> int | None:
    """Delete the rows of some deleted files that have no document, in the same way."""
    return await _batch(connection, _FORGET, collection, between, limit)


async def _batch(
    connection: AsyncConnection,
    statement: LiteralString,
    collection: Collection,
    between: tuple[int, int],
    limit: int,
) -> int | None:
    after, until = between
    parameters = {"collection": collection, "after": after, "until": until, "limit": limit}
    last: int | None = await fetch_value_async(connection, statement, parameters)
    return last
