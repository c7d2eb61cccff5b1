"""Documents: accept, read, list, delete and retry, each in one round trip."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, LiteralString

from psycopg.types.json import Jsonb

from shared.db.pool import AsyncConnection
from shared.db.rows import DOCUMENT, JOINS, STANDING, document
from shared.domain.documents import Document, Lane, NewDocument, Status

PAGE_MAX_BYTES = 8 * 1024 * 1024

_CHANGES: LiteralString = """
    title = {new}.title, content = {new}.content, metadata = {new}.metadata,
    content_hash = {new}.content_hash, lane = %(lane)s, updated_at = now(), version = d.version + 1,
    content_version = CASE WHEN d.content_hash = {new}.content_hash
        THEN d.content_version ELSE d.version + 1 END
"""
_DIFFERS: LiteralString = (
    "(d.content_hash, d.metadata) IS DISTINCT FROM ({new}.content_hash, {new}.metadata)"
)
_INSERT: LiteralString = """
    INSERT INTO documents AS d (collection, id, title, content, metadata, content_hash, lane)
    SELECT collection, id, title, content, metadata, content_hash, %(lane)s
    FROM incoming ORDER BY collection, id
    ON CONFLICT (collection, id)
"""
CREATE: LiteralString = f"{_INSERT} DO NOTHING"
UPSERT: LiteralString = f"""
    {_INSERT} DO UPDATE SET {_CHANGES.format(new="excluded")}
    WHERE {_DIFFERS.format(new="excluded")}
"""
REPLACE_VERSION: LiteralString = f"""
    UPDATE documents AS d SET {_CHANGES.format(new="i")} FROM incoming i
    WHERE d.collection = i.collection AND d.id = i.id AND d.version = %(expected_version)s
      AND {_DIFFERS.format(new="i")}
"""

# The document, what text search reads of it, the job that is owed and the event, or none of
# them. The job row is the outbox: a change of content takes back any lease on the older text.
_ACCEPT: LiteralString = f"""
WITH incoming AS (
    SELECT * FROM unnest(
        %(collections)s::text[], %(ids)s::text[], %(titles)s::text[], %(contents)s::text[],
        %(metadatas)s::jsonb[], %(hashes)s::bytea[]
    ) AS i (collection, id, title, content, metadata, content_hash)
), written AS (
    {{write}}
    RETURNING d.*, d.content_version = d.version AS content_changed
), lexemes AS (
    INSERT INTO document_texts (document_key, lexemes)
    SELECT key, document_lexemes(title, content) FROM written WHERE content_changed
    ON CONFLICT (document_key) DO UPDATE SET lexemes = excluded.lexemes
), owed AS (
    INSERT INTO jobs AS j (document_key, model_id, version, lane)
    SELECT w.key, m.id, w.version, w.lane
    FROM written w JOIN embedding_models m ON m.state <> 'retired'
    WHERE w.content_changed
    ON CONFLICT (document_key, model_id) DO UPDATE SET
        version = excluded.version, lane = excluded.lane, attempts = 0,
        queued_at = CASE WHEN j.failed_at IS NULL THEN j.queued_at ELSE now() END,
        available_at = now(), lease_until = NULL, lease_token = NULL,
        error_code = NULL, error_message = NULL, failed_at = NULL
), standing AS (
    SELECT d.key, i.collection, i.id, {STANDING},
        NOT {_DIFFERS.format(new="i")} AS same
    FROM incoming i JOIN documents d ON d.collection = i.collection AND d.id = i.id
    {JOINS}
), announced AS (
    INSERT INTO events (collection, id, status, version)
    SELECT w.collection, w.id,
        CASE WHEN w.content_changed THEN 'pending' ELSE s.status END, w.version
    FROM written w LEFT JOIN standing s ON s.key = w.key
)
"""
_ACCEPT_ONE: LiteralString = f"""
{_ACCEPT}
SELECT s.*, w.key IS NOT NULL AS written, coalesce(w.content_changed, false) AS content_changed,
    coalesce(w.version, s.version) AS version, coalesce(w.lane, s.lane) AS lane,
    coalesce(w.created_at, s.created_at) AS created_at,
    coalesce(w.updated_at, s.updated_at) AS updated_at
