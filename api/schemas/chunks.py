"""The chunks of a document on the wire."""

from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from api.schemas.document_fields import DocumentCollection, DocumentId
from shared.domain.documents.chunks import DocumentChunks
from shared.domain.refs import DocumentRef


class ChunkOut(BaseModel):
    """A piece of the text that has a vector."""

    model_config = ConfigDict(from_attributes=True)

    start: int = Field(description="Where it starts in the text, in code points.", examples=[0])
    end: int = Field(description="Where it ends, exclusively.", examples=[1180])


class ChunksOut(BaseModel):
    """The chunks of a document under the active model of its collection."""

    id: DocumentId
    collection: DocumentCollection
    version: int | None = Field(
        description="The version of the document that the chunks are of; null before the first "
        "embedding.",
        examples=[1],
    )
    model: str | None = Field(
        description="The model of their vectors; null before the first embedding.",
        examples=["all-minilm"],
    )
    items: list[ChunkOut] = Field(
        description="The chunks in the order of the text. They may overlap. A text that occurs "
        "several times is one chunk."
    )

    @classmethod
    def of(cls, ref: DocumentRef, found: DocumentChunks) -> Self:
        """Return the chunks of a document on the wire."""
        return cls(
            id=ref.id,
            collection=ref.collection.name,
            version=found.version,
            model=found.model,
            items=[ChunkOut.model_validate(chunk) for chunk in found.chunks],
        )
