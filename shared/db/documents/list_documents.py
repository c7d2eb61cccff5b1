"""List the documents of a collection in pages."""

from typing import LiteralString

from shared.db.documents.document_rows import DOCUMENT, STATE_JOINS, document
from shared.db.kit.pool import AsyncConnection
from shared.db.models.embedding_models import ACTIVE_MODEL, IS_ACTIVE
from shared.domain.documents.document import Document, Status

PAGE_MAX_BYTES = 2 * 1024 * 1024
"""Encoding a page takes about 10 ms per megabyte, in which no other request is served."""

# One more than the limit shows whether there is another page.
_ON_PAGE: LiteralString = """
    d.collection = %(collection)s AND (%(before)s::bigint IS NULL OR d.key < %(before)s)
    ORDER BY d.key DESC LIMIT %(limit)s + 1
"""
_FROM_DOCUMENTS: LiteralString = f"""
    (SELECT d.key, octet_length(d.content) AS bytes FROM documents d {STATE_JOINS}
     WHERE {{condition}} AND {_ON_PAGE})
"""
# Few documents are pending or failed. Their jobs lead to them without a scan of the documents.
_FROM_JOBS: LiteralString = f"""
    (SELECT d.key, octet_length(d.content) AS bytes FROM jobs j
     JOIN {ACTIVE_MODEL} AND m.id = j.model_id
     JOIN documents d ON d.key = j.document_key
     WHERE {{condition}} AND {_ON_PAGE})
"""
# Without an active model there are no jobs, and every document is pending.
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
), numbered AS (
    SELECT key, row_number() OVER newest AS number, sum(bytes) OVER newest AS total_bytes,
        count(*) OVER () AS found
    FROM candidates WINDOW newest AS (ORDER BY key DESC)
), page AS (
    SELECT key, number, found FROM numbered
    WHERE number <= %(limit)s AND (total_bytes <= %(bytes)s OR number = 1)
)
SELECT d.key, {DOCUMENT}, page.number < page.found AS more
FROM page JOIN documents d ON d.key = page.key {STATE_JOINS} ORDER BY d.key DESC
"""


async def page(
    connection: AsyncConnection,
    collection: str,
    status: Status | None,
    before: int | None,
    limit: int,
) -> tuple[list[Document], int | None]:
    """Return documents, newest first, and the key `before` which to continue, or None at the end.

    A page ends early at PAGE_MAX_BYTES of content, but has at least one document.
    """
    cursor = await connection.execute(
        _PAGE.format(candidates=_CANDIDATES[status]),
        {"collection": collection, "before": before, "limit": limit, "bytes": PAGE_MAX_BYTES},
    )
    rows = await cursor.fetchall()
    more = bool(rows) and rows[-1]["more"]
    return [document(row) for row in rows], rows[-1]["key"] if more else None
