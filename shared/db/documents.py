"""Documents: accept, read, list, delete and retry, each in one round trip."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, LiteralString

from psycopg.types.json import Jsonb

from shared.db.pool import AsyncConnection
from shared.db.rows import DOCUMENT, JOINS, STANDING, document
from shared.domain import languages
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
# A change of language alone makes the lexemes anew, and no vector.
_ACCEPT: LiteralString = """
WITH incoming AS (
    SELECT * FROM unnest(
        %(collections)s::text[], %(ids)s::text[], %(titles)s::text[], %(contents)s::text[],
        %(metadatas)s::jsonb[], %(hashes)s::bytea[], %(languages)s::text[]
    ) AS i (collection, id, title, content, metadata, content_hash, language)
), written AS (
    {write}
    RETURNING d.*, d.content_version = d.version AS content_changed
), lexed AS (
    SELECT w.key, w.collection, l.language,
        document_lexemes(l.language, w.title, w.content) AS lexemes
    FROM written w JOIN incoming i USING (collection, id),
        LATERAL (SELECT text_language(i.language) AS language) l
    WHERE w.content_changed OR NOT EXISTS (
        SELECT FROM document_texts t WHERE t.document_key = w.key AND t.language = l.language
    )
), findable AS (
    INSERT INTO document_texts (document_key, collection, language, length, lexemes)
    SELECT key, collection, language, document_length(lexemes), lexemes FROM lexed
    ON CONFLICT (document_key) DO UPDATE SET
        language = excluded.language, length = excluded.length, lexemes = excluded.lexemes
), languages AS (
    INSERT INTO text_languages SELECT DISTINCT language FROM lexed ORDER BY language
    ON CONFLICT DO NOTHING
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
), announced AS (
    INSERT INTO events (collection, id, status, version)
    SELECT collection, id, 'pending', version FROM written WHERE content_changed
)
"""
_ACCEPT_ONE: LiteralString = f"""
{_ACCEPT}
SELECT w.key, w.content_changed, w.version, w.lane, w.created_at, w.updated_at,
    'pending' AS status, NULL AS error_code, m.name AS model, m.dimensions, e.chunks,
    e.version AS embedded_version, e.embedded_at
FROM written w LEFT JOIN embedding_models m ON m.state = 'active'
LEFT JOIN embeddings e ON e.document_key = w.key AND e.model_id = m.id
"""
_ACCEPT_MANY: LiteralString = f"{_ACCEPT} SELECT key, content_changed FROM written"

# Where the text stayed the same, the status is what it was; only a snapshot that is newer than
# the write can tell, for the write may have waited for a worker that made the document ready.
_ANNOUNCE_STANDING: LiteralString = f"""
WITH standing AS (
    SELECT d.collection, d.id, {STANDING} FROM documents d {JOINS} WHERE d.key = ANY(%s)
), announced AS (
    INSERT INTO events (collection, id, status, version)
    SELECT collection, id, status, version FROM standing
)
SELECT * FROM standing
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
    if row is None:
        return await _not_written(connection, new, write, expected_version)
    if row["content_changed"]:
        return Written(_as_stored(row, new), created=row["version"] == 1, owed=True)
    cursor = await connection.execute(_ANNOUNCE_STANDING, ([row["key"]],))
    standing = await cursor.fetchone()
    return Written(_as_stored({**standing, "version": row["version"]}, new) if standing else None)


async def _not_written(
    connection: AsyncConnection,
    new: NewDocument,
    write: LiteralString,
    expected_version: int | None,
) -> Written:
    """Tell a write that changed nothing from one whose condition did not hold."""
    if write is CREATE:
        return Written(None)
    current = await read(connection, new.collection, new.id)
    held = current is not None and expected_version in {None, current.version}
    return Written(current if held else None)


async def accept_many(
    connection: AsyncConnection, batch: Sequence[NewDocument], lane: Lane
) -> tuple[int, int]:
    """Upsert documents of distinct ids; return how many were written, and how many of them owe."""
    statement = _ACCEPT_MANY.format(write=UPSERT)
    cursor = await connection.execute(statement, _incoming(batch, lane))
    rows = await cursor.fetchall()
    same_text = [row["key"] for row in rows if not row["content_changed"]]
    if same_text:
        await connection.execute(_ANNOUNCE_STANDING, (same_text,))
    return len(rows), len(rows) - len(same_text)


