"""Documents: read, list, delete and retry, each in one round trip."""

from collections import Counter
from collections.abc import Sequence
from typing import LiteralString

from shared.db.documents.document_rows import DOCUMENT, STATE_JOINS, STATUS, document
from shared.db.kit.pool import AsyncConnection
from shared.db.models.embedding_models import ACTIVE_MODEL, IS_ACTIVE
from shared.domain.documents.document import Document, Lane, Status
from shared.domain.refs import DocumentRef

PAGE_MAX_BYTES = 8 * 1024 * 1024
RETRY_MAX = 5000
"""Of any number of failed documents so many are retried at a time, well within a time limit."""


async def read(connection: AsyncConnection, ref: DocumentRef) -> Document | None:
    cursor = await connection.execute(
        f"SELECT {DOCUMENT} FROM documents d {STATE_JOINS} WHERE d.collection = %s AND d.id = %s",
        (ref.collection, ref.id),
    )
    row = await cursor.fetchone()
    return document(row) if row else None


async def read_locked(connection: AsyncConnection, ref: DocumentRef) -> Document | None:
    """Return a document, locked against writes until the transaction ends, or None."""
    cursor = await connection.execute(
        f"SELECT {DOCUMENT} FROM documents d {STATE_JOINS} WHERE d.collection = %s AND d.id = %s"
        " FOR NO KEY UPDATE OF d",
        (ref.collection, ref.id),
    )
    row = await cursor.fetchone()
    return document(row) if row else None


async def settled(connection: AsyncConnection, refs: Sequence[DocumentRef]) -> list[DocumentRef]:
    """Return the given documents that are ready, failed or deleted."""
    cursor = await connection.execute(
        f"""
        SELECT w.collection, w.id FROM unnest(%s::text[], %s::text[]) AS w (collection, id)
        LEFT JOIN documents d ON d.collection = w.collection AND d.id = w.id {STATE_JOINS}
        WHERE d.key IS NULL OR {STATUS} <> 'pending'
        """,
        ([ref.collection for ref in refs], [ref.id for ref in refs]),
    )
    return [DocumentRef(row["collection"], row["id"]) for row in await cursor.fetchall()]


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
    (SELECT d.key, octet_length(d.content) AS bytes FROM documents d {STATE_JOINS}
     WHERE {{condition}} AND {_IN_REACH})
"""
# The few that are owed are found from their jobs, not by walking past the many that are not.
_FROM_JOBS: LiteralString = f"""
    (SELECT d.key, octet_length(d.content) AS bytes FROM jobs j
     JOIN {ACTIVE_MODEL} AND m.id = j.model_id
     JOIN documents d ON d.key = j.document_key
     WHERE {{condition}} AND {_IN_REACH})
"""
_BEFORE_ANY_MODEL: LiteralString = f"NOT EXISTS (SELECT FROM embedding_models m WHERE {IS_ACTIVE})"
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
FROM kept JOIN documents d ON d.key = kept.key {STATE_JOINS} ORDER BY d.key DESC
"""


async def delete(
    connection: AsyncConnection, ref: DocumentRef, expected_version: int | None
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
        {"collection": ref.collection, "id": ref.id, "version": expected_version},
    )
    row = await cursor.fetchone()
    assert row is not None
    return row["found"], row["gone"]


async def retry_failed(
    connection: AsyncConnection,
    collection: str | None = None,
    id_: str | None = None,
    after: int = 0,
) -> tuple[Counter[Lane], int | None]:
    """Make up to RETRY_MAX failed documents pending again, keeping the reason.

    Return how many of each lane, and the key to go on `after`, or None at the end.
    """
    cursor = await connection.execute(
        """
        WITH failed AS MATERIALIZED (
            SELECT j.document_key AS key FROM jobs j JOIN documents d ON d.key = j.document_key
            WHERE j.failed_at IS NOT NULL AND j.document_key > %(after)s
              AND (%(collection)s::text IS NULL OR d.collection = %(collection)s)
              AND (%(id)s::text IS NULL OR d.id = %(id)s)
            ORDER BY j.document_key LIMIT %(limit)s
        ), locked AS MATERIALIZED (
            SELECT d.key FROM documents d WHERE d.key = ANY(ARRAY(SELECT key FROM failed))
            ORDER BY d.collection, d.id FOR SHARE
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
        SELECT (SELECT max(key) FROM failed HAVING count(*) = %(limit)s) AS last,
            (SELECT jsonb_object_agg(lane, count) FROM (
                SELECT lane, count(*) FROM retried GROUP BY lane) AS counted) AS lanes
        """,
        {"collection": collection, "id": id_, "after": after, "limit": RETRY_MAX},
    )
    row = await cursor.fetchone()
    assert row is not None
    lanes = {Lane(lane): count for lane, count in (row["lanes"] or {}).items()}
    return Counter(lanes), row["last"]
