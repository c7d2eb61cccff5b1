"""Documents in lists, with the beginnings of their texts."""

from datetime import datetime
from typing import Any, Self

from pydantic import BaseModel, Field

from api.schemas.documents import DocumentOut, EmbeddingOut, ErrorOut
from shared.domain.documents.document import Status
from shared.domain.documents.listing import EXCERPT_CHARACTERS, Excerpt


class ExcerptOut(BaseModel):
    """A stored document with the beginning of its text. It cannot be sent as it was read."""

    id: str = Field(description="The document's id.", examples=["readme"])
    collection: str = Field(description="The document's collection.", examples=["default"])
    title: str | None = Field(
        description="The title; null if there is none.", examples=["About ink"]
    )
    excerpt: str = Field(
        description=f"The first {EXCERPT_CHARACTERS} characters of the text.",
        examples=["Ink dries in seconds; a document is"],
    )
    content_bytes: int = Field(description="The length of the text, in bytes.", examples=[4096])
    metadata: dict[str, Any] = Field(
        description="The metadata, as they were sent.", examples=[{"lang": "en", "year": 2026}]
    )
    status: Status = Field(description="Whether the document is embedded.")
    version: int = Field(description="The version.", examples=[1])
    error: ErrorOut | None = Field(
        description="The last failed attempt; null if there was none.", examples=[None]
    )
    embedding: EmbeddingOut | None = Field(
        description="The vectors that are searched; null before there are any."
    )
    created_at: datetime = Field(description="When the document was created.")
    updated_at: datetime = Field(description="When the document was last changed.")
    ready_at: datetime | None = Field(description="When the document became ready; null before.")

    @classmethod
    def of(cls, found: Excerpt) -> Self:
        whole = DocumentOut.of(found.document)
        same = {name: getattr(whole, name) for name in cls.model_fields if hasattr(whole, name)}
        return cls(**same, excerpt=whole.content, content_bytes=found.content_bytes)


class ExcerptPageOut(BaseModel):
    """A page of documents with the beginnings of their texts."""

    items: list[ExcerptOut] = Field(description="The documents of this page.")
    next_cursor: str | None = Field(
        description="The cursor of the next page; null on the last one.", examples=[None]
    )