async def read(connection: AsyncConnection, collection: str, id_: str) -> Document | None:
    """Return a document, or None."""
    cursor = await connection.execute(
        f"SELECT {DOCUMENT} FROM documents d {JOINS} WHERE d.collection = %s AND d.id = %s",
        (collection, id_),
    )
    row = await cursor.fetchone()
    return document(row) if row else None


async def read_locked(connection: AsyncConnection, collection: str, id_: str) -> Document | None:
    """Return a document that nobody else can write until the transaction ends, or None."""
    cursor = await connection.execute(
        f"SELECT {DOCUMENT} FROM documents d {JOINS} WHERE d.collection = %s AND d.id = %s"
        " FOR NO KEY UPDATE OF d",
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
        _PAGE.format(candidates=_CANDIDATES[status]),
        {"collection": collection, "before": before, "limit": limit, "bytes": PAGE_MAX_BYTES},
    )
    rows = await cursor.fetchall()
    more = bool(rows) and rows[-1]["more"]
    return [document(row) for row in rows], rows[-1]["key"] if more else None


_IN_REACH: LiteralString = """
    d.collection = %(collection)s AND (%(before)s::bigint IS NULL OR d.key < %(before)s)
    ORDER BY d.key DESC LIMIT %(limit)s + 1
"""
_FROM_DOCUMENTS: LiteralString = f"""
    (SELECT d.key, octet_length(d.content) AS bytes FROM documents d {JOINS}
     WHERE {{condition}} AND {_IN_REACH})
"""
# The few that are owed are found from their jobs, not by walking past the many that are not.
_FROM_JOBS: LiteralString = f"""
    (SELECT d.key, octet_length(d.content) AS bytes FROM jobs j
     JOIN embedding_models m ON m.id = j.model_id AND m.state = 'active'
     JOIN documents d ON d.key = j.document_key
     WHERE {{condition}} AND {_IN_REACH})
"""
_BEFORE_ANY_MODEL: LiteralString = (
    "NOT EXISTS (SELECT FROM embedding_models WHERE state = 'active')"
)
_CANDIDATES: dict[Status | None, LiteralString] = {
    None: _FROM_DOCUMENTS.format(condition="true"),
    Status.READY: _FROM_DOCUMENTS.format(
        condition="j.document_key IS NULL AND e.document_key IS NOT NULL"
    ),
    Status.PENDING: _FROM_JOBS.format(condition="j.failed_at IS NULL")
    + " UNION ALL "
    + _FROM_DOCUMENTS.format(condition=_BEFORE_ANY_MODEL),
    Status.FAILED: _FROM_JOBS.format(condition="j.failed_at IS NOT NULL"),
}
_PAGE: LiteralString = f"""
WITH candidates AS MATERIALIZED ({{candidates}}
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
        WITH locked AS MATERIALIZED (
            SELECT d.key FROM jobs j JOIN documents d ON d.key = j.document_key
            WHERE j.failed_at IS NOT NULL
              AND (%(collection)s::text IS NULL OR d.collection = %(collection)s)
              AND (%(id)s::text IS NULL OR d.id = %(id)s)
            ORDER BY d.collection, d.id FOR SHARE OF d
        ), retried AS (
            UPDATE jobs j
            SET failed_at = NULL, attempts = 0, available_at = now(), queued_at = now()
            FROM locked JOIN documents d ON d.key = locked.key
            WHERE j.document_key = locked.key AND j.failed_at IS NOT NULL
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
        "languages": [languages.configuration(new.metadata) for new in batch],
        "lane": lane,
        "expected_version": expected_version,
    }


def _as_stored(row: dict[str, Any], new: NewDocument) -> Document:
    given = {
        "id": new.id,
        "collection": new.collection,
        "title": new.title,
        "content": new.content,
        "metadata": new.metadata,
        "content_hash": new.content_hash,
    }
    return document({**row, **given})
