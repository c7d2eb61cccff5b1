"""The vector of a whole document: the mean of its chunks' vectors under the active model."""

from dataclasses import dataclass
from typing import LiteralString

from shared.db.documents.document_rows import STATE_JOINS, STATUS
from shared.db.kit.fetch import fetch_optional_async
from shared.db.kit.pool import AsyncConnection
from shared.domain.embedding.vectors import Vector
from shared.domain.errors import DocumentNotFound, DocumentNotReady
from shared.domain.refs import DocumentRef
from shared.domain.search.query import QueryVector

# Every chunk counts alike, whatever the length of its vector.
_READ: LiteralString = f"""
SELECT d.key, {STATUS} AS status, m.id AS model_id, m.dimensions, mean.vector
FROM documents d {STATE_JOINS}
CROSS JOIN LATERAL (
    SELECT avg(l2_normalize(c.embedding))::real[] AS vector
    FROM chunks c WHERE c.document_key = d.key AND c.model_id = m.id
) AS mean
WHERE d.collection = %s AND d.id = %s
"""


@dataclass(frozen=True, slots=True)
class DocumentVector:
    """A document's key and its vector as that of a query."""

    key: int
    query: QueryVector


@dataclass(frozen=True, slots=True)
class _Row:
    key: int
    status: str
    model_id: int | None
    dimensions: int | None
    vector: Vector | None


async def read(connection: AsyncConnection, ref: DocumentRef) -> DocumentVector:
    """Return the vector of a document; raises DocumentNotFound and DocumentNotReady."""
    row = await fetch_optional_async(connection, _Row, _READ, (ref.collection, ref.id))
    if row is None:
        raise DocumentNotFound(ref)
    if row.vector is None or row.model_id is None or row.dimensions is None:
        raise DocumentNotReady(ref, row.status)
    return DocumentVector(row.key, QueryVector(row.model_id, row.dimensions, row.vector))
