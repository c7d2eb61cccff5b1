"""Files: accept what was received, read, list, retry, mark as deleted."""

from typing import Any, LiteralString

from psycopg.types.json import Jsonb

from shared.db.documents.file_status import DOCUMENTS_OF_FILE, STATUS_OF_FILE
from shared.db.files import contents, file_documents
from shared.db.kit.fetch import fetch_all_async, fetch_optional_async, fetch_value_async
from shared.db.kit.pool import AsyncConnection
from shared.domain.files.file import (
    FILE,
    File,
    FileFailure,
    FileListing,
    FileRef,
    FileStatus,
    NewFile,
    Unsent,
)
from shared.domain.files.parts import ExtractorVersion
from shared.domain.reasons import FailureKind
from shared.domain.refs import Collection

_DOCUMENT_OF_FILE: LiteralString = """FROM file_documents x
    LEFT JOIN documents d ON d.collection = x.collection AND d.id = x.id WHERE x.file_key = f.key"""
# What was sent is compared with what is stored, so the same file again changes nothing, unless it
# could not be read, or one of its documents was deleted or moved. A file under extraction keeps its
# lease: no other worker begins before the one that has it lets go.
_ACCEPT: LiteralString = f"""
INSERT INTO files AS f
    (collection, id, name, media_type, size, sha256, title, metadata, source, content_key, sweep,
    import_key)
VALUES (%(collection)s, %(id)s, %(name)s, %(media_type)s, %(size)s, %(sha256)s, %(title)s,
    %(metadata)s, %(source)s, %(content_key)s, %(sweep)s, %(import)s)
ON CONFLICT (collection, id) DO UPDATE SET
    name = excluded.name, media_type = excluded.media_type, size = excluded.size,
    sha256 = excluded.sha256, title = excluded.title, metadata = excluded.metadata,
    source = excluded.source, content_key = excluded.content_key,
    sweep = coalesce(excluded.sweep, f.sweep), import_key = excluded.import_key,
    state = 'waiting', revision = f.revision + 1, attempts = 0, available_at = now(),
    error_code = NULL, error_message = NULL, updated_at = now()
WHERE f.state IN ('deleted', 'failed')
   OR (f.name, f.media_type, f.sha256, f.title, f.metadata, f.source) IS DISTINCT FROM
      (excluded.name, excluded.media_type, excluded.sha256, excluded.title, excluded.metadata,
       excluded.source)
   OR f.state = 'done' AND EXISTS (SELECT {_DOCUMENT_OF_FILE} AND d.key IS NULL)
"""
_SWEPT: LiteralString = "UPDATE files SET sweep = %s WHERE collection = %s AND id = %s"
_OF_SOURCE: LiteralString = """FROM files
WHERE collection = %(collection)s AND source = %(source)s AND state <> 'deleted'"""
_IS_UNSENT: LiteralString = "sweep IS DISTINCT FROM %(sweep)s"
_COUNT_UNSENT: LiteralString = f"""
SELECT count(*) FILTER (WHERE {_IS_UNSENT}) AS unsent, count(*) AS files {_OF_SOURCE}
"""
_UNSENT: LiteralString = f"""
SELECT key, id {_OF_SOURCE} AND {_IS_UNSENT} AND key > %(after)s ORDER BY key LIMIT %(limit)s
"""
# The front matter of a file without a source may name one for its document.
_IS_OF_OTHER_SOURCE: LiteralString = f"""
SELECT EXISTS (
    SELECT FROM files f WHERE collection = %(collection)s AND id = %(id)s AND state <> 'deleted'
      AND source IS DISTINCT FROM %(source)s
      AND (state <> 'done' OR EXISTS (SELECT {_DOCUMENT_OF_FILE} AND d.key IS NOT NULL))
) OR EXISTS (
    SELECT FROM documents d WHERE collection = %(collection)s AND id = %(id)s
      AND metadata ->> 'source' IS DISTINCT FROM %(source)s
      AND NOT (metadata ->> '{FILE}' IS NOT DISTINCT FROM %(id)s AND EXISTS (
        SELECT FROM file_documents x JOIN files f ON f.key = x.file_key
        WHERE x.collection = d.collection AND x.id = d.id AND f.id = d.id
      ))
)
"""
IS_OWED: LiteralString = """(f.state <> 'done' OR EXISTS (
        SELECT FROM jobs j WHERE j.import_key = f.import_key AND j.file_key = f.key
    ))"""
