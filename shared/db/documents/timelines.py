"""A document's way to `ready`, from the rows that exist anyway."""

from collections.abc import Sequence
from typing import Any, LiteralString

from shared.db.documents.document_rows import STATE_JOINS, STATUS
from shared.db.documents.file_status import DOCUMENTS_OF_FILE, STATUS_OF_FILE
from shared.db.documents.metadata_conditions import on_document
from shared.db.kit.fetch import fetch_all_async, fetch_optional_async
from shared.db.kit.pool import AsyncConnection
from shared.db.models.roles import MODELS_OF_A_WRITE
from shared.domain.documents.document import Failure, Lane, Status
from shared.domain.documents.filters import Filter
from shared.domain.documents.timeline import (
    OfFile,
    Role,
    Timeline,
    UnderModel,
    Vectors,
    WrittenDocument,
)
from shared.domain.refs import DocumentRef

_DOCUMENT: LiteralString = f"""
SELECT d.key, {STATUS} AS status, d.version, d.content_version, d.lane, d.created_at, d.updated_at
FROM documents d {STATE_JOINS}
WHERE d.collection = %(collection)s AND d.id = %(id)s"""
_MODELS: LiteralString = f"""
SELECT m.name AS model, {STATUS} AS status,
    CASE m.id WHEN r.building_model_id THEN 'building' WHEN r.previous_model_id THEN 'previous'
        ELSE 'active' END AS role,
    j.queued_at, j.lane, coalesce(j.lease_until >= now(), false) AS claimed,
    coalesce(j.attempts, 0) AS attempts, j.error_code, j.error_message, j.failed_at,
    CASE WHEN j.failed_at IS NULL THEN j.available_at END AS retry_at,
    e.embedded_at, e.version, e.chunks, (
        SELECT count(*) FROM chunks c
        WHERE c.document_key = d.key AND c.model_id = m.id AND c.sent
    ) AS chunks_sent
FROM documents d {MODELS_OF_A_WRITE}
LEFT JOIN jobs j ON j.document_key = d.key AND j.model_id = m.id
LEFT JOIN embeddings e ON e.document_key = d.key AND e.model_id = m.id
WHERE d.key = %s ORDER BY role, m.id
"""
_FILE: LiteralString = f"""
SELECT f.id, f.state, {STATUS_OF_FILE} AS status, f.created_at, f.claimed_at, f.updated_at,
    f.error_message
FROM file_documents o JOIN files f ON f.key = o.file_key, {DOCUMENTS_OF_FILE} AS s
WHERE o.collection = %s AND o.id = %s AND f.state <> 'deleted'
"""


async def read(
    connection: AsyncConnection, ref: DocumentRef, visible: Sequence[Filter] = ()
) -> Timeline | None:
    """Return the timeline of a document if it meets all filters. The connection is a snapshot's.

    A caller with a filter does not see the file, because filters are about documents.
    """
    document = await _document(connection, ref, visible)
    if document is None:
        return None
    of_ref = (ref.collection, ref.id)
    file = None if visible else await fetch_optional_async(connection, OfFile, _FILE, of_ref)
    models = await fetch_all_async(connection, _under_model, _MODELS, (document.key,))
    return Timeline(document, file, models)


async def _document(
    connection: AsyncConnection, ref: DocumentRef, visible: Sequence[Filter]
) -> WrittenDocument | None:
    statement = on_document(_DOCUMENT, ref, visible)
    return await fetch_optional_async(connection, _written, *statement)


def _written(*, status: str, lane: str, **row: Any) -> WrittenDocument:  # noqa: ANN401
    return WrittenDocument(status=Status(status), lane=Lane(lane), **row)


def _under_model(**row: Any) -> UnderModel:  # noqa: ANN401 - the columns
    return UnderModel(
        model=row["model"],
        role=Role(row["role"]),
        status=Status(row["status"]),
        queued_at=row["queued_at"],
        lane=Lane(row["lane"]) if row["lane"] else None,
        claimed=row["claimed"],
        attempts=row["attempts"],
        error=_error(row),
        failed_at=row["failed_at"],
        vectors=_vectors(row),
    )


def _error(row: dict[str, Any]) -> Failure | None:
    if row["error_code"] is None:
        return None
    return Failure(row["error_code"], row["error_message"], row["attempts"], row["retry_at"])


def _vectors(row: dict[str, Any]) -> Vectors | None:
    if row["embedded_at"] is None:
        return None
    return Vectors(row["embedded_at"], row["version"], row["chunks"], row["chunks_sent"])
