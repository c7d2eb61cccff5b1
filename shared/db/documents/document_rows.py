"""How a stored document is read: its columns, and the object they make."""

from typing import Any

from shared.domain.documents.document import Document, Embedding, Failure, Lane, Status

JOINS = """
LEFT JOIN embedding_models m ON m.state = 'active'
LEFT JOIN jobs j ON j.document_key = d.key AND j.model_id = m.id
LEFT JOIN embeddings e ON e.document_key = d.key AND e.model_id = m.id
"""
"""What tells where a document `d` stands under the active model."""

STATUS = """CASE
    WHEN j.failed_at IS NOT NULL THEN 'failed'
    WHEN j.document_key IS NULL AND e.document_key IS NOT NULL THEN 'ready'
    ELSE 'pending' END"""
"""A document is ready because nothing is owed: no second record of it can disagree."""

STANDING = f"""
    d.version, d.lane, d.created_at, d.updated_at, {STATUS} AS status,
    j.error_code, j.error_message, j.attempts,
    CASE WHEN j.failed_at IS NULL THEN j.available_at END AS retry_at,
    m.name AS model, m.dimensions, e.chunks, e.version AS embedded_version, e.embedded_at
"""

DOCUMENT = f"d.id, d.collection, d.title, d.content, d.metadata, d.content_hash, {STANDING}"


def document(row: dict[str, Any]) -> Document:
    """Return the document that a row of the DOCUMENT columns describes."""
    status = Status(row["status"])
    return Document(
        id=row["id"],
        collection=row["collection"],
        title=row["title"],
        content=row["content"],
        metadata=row["metadata"],
        status=status,
        version=row["version"],
        content_hash=row["content_hash"],
        lane=Lane(row["lane"]),
        error=_failure(row),
        embedding=_embedding(row),
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        ready_at=row["embedded_at"] if status is Status.READY else None,
    )


def _failure(row: dict[str, Any]) -> Failure | None:
    if row["error_code"] is None:
        return None
    return Failure(row["error_code"], row["error_message"], row["attempts"], row["retry_at"])


def _embedding(row: dict[str, Any]) -> Embedding | None:
    if row["embedded_version"] is None:
        return None
    return Embedding(row["model"], row["dimensions"], row["chunks"], row["embedded_version"])
