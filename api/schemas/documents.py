"""Documents on the wire. A new field of a document is added to three classes here."""

from datetime import datetime
from typing import Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from api.schemas.agreement import agreed
from api.schemas.fields import EXAMPLE, Content, Identifier, Metadata, Request, Title
from shared.domain.documents.bulk_report import BulkReport
from shared.domain.documents.document import (
    DEFAULT_COLLECTION,
    Document,
    Lane,
    NewDocument,
    Status,
    new_id,
)
from shared.domain.documents.merge_patch import check_patch
from shared.domain.refs import DocumentRef

_REF = {"id", "collection"}


class DocumentBody(Request):
    """A whole document; `id` and `collection` may repeat those of the URL."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    id: Identifier | None = None
    collection: Identifier | None = None
    title: Title = None
    content: Content
    metadata: Metadata = Field(default_factory=dict)

    def document(self, id_: str | None, collection: str | None) -> NewDocument:
        """Return the document. `id_` and `collection` are those of the URL.

        Raises InvalidInput if body and URL contradict each other.
        """
        ref = DocumentRef(
            agreed("collection", self.collection, collection) or DEFAULT_COLLECTION,
            agreed("id", self.id, id_) or new_id(),
        )
        fields = {name: getattr(self, name) for name in type(self).model_fields if name not in _REF}
        return NewDocument(ref, **fields | {"title": self.title or None})


class DocumentPatch(Request):
    """A JSON merge patch (RFC 7396): null removes a title or a key of the metadata."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"title": "On ink", "metadata": {"year": None}}]}
    )

    id: Identifier | None = None
    collection: Identifier | None = None
    title: Title = None
    content: Content | None = None
    metadata: dict[str, Any] | None = None

    def changes(self, ref: DocumentRef) -> dict[str, Any]:
        """Return the changed fields.

        Raises InvalidInput for an impossible patch, or if body and URL contradict each other.
        """
        agreed("id", self.id, ref.id)
        agreed("collection", self.collection, ref.collection)
        changes = self.model_dump(exclude_unset=True, exclude={"id", "collection"})
        check_patch(changes)
        return changes


class ErrorOut(BaseModel):
    """The last failed attempt; `retry_at` is null if no retry is scheduled."""

    model_config = ConfigDict(from_attributes=True)

    code: str
    message: str
    attempts: int
    retry_at: datetime | None


class EmbeddingOut(BaseModel):
    """The searchable vectors, and the document version they were made of."""

    model_config = ConfigDict(from_attributes=True)

    model: str
    dimensions: int
    chunks: int
    version: int


class DocumentOut(BaseModel):
    """A stored document."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    collection: str
    title: str | None
    content: str
    metadata: dict[str, Any]
    status: Status
    version: int
    content_hash: Annotated[str, BeforeValidator(lambda digest: f"sha256:{digest.hex()}")]
    lane: Lane
    error: ErrorOut | None
    embedding: EmbeddingOut | None
    created_at: datetime
    updated_at: datetime
    ready_at: datetime | None

    @classmethod
    def of(cls, document: Document) -> Self:
        fields = {name: getattr(document, name) for name in cls.model_fields if name not in _REF}
        return cls(id=document.ref.id, collection=document.ref.collection, **fields)


class PageOut(BaseModel):
    """A page of documents, newest first."""

    items: list[DocumentOut]
    next_cursor: str | None


class RejectedLine(BaseModel):
    """A line, or element of the array, that is not a valid document. Lines count from 1."""

    line: int
    id: str | None
    error: str


class BulkOut(BaseModel):
    """The result of an import, with the first thousand rejections."""

    accepted: int
    unchanged: int
    rejected_count: int
    rejected: list[RejectedLine]

    @classmethod
    def of(cls, report: BulkReport) -> Self:
        return cls(
            accepted=report.accepted,
            unchanged=report.unchanged,
            rejected_count=report.rejected_count,
            rejected=[RejectedLine(line=r.line, id=r.id, error=r.error) for r in report.rejected],
        )


class StoppedImportOut(BulkOut):
    """The result of an import that ended early: the documents of the lines up to `line`."""

    line: int


class RetriedOut(BaseModel):
    """The number of failed documents that are pending again."""

    retried: int


class EventOut(BaseModel):
    """A change of a document. In events, `deleted` is a status."""

    id: str
    collection: str
    status: str
    version: int
