"""Documents in lists, with the beginnings of their texts."""

from typing import Self

from pydantic import BaseModel, Field

from api.schemas.document_fields import (
    CreatedAt,
    DocumentCollection,
    DocumentId,
    DocumentMetadata,
    DocumentStatus,
    DocumentTitle,
    DocumentVersion,
    ReadyAt,
    UpdatedAt,
)
from api.schemas.documents import DocumentOut, EmbeddingOut, ErrorOut
from shared.domain.documents.listing import EXCERPT_CHARACTERS, Excerpt


class ExcerptOut(BaseModel):
    """A stored document with the beginning of its text. It cannot be sent as it was read."""

    id: DocumentId
    collection: DocumentCollection
    title: DocumentTitle
    excerpt: str = Field(
        description=f"The first {EXCERPT_CHARACTERS} characters of the text.",
        examples=["Ink dries in seconds; a document is"],
    )
    content_bytes: int = Field(description="The length of the text, in bytes.", examples=[4096])
    metadata: DocumentMetadata
    status: DocumentStatus
    version: DocumentVersion
    error: ErrorOut | None = Field(
        description="The last failed attempt; null if there was none.", examples=[None]
    )
    embedding: EmbeddingOut | None = Field(
        description="The vectors that are searched; null before there are any."
    )
    created_at: CreatedAt
    updated_at: UpdatedAt
    ready_at: ReadyAt

    @classmethod
    def of(cls, found: Excerpt) -> Self:
        whole = DocumentOut.of(found.document)
        shared = cls.model_fields.keys() & DocumentOut.model_fields
        same = {name: getattr(whole, name) for name in shared}
        return cls(**same, excerpt=whole.content, content_bytes=found.content_bytes)


class ExcerptPageOut(BaseModel):
    """A page of documents with the beginnings of their texts."""

    items: list[ExcerptOut] = Field(description="The documents of this page.")
    next_cursor: str | None = Field(
        description="The cursor of the next page; null on the last one.", examples=[None]
    )