FROM (SELECT) AS always LEFT JOIN written w ON true LEFT JOIN standing s ON true
"""
_ACCEPT_MANY: LiteralString = f"""
{_ACCEPT}
SELECT count(*) AS written, count(*) FILTER (WHERE content_changed) AS owed FROM written
"""


@dataclass(frozen=True, slots=True)
class Written:
    """What became of a write: `document` is None where its condition did not hold."""

    document: Document | None
    created: bool = False
    owed: bool = False


async def accept(
    connection: AsyncConnection,
    new: NewDocument,
    lane: Lane,
    write: LiteralString = UPSERT,
    expected_version: int | None = None,
) -> Written:
    """Store one document and the job it owes, by CREATE, UPSERT or REPLACE_VERSION."""
    statement = _ACCEPT_ONE.format(write=write)
    cursor = await connection.execute(statement, _incoming([new], lane, expected_version))
    row = await cursor.fetchone()
    assert row is not None
    if row["written"]:
        return Written(_written(row, new), created=row["version"] == 1, owed=row["content_changed"])
    held = row["same"] and expected_version in {None, row["version"]}
    return Written(_written(row, new) if held else None)


async def accept_many(
    connection: AsyncConnection, batch: Sequence[NewDocument], lane: Lane
) -> tuple[int, int]:
    """Upsert documents of distinct ids; return how many were written, and how many of them owe."""
    statement = _ACCEPT_MANY.format(write=UPSERT)
    cursor = await connection.execute(statement, _incoming(batch, lane))
    row = await cursor.fetchone()
    assert row is not None
    return row["written"], row["owed"]


async def read(connection: AsyncConnection, collection: str, id_: str) -> Document | None:
    """Return a document, or None."""
    cursor = await connection.execute(
        f"SELECT {DOCUMENT} FROM documents d {JOINS} WHERE d.collection = %s AND d.id = %s",
        (collection, id_),
    )
    row = await cursor.fetchone()
    return document(row) if row else None


async def page(
    connection: AsyncConnection,
    collection: str,
    status: Status | None,
    before: int | None,
    limit: int,
) -> tuple[list[Document], int | None]:
    """Return documents, newest first, and the key to go on before, or None at the end.

    A page ends early at PAGE_MAX_BYTES of content, after at least one document.
    """
    cursor = await connection.execute(
        _PAGE.format(condition=_STATUS_CONDITIONS[status]),
        {"collection": collection, "before": before, "limit": limit, "bytes": PAGE_MAX_BYTES},
    )
    rows = await cursor.fetchall()
    more = bool(rows) and rows[-1]["more"]
    return [document(row) for row in rows], rows[-1]["key"] if more else None


_STATUS_CONDITIONS: dict[Status | None, LiteralString] = {
    None: "true",
    Status.READY: "j.document_key IS NULL AND e.document_key IS NOT NULL",
    Status.PENDING: """
        j.failed_at IS NULL AND (j.document_key IS NOT NULL OR e.document_key IS NULL)""",
    Status.FAILED: "j.failed_at IS NOT NULL",
}
_PAGE: LiteralString = f"""
WITH candidates AS MATERIALIZED (
    SELECT d.key, octet_length(d.content) AS bytes FROM documents d {JOINS}
    WHERE d.collection = %(collection)s AND {{condition}}
      AND (%(before)s::bigint IS NULL OR d.key < %(before)s)
    ORDER BY d.key DESC LIMIT %(limit)s + 1
), page AS (
    SELECT key, sum(bytes) OVER earlier AS size, row_number() OVER earlier AS place,
        count(*) OVER () AS found
    FROM candidates WINDOW earlier AS (ORDER BY key DESC)
), kept AS (
    SELECT key, place, found FROM page
    WHERE place <= %(limit)s AND (size <= %(bytes)s OR place = 1)
)
SELECT d.key, {DOCUMENT}, kept.place < kept.found AS more
FROM kept JOIN documents d ON d.key = kept.key {JOINS} ORDER BY d.key DESC
"""


async def delete(
    connection: AsyncConnection, collection: str, id_: str, expected_version: int | None
) -> tuple[bool, bool]:
    """Delete a document with all that hangs on it; return whether it existed, and whether it went.

    Its vectors go in the same statement, so no search finds it from then on.
    """
    cursor = await connection.execute(
        """
        WITH found AS (
            SELECT key FROM documents WHERE collection = %(collection)s AND id = %(id)s
        ), gone AS (
            DELETE FROM documents
            WHERE collection = %(collection)s AND id = %(id)s
              AND (%(version)s::bigint IS NULL OR version = %(version)s)
            RETURNING collection, id, version
        ), announced AS (
            INSERT INTO events (collection, id, status, version)
            SELECT collection, id, 'deleted', version FROM gone
        )
        SELECT EXISTS (SELECT FROM found) AS found, EXISTS (SELECT FROM gone) AS gone
        """,
        {"collection": collection, "id": id_, "version": expected_version},
    )
    row = await cursor.fetchone()
    assert row is not None
    return row["found"], row["gone"]


async def retry_failed(
    connection: AsyncConnection, collection: str | None = None, id_: str | None = None
) -> list[Lane]:
    """Make failed documents pending again, keeping the reason; return the lane of each."""
    cursor = await connection.execute(
        """
        WITH retried AS (
            UPDATE jobs j
            SET failed_at = NULL, attempts = 0, available_at = now(), queued_at = now()
            FROM documents d
            WHERE j.failed_at IS NOT NULL AND d.key = j.document_key
              AND (%(collection)s::text IS NULL OR d.collection = %(collection)s)
              AND (%(id)s::text IS NULL OR d.id = %(id)s)
            RETURNING d.collection, d.id, d.version, j.lane
        ), announced AS (
            INSERT INTO events (collection, id, status, version)
            SELECT collection, id, 'pending', version FROM retried
        )
        SELECT lane FROM retried
        """,
        {"collection": collection, "id": id_},
    )
    return [Lane(row["lane"]) for row in await cursor.fetchall()]


def _incoming(
    batch: Sequence[NewDocument], lane: Lane, expected_version: int | None = None
) -> dict[str, Any]:
    return {
        "collections": [new.collection for new in batch],
        "ids": [new.id for new in batch],
        "titles": [new.title for new in batch],
        "contents": [new.content for new in batch],
        "metadatas": [Jsonb(new.metadata) for new in batch],
        "hashes": [new.content_hash for new in batch],
        "lane": lane,
        "expected_version": expected_version,
    }


def _written(row: dict[str, Any], new: NewDocument) -> Document:
    changed = {"status": Status.PENDING, "error_code": None} if row["content_changed"] else {}
    given = {
        "id": new.id,
        "collection": new.collection,
        "title": new.title,
        "content": new.content,
        "metadata": new.metadata,
        "content_hash": new.content_hash,
    }
    return document({**row, **given, **changed})
