"""Read documents, or which of them are no longer pending."""

from collections.abc import Sequence
from typing import LiteralString

from shared.db.documents.document_rows import DOCUMENT, STATE_JOINS, STATUS, document
from shared.db.kit.fetch import fetch_all_async
from shared.db.kit.pool import AsyncConnection
from shared.domain.documents.document import Document, DocumentState, Status
from shared.domain.refs import DocumentRef

_READ = f"SELECT {DOCUMENT} FROM documents d {STATE_JOINS} WHERE d.collection = %s AND d.id = %s"
_READ_LOCKED = f"{_READ} FOR NO KEY UPDATE OF d"
_CONTENT_BYTES: LiteralString = """
SELECT octet_length(content) AS bytes FROM documents WHERE collection = %s AND id = %s
"""
_SETTLED = f"""
SELECT w.collection, w.id FROM unnest(%s::text[], %s::text[]) AS w (collection, id)
LEFT JOIN documents d ON d.collection = w.collection AND d.id = w.id {STATE_JOINS}
WHERE d.key IS NULL OR {STATUS} <> 'pending'
"""

_STATES = f"""
SELECT d.id, {STATUS} AS status, j.error_code, j.error_message FROM documents d {STATE_JOINS}
WHERE d.collection = %s AND d.id = ANY(%s::text[])
"""


async def read(connection: AsyncConnection, ref: DocumentRef) -> Document | None:
    return await _read(connection, _READ, ref)


async def read_locked(connection: AsyncConnection, ref: DocumentRef) -> Document | None:
    """Return a document, locked against writes until the transaction ends, or None."""
    return await _read(connection, _READ_LOCKED, ref)


async def _read(connection: AsyncConnection, statement: str, ref: DocumentRef) -> Document | None:
    cursor = await connection.execute(statement, (ref.collection, ref.id))
    row = await cursor.fetchone()
    return document(row) if row else None


async def content_bytes(connection: AsyncConnection, ref: DocumentRef) -> int:
    """Return the size of a document's content, 0 if there is none. The content is not read."""
    cursor = await connection.execute(_CONTENT_BYTES, (ref.collection, ref.id))
    row = await cursor.fetchone()
    return row["bytes"] if row else 0


async def settled(connection: AsyncConnection, refs: Sequence[DocumentRef]) -> list[DocumentRef]:
    """Return the given documents that are ready, failed or deleted."""
    return await fetch_all_async(
        connection,
        DocumentRef,
        _SETTLED,
        ([ref.collection for ref in refs], [ref.id for ref in refs]),
    )


async def states(
    connection: AsyncConnection, collection: str, ids: Sequence[str]
) -> list[DocumentState]:
    """Return the states of the given documents, without those that do not exist."""
    cursor = await connection.execute(_STATES, (collection, list(ids)))
    return [
        DocumentState(row["id"], Status(row["status"]), row["error_code"], row["error_message"])
        for row in await cursor.fetchall()
    ]
