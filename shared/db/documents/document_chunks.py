"""The chunks of a document under its active model."""

from collections.abc import Sequence
from typing import LiteralString

from shared.db.documents.document_rows import STATE_JOINS
from shared.db.documents.metadata_conditions import on_document
from shared.db.kit.fetch import fetch_all_async
from shared.db.kit.pool import AsyncConnection
from shared.domain.documents.chunks import Chunk, DocumentChunks
from shared.domain.documents.filters import Filter
from shared.domain.refs import DocumentRef

_EMBEDDED: LiteralString = f"""
SELECT e.document_key, e.model_id, e.version, m.name AS model FROM documents d {STATE_JOINS}
WHERE d.collection = %(collection)s AND d.id = %(id)s"""
_CHUNKS: LiteralString = """
SELECT start_offset AS start, end_offset AS "end" FROM chunks
WHERE document_key = %s AND model_id = %s ORDER BY start_offset, end_offset
"""


async def read(
    connection: AsyncConnection, ref: DocumentRef, visible: Sequence[Filter] = ()
) -> DocumentChunks | None:
    """Return the chunks of a document if it meets all filters. The connection is a snapshot's."""
    cursor = await connection.execute(*on_document(_EMBEDDED, ref, visible))
    found = await cursor.fetchone()
    if found is None:
        return None
    if found["version"] is None:
        return DocumentChunks(None, None)
    keys = (found["document_key"], found["model_id"])
    chunks = await fetch_all_async(connection, Chunk, _CHUNKS, keys)
    return DocumentChunks(found["version"], found["model"], chunks)
