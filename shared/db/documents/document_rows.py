"""The columns of a stored document, and the object that is made of them."""

from typing import Any

from shared.db.documents.document_columns import WRITTEN
from shared.db.models.roles import ACTIVE_MODEL_JOINS, ACTIVE_MODEL_OF
from shared.domain.documents.document import Document, Embedding, Failure, Lane, Status
from shared.domain.documents.listing import EXCERPT_CHARACTERS
from shared.domain.refs import DocumentRef

_OF_MODEL = """LEFT JOIN jobs j ON j.document_key = d.key AND j.model_id = m.id
    LEFT JOIN embeddings e ON e.document_key = d.key AND e.model_id = m.id"""
STATE_JOINS = f"""{ACTIVE_MODEL_JOINS}
    {_OF_MODEL}"""
"""The rows that determine the state of a document `d` under its active model."""

STATE_JOINS_OF_COLLECTION = f"""LEFT JOIN embedding_models m
        ON m.id = {ACTIVE_MODEL_OF.format(collection="%(collection)s")}
    {_OF_MODEL}"""
"""The same for documents of the collection that is a parameter. The model is a constant then."""

STATUS = """CASE WHEN j.failed_at IS NOT NULL THEN 'failed'
        WHEN j.document_key IS NULL AND e.document_key IS NOT NULL THEN 'ready'
        ELSE 'pending' END"""
"""The status is derived. No second record of it can disagree."""

DOCUMENT_STATE = f"""d.version, d.lane, d.created_at, d.updated_at, {STATUS} AS status,
    j.error_code, j.error_message, j.attempts,
    CASE WHEN j.failed_at IS NULL THEN j.available_at END AS retry_at,
    m.name AS model, m.dimensions, e.chunks, e.version AS embedded_version, e.embedded_at"""

DOCUMENT = f"d.id, d.collection, {', '.join(f'd.{name}' for name in WRITTEN)}, {DOCUMENT_STATE}"

_CUT = {"content": f"left(d.content, {EXCERPT_CHARACTERS}) AS content"}
EXCERPT = f"""d.id, d.collection, {", ".join(_CUT.get(name, f"d.{name}") for name in WRITTEN)},
    octet_length(d.content) AS content_bytes, {DOCUMENT_STATE}"""
"""The same with the beginning of the content. PostgreSQL reads only so much of a long text."""


def document(row: dict[str, Any]) -> Document:
    """Return the document of a row with the DOCUMENT columns."""
    status = Status(row["status"])
    return Document(
        **{name: row[name] for name in WRITTEN},
        ref=DocumentRef.of_row(row["collection"], row["id"]),
        status=status,
        version=row["version"],
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
