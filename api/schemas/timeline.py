"""A document's way to `ready` on the wire."""

from datetime import datetime
from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from api.schemas.document_fields import DocumentCollection, DocumentId
from api.schemas.documents import ErrorOut
from shared.domain.documents.document import Lane, Status
from shared.domain.documents.timeline import EventKind, Role, Timeline, UnderModel
from shared.domain.files.file import FileStatus
from shared.domain.refs import DocumentRef


class TimelineEventOut(BaseModel):
    """What happened at a known time."""

    model_config = ConfigDict(from_attributes=True)

    at: datetime = Field(description="When it happened.")
    kind: EventKind = Field(
        description="What happened to the document under a model, or to the file that it is from. "
        "`queued`: it waits since then. `failed`: no retry is scheduled."
    )
    version: int | None = Field(
        description="The version of the document; null for events of its file.", examples=[1]
    )
    model: str | None = Field(
        description="The embedding model; null for events without one.", examples=["all-minilm"]
    )
    detail: str | None = Field(
        description="Why something failed, as a sentence; else null.", examples=[None]
    )


class OriginOut(BaseModel):
    """The file that a document is from."""

    id: str = Field(description="The file's id.", examples=["handbook/leave.pdf"])
    status: FileStatus = Field(
        description="`extracting` until its text is read, then the status of its documents: "
        "`pending` until all are embedded, `failed` if one of them is."
    )


class VectorsOut(BaseModel):
    """What is searchable under a model."""

    model_config = ConfigDict(from_attributes=True)

    embedded_at: datetime = Field(description="When the vectors were stored.")
    version: int = Field(
        description="The version of the document that they were made of.", examples=[1]
    )
    chunks: int = Field(description="How many vectors there are.", examples=[2])
    chunks_sent: int = Field(description="How many of them came with the document.", examples=[0])


class UnderModelOut(BaseModel):
    """How a document stands under a model now."""

    model: str = Field(description="The embedding model.", examples=["all-minilm"])
    role: Role = Field(
        description="`active`: searches use it. `building`: a migration embeds the collection "
        "under it. `previous`: it was active before."
    )
    status: Status = Field(description="The status of the document under this model.")
    queued_at: datetime | None = Field(
        description="Since when the document waits; null if nothing is owed."
    )
    lane: Lane | None = Field(description="Where it waits; null if nothing is owed.")
    claimed: bool = Field(description="Whether a worker has it right now.", examples=[False])
    attempts: int = Field(description="Failed attempts with this text.", examples=[0])
    error: ErrorOut | None = Field(description="The last failed attempt; null without one.")
    embedding: VectorsOut | None = Field(
        description="The searchable vectors; null before the first."
    )

    @classmethod
    def of(cls, found: UnderModel) -> Self:
        """Return a document under a model on the wire."""
        error, vectors = found.error, found.vectors
        return cls(
            model=found.model,
            role=found.role,
            status=found.status,
            queued_at=found.queued_at,
            lane=found.lane,
            claimed=found.claimed,
            attempts=found.attempts,
            error=ErrorOut.model_validate(error) if error else None,
            embedding=VectorsOut.model_validate(vectors) if vectors else None,
        )


class TimelineOut(BaseModel):
    """A document's way from its write to `ready`. What is not stored is left out."""

    id: DocumentId
    collection: DocumentCollection
    status: Status = Field(description="The status of the document.")
    version: int = Field(description="The version of the document.", examples=[1])
    lane: Lane = Field(description="The lane of its last text.")
    file: OriginOut | None = Field(
        description="The file that it is from; null if it is from none, and for a token with a "
        "filter."
    )
    events: list[TimelineEventOut] = Field(description="What happened, the oldest first.")
    models: list[UnderModelOut] = Field(
        description="How it stands under each model of its collection, the active one first."
    )

    @classmethod
    def of(cls, ref: DocumentRef, timeline: Timeline) -> Self:
        """Return a timeline on the wire."""
        document, file = timeline.document, timeline.file
        return cls(
            id=ref.id,
            collection=ref.collection.name,
            status=document.status,
            version=document.version,
            lane=document.lane,
            file=OriginOut(id=file.id, status=FileStatus(file.status)) if file else None,
            events=[TimelineEventOut.model_validate(event) for event in timeline.events()],
            models=[UnderModelOut.of(each) for each in timeline.models],
        )
