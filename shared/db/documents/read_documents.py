"""Read documents, or which of them are no longer pending."""

from collections.abc import Sequence
from typing import LiteralString

from shared.db.documents import metadata_conditions
from shared.db.documents.document_rows import DOCUMENT, STATE_JOINS, STATUS, document
from shared.db.kit.fetch import fetch_all_async
from shared.db.kit.pool import AsyncConnection
from shared.domain.documents.document import Document, DocumentState, Status
from shared.domain.documents.filters import Filter
from shared.domain.refs import Collection, DocumentRef

_READ = f"""SELECT {DOCUMENT} FROM documents d {STATE_JOINS}
WHERE d.collection = %(collection)s AND d.id = %(id)s"""
_READ_LOCKED = f"{_READ} FOR NO KEY UPDATE OF d"
_CONTENT_BYTES: LiteralString = """
SELECT octet_length(content) AS bytes FROM documents WHERE collection = %s AND id = %s
"""
_SETTLED = f"""
SELECT w.collection, w.id FROM unnest(%s::text[], %s::text[]) AS w (collection, id)
LEFT JOIN documents d ON d.collection = w.collection AND d.id = w.id {STATE_JOINS}
WHERE d.key IS NULL OR {STATUS} <> 'pending'
"""

_EXISTING: LiteralString = """
SELECT d.collection, d.id FROM documents d
JOIN unnest(%(collections)s::text[], %(ids)s::text[]) AS w (collection, id)
    ON d.collection = w.collection AND d.id = w.id
WHERE true
"""
_STATES = f"""
SELECT d.id, {STATUS} AS status, j.error_code, j.error_message FROM documents d {STATE_JOINS}
WHERE d.collection = %(collection)s AND d.id = ANY(%(ids)s::text[])
"""


async def read(
    connection: AsyncConnection, ref: DocumentRef, visible: Sequence[Filter] = ()
) -> Document | None:
    """Return a document if it meets all filters, else None."""
    return await _read(connection, _READ, ref, visible)


async def read_locked(connection: AsyncConnection, ref: DocumentRef) -> Document | None:
    """Return a document, locked against writes until the transaction ends, or None."""
    return await _read(connection, _READ_LOCKED, ref)


def _visible(statement: str, filters: Sequence[Filter]) -> str:
    return " AND ".join([statement, *metadata_conditions.hidden(filters)])


async def _read(
    connection: AsyncConnection, statement: str, ref: DocumentRef, visible: Sequence[Filter] = ()
) -> Document | None:
    cursor = await connection.execute(*metadata_conditions.on_document(statement, ref, visible))
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
        DocumentRef.of_row,
        _SETTLED,
        ([ref.collection for ref in refs], [ref.id for ref in refs]),
    )


async def meeting(
    connection: AsyncConnection, refs: Sequence[DocumentRef], filters: Sequence[Filter]
) -> set[DocumentRef]:
    """Return which of the documents exist and meet all filters."""
    parameters = metadata_conditions.parameters(filters) | {
        "collections": [ref.collection for ref in refs],
        "ids": [ref.id for ref in refs],
    }
    statement = _visible(_EXISTING, filters)
    return set(await fetch_all_async(connection, DocumentRef.of_row, statement, parameters))


async def states(
    connection: AsyncConnection,
    collection: Collection,
    ids: Sequence[str],
    visible: Sequence[Filter] = (),
) -> list[DocumentState]:
    """Return the states of those of the given documents that exist and meet all filters."""
    parameters = {"collection": collection, "ids": list(ids)}
    cursor = await connection.execute(
        _visible(_STATES, visible), parameters | metadata_conditions.parameters(visible)
    )
    return [
        DocumentState(row["id"], Status(row["status"]), row["error_code"], row["error_message"])
        for row in await cursor.fetchall()
    ]
