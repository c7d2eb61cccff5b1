"""The documents of files: note them before they are written, locate pages in them, delete them."""

from collections.abc import Sequence
from typing import LiteralString, NamedTuple

from shared.db.events.telling import TELL
from shared.db.files import extractions
from shared.db.kit.fetch import fetch_one_async, fetch_value_async
from shared.db.kit.pool import AsyncConnection
from shared.domain.documents.document import NewDocument
from shared.domain.files.file import DueFile, FileRef
from shared.domain.files.parts import Mark

BATCH_DOCUMENTS = 50
"""A document of 256 KiB has a few hundred vectors, which are deleted with it."""

# The lease is checked in the same statement. If the file goes while its documents are written,
# whoever deletes it knows their ids.
_NOTE: LiteralString = """
INSERT INTO file_documents AS x (collection, id, file_key, number)
SELECT f.collection, n.id, f.key, n.number
FROM files f, unnest(%(ids)s::text[], %(numbers)s::int[]) AS n (id, number)
WHERE f.key = %(key)s AND f.lease_token = %(token)s AND f.revision = %(revision)s
ON CONFLICT (collection, id) DO UPDATE
    SET file_key = excluded.file_key, number = excluded.number
"""
# What a source sent as a document, it now sends as a file. A document of other files is theirs.
_ADOPT: LiteralString = """
INSERT INTO file_documents (collection, id, file_key, number)
SELECT f.collection, f.id, f.key, 0
FROM files f JOIN documents d ON d.collection = f.collection AND d.id = f.id
WHERE f.collection = %s AND f.id = %s AND d.metadata ->> 'source' = f.source
ON CONFLICT (collection, id) DO NOTHING
"""
_LOCATE: LiteralString = """
INSERT INTO document_locations (document_key, content_hash, unit, offsets, numbers)
SELECT key, content_hash, %s, %s, %s FROM documents
WHERE collection = %s AND id = %s AND content_hash = %s
ON CONFLICT (document_key) DO UPDATE SET content_hash = excluded.content_hash,
    unit = excluded.unit, offsets = excluded.offsets, numbers = excluded.numbers
"""
# Documents are locked in the order in which writes lock them, and before files and what is noted of
# them, which rules out deadlocks.
_LOCK: LiteralString = """
WITH found AS MATERIALIZED (
    SELECT x.collection, x.id FROM file_documents x
    WHERE x.file_key = %(key)s AND NOT x.number = ANY(%(kept)s::int[])
    LIMIT %(limit)s
), locked AS MATERIALIZED (
    SELECT d.key FROM documents d JOIN found USING (collection, id)
    ORDER BY d.collection, d.id FOR UPDATE OF d
)
SELECT ARRAY(SELECT id FROM found) AS ids, ARRAY(SELECT key FROM locked) AS keys
"""
_DELETE: LiteralString = f"""
WITH deleted AS (
    DELETE FROM documents WHERE key = ANY(%(keys)s) RETURNING collection, id, version
), announced AS (
    {TELL.format(changed="deleted", status="'deleted'")}
)
DELETE FROM file_documents WHERE file_key = %(key)s AND id = ANY(%(ids)s)
"""
# The file may have been sent again meanwhile.
_HOLD_DELETED: LiteralString = """
SELECT EXISTS (SELECT FROM files WHERE key = %s AND state = 'deleted' FOR SHARE)
"""
_DELETED_FILE: LiteralString = """
SELECT key FROM files WHERE state = 'deleted' AND (lease_until IS NULL OR lease_until < now())
ORDER BY key LIMIT 1
"""
_FORGET: LiteralString = """
WITH gone AS (
    DELETE FROM files WHERE key = %s AND state = 'deleted'
      AND (lease_until IS NULL OR lease_until < now())
      AND NOT EXISTS (SELECT FROM file_documents x WHERE x.file_key = files.key)
    RETURNING content_key
)
SELECT coalesce(array_agg(content_key), '{}') FROM gone
"""


class _Locked(NamedTuple):
    """The ids of a file's documents, and the keys of those that exist."""

    ids: list[str]
    keys: list[int]


async def note(
    connection: AsyncConnection, due: DueFile, ids: Sequence[str], numbers: Sequence[int]
) -> bool:
    """Note which documents are about to be written; False if the lease is lost."""
    parameters = {
        "ids": list(ids),
        "numbers": list(numbers),
        "key": due.key,
        "token": due.token,
        "revision": due.revision,
    }
    return (await connection.execute(_NOTE, parameters)).rowcount > 0


async def adopt(connection: AsyncConnection, ref: FileRef) -> None:
    """Note the document with the id and the source of a file, so that both go together."""
    await connection.execute(_ADOPT, (ref.collection, ref.id))


async def locate(connection: AsyncConnection, new: NewDocument, marks: Sequence[Mark]) -> None:
    """Say where pages, rows or lines begin in a document that has just been written."""
    await connection.execute(
        _LOCATE,
        (
            marks[0].unit,
            [mark.start for mark in marks],
            [mark.number for mark in marks],
            new.ref.collection,
            new.ref.id,
            new.content_hash,
        ),
    )


async def delete_others(connection: AsyncConnection, due: DueFile, kept: Sequence[int]) -> bool:
    """Delete a batch of the documents without a kept number; return whether there may be more.

    Raises LeaseLost.
    """
    async with connection.transaction():
        locked = await _lock(connection, due.key, kept)
        await extractions.hold(connection, due)
        await _delete(connection, due.key, locked)
    return len(locked.ids) == BATCH_DOCUMENTS


async def delete_all(connection: AsyncConnection, file_key: int) -> bool:
    """Delete a batch of the documents of a deleted file; return whether there may be more."""
    async with connection.transaction():
        locked = await _lock(connection, file_key, [])
        if not await fetch_value_async(connection, _HOLD_DELETED, (file_key,)):
            return False
        await _delete(connection, file_key, locked)
    return len(locked.ids) == BATCH_DOCUMENTS


async def _lock(connection: AsyncConnection, file_key: int, kept: Sequence[int]) -> _Locked:
    parameters = {"key": file_key, "kept": list(kept), "limit": BATCH_DOCUMENTS}
    return await fetch_one_async(connection, _Locked, _LOCK, parameters)


async def _delete(connection: AsyncConnection, file_key: int, locked: _Locked) -> None:
    await connection.execute(_DELETE, {"key": file_key, **locked._asdict()})


async def deleted_file(connection: AsyncConnection) -> int | None:
    """Return the key of a file that is deleted and under no extraction, or None."""
    key: int | None = await fetch_value_async(connection, _DELETED_FILE)
    return key


async def forget(connection: AsyncConnection, file_key: int) -> list[int]:
    """Delete the row of a deleted file without documents; return the keys of its contents.

    A file that a worker still extracts stays.
    """
    keys: list[int] = await fetch_value_async(connection, _FORGET, (file_key,))
    return keys