"""Whether the import of a file `f` that is not deleted waits for it, or counts it as failed."""
# An import is locked before its files, as by a collection that is renamed.
_MARK: LiteralString = f"""
WITH owed AS MATERIALIZED (
    SELECT f.key, f.import_key FROM files f
    WHERE collection = %(collection)s AND id = %(id)s AND state <> 'deleted'
      AND {IS_OWED}
), owing AS MATERIALIZED (
    SELECT i.key FROM imports i JOIN owed ON i.key = owed.import_key FOR UPDATE OF i
), marked AS (
    UPDATE files SET state = 'deleted', import_key = NULL, revision = revision + 1,
        updated_at = now()
    WHERE collection = %(collection)s AND id = %(id)s AND state <> 'deleted'
      AND (SELECT count(*) >= 0 FROM owing) {{condition}}
    RETURNING key
), counted AS (
    UPDATE imports i SET deleted = i.deleted + 1 FROM owed JOIN marked USING (key)
    WHERE i.key = owed.import_key
)
SELECT key FROM marked
"""
_MARK_DELETED: LiteralString = _MARK.format(condition="")
_MARK_UNSENT: LiteralString = _MARK.format(condition=f"AND source = %(source)s AND {_IS_UNSENT}")
_SIZE: LiteralString = "SELECT size FROM files WHERE collection = %s AND id = %s"
_CONTENT: LiteralString = """
SELECT content_key FROM files WHERE collection = %s AND id = %s FOR UPDATE
"""
_FILE: LiteralString = f"""
SELECT f.key, f.collection, f.id, f.name, f.media_type, f.size, f.sha256, f.source, f.state,
    f.pages, f.extractor, f.extractor_version, f.attempts, f.error_code, f.error_message,
    f.created_at, f.updated_at, s.*, {STATUS_OF_FILE} AS status
FROM files f, {DOCUMENTS_OF_FILE} AS s
WHERE f.collection = %(collection)s AND f.state <> 'deleted'
"""
_READ: LiteralString = f"{_FILE} AND f.id = %(id)s"
# One more than the limit shows whether there is another page. The last condition leaves out files
# before their documents are counted.
_LIST: LiteralString = f"""{_FILE}
  AND f.key < coalesce(%(after)s::bigint, {2**63 - 1})
  AND (%(source)s::text IS NULL OR f.source = %(source)s)
  AND (%(status)s::text IS NULL OR {STATUS_OF_FILE} = %(status)s)
  AND (%(status)s::text IS DISTINCT FROM 'extracting' OR f.state = 'waiting')
  AND (NOT %(unread)s::boolean OR f.state = 'failed')
ORDER BY f.key DESC LIMIT %(limit)s + 1
"""
_RETRY: LiteralString = """
UPDATE files SET state = 'waiting', revision = revision + 1, attempts = 0, available_at = now(),
    error_code = NULL, error_message = NULL, updated_at = now()
WHERE collection = %s AND id = %s AND state = 'failed'
"""
_DOCUMENTS_OF: LiteralString = """
SELECT x.id FROM file_documents x JOIN files f ON f.key = x.file_key
WHERE f.collection = %s AND f.id = %s AND f.state = 'done'
"""


async def stored_size(connection: AsyncConnection, ref: FileRef) -> int:
    """Return the bytes of a file as it is stored, 0 if it is not."""
    return await fetch_value_async(connection, _SIZE, (ref.collection, ref.id)) or 0


async def accept(connection: AsyncConnection, new: NewFile, import_key: int | None = None) -> bool:
    """Store a file, in a transaction; return whether it has to be extracted.

    A changed one belongs to the import, if it is given.
    The content of a former version is deleted, or the new one if nothing has changed.
    """
    of_ref = (new.ref.collection, new.ref.id)
    former = await fetch_value_async(connection, _CONTENT, of_ref)
    changed = await _is_changed(connection, _parameters(new) | {"import": import_key})
    if changed:
        await file_documents.adopt(connection, new.ref)
    if not changed and new.sweep is not None:
        await note_sweep(connection, new.ref, new.sweep)
    await contents.discard(connection, [new.content_key, *([] if former is None else [former])])
    return changed


async def _is_changed(connection: AsyncConnection, parameters: dict[str, Any]) -> bool:
    return (await connection.execute(_ACCEPT, parameters)).rowcount > 0


async def count_unsent(connection: AsyncConnection, unsent: Unsent) -> tuple[int, int]:
    """Return how many files of the source the sweep did not send, and how many there are."""
    cursor = await connection.execute(_COUNT_UNSENT, _unsent(unsent))
    row = await cursor.fetchone()
    assert row
    return row["unsent"], row["files"]


