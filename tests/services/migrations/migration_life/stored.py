"""What the database has: documents under each model, the models' roles, and migrations."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shared.db.documents.document_rows import STATE_JOINS, STATUS
from shared.db.kit.pool import Connection
from shared.db.migrations import migrations
from shared.domain.documents.document import Status
from shared.domain.models.migration import Migration
from shared.domain.refs import DocumentRef

_DOCUMENTS = f"""
SELECT d.key, d.collection, d.id, d.content, encode(d.content_hash, 'hex') AS content_hash,
    d.content_version, {STATUS} AS status, m.id AS active,
    (SELECT coalesce(json_object_agg(model_id, json_build_object('version', version,
        'lane', lane, 'failed', failed_at IS NOT NULL)), '{{}}')
        FROM jobs WHERE document_key = d.key) AS jobs,
    (SELECT coalesce(json_object_agg(model_id, json_build_object('version', version,
        'hash', encode(content_hash, 'hex'), 'chunks', chunks)), '{{}}')
        FROM embeddings WHERE document_key = d.key) AS embeddings,
    (SELECT coalesce(json_agg(json_build_object('model', model_id,
        'hash', encode(text_hash, 'hex'), 'vector', embedding::real[])), '[]')
        FROM chunks WHERE document_key = d.key) AS chunks,
    (SELECT status FROM events v WHERE v.collection = d.collection AND v.id = d.id
        ORDER BY xid DESC, seq DESC LIMIT 1) AS last_event
FROM documents d {STATE_JOINS}
"""
_ROLES = """
SELECT name, active_model_id AS active, building_model_id AS building,
    previous_model_id AS previous
FROM collections
"""


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """A document, and what each model has of it by the model's id."""

    key: int
    ref: DocumentRef
    content: str
    content_hash: str
    content_version: int
    status: Status
    active: int
    jobs: Mapping[int, Mapping[str, Any]]
    embeddings: Mapping[int, Mapping[str, Any]]
    chunks: Sequence[Mapping[str, Any]]
    last_event: str

    def is_fresh(self, model: int) -> bool:
        """Return whether the model has embedded the latest text."""
        return model in self.embeddings and self.embeddings[model]["hash"] == self.content_hash

    def is_ready(self, model: int) -> bool:
        return self.is_fresh(model) and model not in self.jobs

    def has_failed(self, model: int) -> bool:
        return model in self.jobs and bool(self.jobs[model]["failed"])

    def vectors(self, model: int) -> dict[str, Any]:
        """Return the vector of each chunk, by the hash of its text."""
        return {each["hash"]: each["vector"] for each in self.chunks if each["model"] == model}


@dataclass(frozen=True, slots=True)
class Roles:
    """The models of a collection."""

    active: int
    building: int | None = None
    previous: int | None = None

    @property
    def models(self) -> list[int]:
        every = (self.active, self.building, self.previous)
        return [model for model in every if model is not None]


@dataclass(frozen=True, slots=True)
class Stored:
    documents: Mapping[DocumentRef, StoredDocument]
    roles: Mapping[str, Roles]
    running: Mapping[str, Migration]

    def of(self, collection: str) -> list[StoredDocument]:
        return [each for ref, each in self.documents.items() if ref.collection.name == collection]


def read(connection: Connection) -> Stored:
    documents = map(_document, connection.execute(_DOCUMENTS).fetchall())
    return Stored(
        {document.ref: document for document in documents},
        {row.pop("name"): Roles(**row) for row in connection.execute(_ROLES).fetchall()},
        {each.collection.name: each for each in migrations.running(connection)},
    )


def _document(row: dict[str, Any]) -> StoredDocument:
    ref = DocumentRef.of_row(row.pop("collection"), row.pop("id"))
    by_model: dict[str, Any] = {
        name: {int(model): value for model, value in row.pop(name).items()}
        for name in ("jobs", "embeddings")
    }
    return StoredDocument(ref=ref, status=Status(row.pop("status")), **by_model, **row)
