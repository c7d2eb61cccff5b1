"""Documents on the wire, and what becomes of them."""

from datetime import datetime
from typing import Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from api.schemas.fields import EXAMPLE, Content, Identifier, Metadata, Request, Title
from shared.domain.documents.document import Document, Lane, Status


class DocumentBody(Request):
    """A whole document; `id` and `collection` may repeat those of the URL."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    id: Identifier | None = None
    collection: Identifier | None = None
    title: Title = None
    content: Content
    metadata: Metadata = Field(default_factory=dict)


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


class ErrorOut(BaseModel):
    """The last failed attempt; `retry_at` is null when no other will follow by itself."""

    model_config = ConfigDict(from_attributes=True)

    code: str
    message: str
    attempts: int
    retry_at: datetime | None


class EmbeddingOut(BaseModel):
    """The vectors that are searchable now, and the version of the document they were made of."""

    model_config = ConfigDict(from_attributes=True)

    model: str
    dimensions: int
    chunks: int
    version: int


class DocumentOut(BaseModel):
    """A document and where it stands."""

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
        """Return the wire form of a stored document."""
        return cls.model_validate(document)


class PageOut(BaseModel):
    """A page of documents, newest first."""

    items: list[DocumentOut]
    next_cursor: str | None


class RejectedLine(BaseModel):
    """A line (or element of the array), counted from 1, that can't be a document."""

    line: int
    id: str | None
    error: str


class BulkOut(BaseModel):
    """What became of an import; of the rejections the first thousand are listed."""

    accepted: int
    unchanged: int
    rejected_count: int
    rejected: list[RejectedLine]


class RetriedOut(BaseModel):
    """How many failed documents are pending again."""

    retried: int


class EventOut(BaseModel):
    """A change of a document; `deleted` is a status here."""

    id: str
    collection: str
    status: str
    version: int