async def some_unsent(
    connection: AsyncConnection, unsent: Unsent, after: int, limit: int
) -> list[tuple[int, str]]:
    """Return keys and ids of some files that the sweep did not send, behind a key."""
    parameters = _unsent(unsent) | {"after": after, "limit": limit}
    cursor = await connection.execute(_UNSENT, parameters)
    return [(row["key"], row["id"]) for row in await cursor.fetchall()]


async def mark_unsent(connection: AsyncConnection, unsent: Unsent, id_: str) -> bool:
    """Mark a file as deleted, unless it has been sent meanwhile; return whether it was."""
    parameters = _unsent(unsent) | {"id": id_}
    return (await connection.execute(_MARK_UNSENT, parameters)).rowcount > 0


async def note_sweep(connection: AsyncConnection, ref: FileRef, sweep: str) -> None:
    """Note that a sweep has sent a file, if there is such a file."""
    await connection.execute(_SWEPT, (sweep, ref.collection, ref.id))


async def is_of_other_source(connection: AsyncConnection, ref: FileRef, source: str | None) -> bool:
    """Return whether the id is that of a file or document which another source has written."""
    parameters = {"collection": ref.collection, "id": ref.id, "source": source}
    found: bool = await fetch_value_async(connection, _IS_OF_OTHER_SOURCE, parameters)
    return found


def _unsent(unsent: Unsent) -> dict[str, Any]:
    return {
        "collection": unsent.collection,
        "source": unsent.source,
        "sweep": unsent.sweep,
    }


def _parameters(new: NewFile) -> dict[str, Any]:
    return {
        "collection": new.ref.collection,
        "id": new.ref.id,
        "name": new.name,
        "media_type": new.media_type,
        "size": new.size,
        "sha256": new.sha256,
        "title": new.options.title,
        "metadata": Jsonb(new.options.metadata),
        "source": new.options.source,
        "content_key": new.content_key,
        "sweep": new.sweep,
    }


async def read(connection: AsyncConnection, ref: FileRef) -> File | None:
    parameters = {"collection": ref.collection, "id": ref.id}
    return await fetch_optional_async(connection, _file, _READ, parameters)


async def some(connection: AsyncConnection, listing: FileListing) -> tuple[list[File], bool]:
    """Return a page of files, newest first, and whether there are more."""
    parameters = {
        "collection": listing.collection,
        "after": listing.after,
        "source": listing.source,
        "status": listing.status,
        "unread": listing.unread,
        "limit": listing.limit,
    }
    found = await fetch_all_async(connection, _file, _LIST, parameters)
    return found[: listing.limit], len(found) > listing.limit


async def retry(connection: AsyncConnection, ref: FileRef) -> bool:
    """Make a file that could not be read wait again; return whether it was one."""
    return (await connection.execute(_RETRY, (ref.collection, ref.id))).rowcount > 0


async def documents_of(connection: AsyncConnection, ref: FileRef) -> list[str]:
    """Return the ids of the documents of a file that was read."""
    cursor = await connection.execute(_DOCUMENTS_OF, (ref.collection, ref.id))
    return [row["id"] for row in await cursor.fetchall()]


async def mark_deleted(connection: AsyncConnection, ref: FileRef) -> int | None:
    """Hide a file and end its extraction; return its key, or None if there is no such file."""
    parameters = {"collection": ref.collection, "id": ref.id}
    key: int | None = await fetch_value_async(connection, _MARK_DELETED, parameters)
    return key


def _file(**row: Any) -> File:  # noqa: ANN401 - the columns
    extractor = row["extractor"]
    return File(
        key=row["key"],
        ref=FileRef(Collection.of_key(row["collection"]), row["id"]),
        name=row["name"],
        media_type=row["media_type"],
        size=row["size"],
        sha256=bytes(row["sha256"]),
        source=row["source"],
        status=FileStatus(row["status"]),
        error=_failure(row),
        documents=row["documents"],
        pages=row["pages"],
        extractor=extractor and ExtractorVersion(extractor, row["extractor_version"]),
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )


def _failure(row: dict[str, Any]) -> FileFailure | None:
    if row["error_code"] is not None:
        return FileFailure(
            FailureKind.FILE, row["error_code"], row["error_message"], row["attempts"]
        )
    if row["state"] == "done" and row["failed"]:
        message = f"{row['failed']} of its {row['documents']} documents could not be embedded."
        return FileFailure(
            FailureKind.DOCUMENT, row["document_error"], message, row["document_attempts"]
        )
    return None
