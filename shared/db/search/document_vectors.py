"""The vector of a whole document: the mean of its chunks' vectors under the active model."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import LiteralString

from shared.db.documents import metadata_conditions
from shared.db.documents.document_rows import STATE_JOINS, STATUS
from shared.db.kit.fetch import fetch_optional_async
from shared.db.kit.pool import AsyncConnection
from shared.domain.documents.filters import Filter
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
WHERE d.collection = %(collection)s AND d.id = %(id)s AND {{visible}}
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


async def read(
    connection: AsyncConnection, ref: DocumentRef, visible: Sequence[Filter] = ()
) -> DocumentVector:
    """Return the vector of a document.

    Raises DocumentNotFound, also if it does not meet all filters, and DocumentNotReady.
    """
    conditions = " AND ".join(metadata_conditions.hidden(visible)) or "true"
    parameters = {"collection": ref.collection, "id": ref.id}
    row = await fetch_optional_async(
        connection,
        _Row,
        _READ.format(visible=conditions),
        parameters | metadata_conditions.parameters(visible),
    )
    if row is None:
        raise DocumentNotFound(ref)
    if row.vector is None or row.model_id is None or row.dimensions is None:
        raise DocumentNotReady(ref, row.status)
    return DocumentVector(row.key, QueryVector(row.model_id, row.dimensions, row.vector))
