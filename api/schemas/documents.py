"""Documents on the wire. A new field of a document is added to three classes here."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from api.schemas.agreement import agreed
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
from api.schemas.fields import EXAMPLE, Content, Identifier, Metadata, Request, Title
from shared.domain.documents.bulk_report import BulkReport
from shared.domain.documents.document import (
    DEFAULT_COLLECTION,
    READ_ONLY_FIELDS,
    WRITTEN_FIELDS,
    Document,
    Lane,
    NewDocument,
    new_id,
)
from shared.domain.documents.merge_patch import check_patch
from shared.domain.refs import Collection, DocumentRef

_REF = {"id", "collection"}


def _describe_body(schema: dict[str, Any]) -> None:
    ignored = {"readOnly": True, "description": "Ignored; a document can be sent as it was read."}
    schema["examples"] = [EXAMPLE]
    schema["properties"] |= dict.fromkeys(sorted(READ_ONLY_FIELDS), ignored)


class DocumentBody(Request):
    """A whole document; `id` and `collection` may repeat those of the URL.

    The fields of a stored document that only Inkdex sets are ignored.
    """

    model_config = ConfigDict(json_schema_extra=_describe_body)

    id: Identifier | None = Field(
        default=None,
        description="The document's id: any text without NUL, except `.` and `..`.",
        examples=["readme"],
    )
    collection: Identifier | None = Field(
        default=None,
        description="The document's collection; that of the URL, or `default`, if omitted.",
        examples=["default"],
    )
    title: Title = Field(default=None, description="The title; null or omitted if there is none.")
    content: Content
    metadata: Metadata = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _ignore_read_only(cls, value: object) -> object:
        if not isinstance(value, dict) or READ_ONLY_FIELDS.isdisjoint(value):
            return value
        return {name: each for name, each in value.items() if name not in READ_ONLY_FIELDS}

    def collection_name(self, in_url: str | None) -> str:
        """Return the name of the collection; raises InvalidInput if the URL contradicts it."""
        return agreed("collection", self.collection, in_url) or DEFAULT_COLLECTION

    def document(self, id_: str | None, collection: Collection) -> NewDocument:
        """Return the document. `id_` is that of the URL.

        Raises InvalidInput if the body contradicts one of them.
        """
        agreed("collection", self.collection, collection.name)
        ref = DocumentRef(collection, agreed("id", self.id, id_) or new_id())
        fields = {name: getattr(self, name) for name in WRITTEN_FIELDS}
        return NewDocument(ref, **fields | {"title": self.title or None})


class BulkLine(DocumentBody):
    """A document of an import. It may be a line of an export, whose `cursor` is ignored.

    `vectors` are used instead of the model if the same model made them for the same chunks.
    """

    vectors: Annotated[
        Any, Field(description="As an export with `vectors=true` has them.", examples=[None])
    ] = None
    cursor: Annotated[Any, Field(description="Ignored.", examples=[None])] = None


class DocumentPatch(Request):
    """A JSON merge patch (RFC 7396): null removes a title or a key of the metadata."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"title": "On ink", "metadata": {"year": None}}]}
    )

    id: Identifier | None = Field(
        default=None, description="The document's id; only as in the URL.", examples=["readme"]
    )
    collection: Identifier | None = Field(
        default=None,
        description="The document's collection; only as in the URL.",
        examples=["default"],
    )
    title: Title = Field(default=None, description="The new title; null removes it.")
    content: Content | None = Field(
        default=None, description="The new text.", examples=["Ink dries in seconds."]
    )
    metadata: dict[str, Any] | None = Field(
        default=None,
        description="A merge patch of the metadata; null removes a key.",
        examples=[{"year": 2026}],
    )

    def changes(self, ref: DocumentRef) -> dict[str, Any]:
        """Return the changed fields.

        Raises InvalidInput for an impossible patch, or if body and URL contradict each other.
        """
        agreed("id", self.id, ref.id)
        agreed("collection", self.collection, ref.collection.name)
        changes = self.model_dump(exclude_unset=True, exclude={"id", "collection"})
        check_patch(changes)
        return changes


class ErrorOut(BaseModel):
    """The last failed attempt; `retry_at` is null if no retry is scheduled."""

    model_config = ConfigDict(from_attributes=True)

    code: str = Field(description="What went wrong, as a word.", examples=["timeout"])
    message: str = Field(
        description="What went wrong, as a sentence.",
        examples=["The model server did not answer in time."],
    )
    attempts: int = Field(description="How often it was tried.", examples=[1])
    retry_at: datetime | None = Field(
        description="When it is tried again; null if that is not planned."
    )


class EmbeddingOut(BaseModel):
    """The searchable vectors, and the document version they were made of."""

    model_config = ConfigDict(from_attributes=True)

    model: str = Field(description="The embedding model.", examples=["all-minilm"])
    dimensions: int = Field(description="The length of the vectors.", examples=[384])
    chunks: int = Field(description="The number of chunks, each with a vector.", examples=[1])
    version: int = Field(
        description="The version of the document that they were made of.", examples=[1]
    )


class DocumentOut(BaseModel):
    """A stored document."""

    model_config = ConfigDict(from_attributes=True)

    id: DocumentId
    collection: DocumentCollection
    title: DocumentTitle
    content: str = Field(
        description="The text.",
        examples=["Ink dries in seconds; a document is searchable as soon as it does."],
    )
    metadata: DocumentMetadata
    status: DocumentStatus
    version: DocumentVersion
    content_hash: Annotated[str, BeforeValidator(lambda digest: f"sha256:{digest.hex()}")] = Field(
        description="The hash of title and text.",
        examples=["sha256:1b4f0e9851971998e732078544c96b36c3d01cedf7caa332359d6f1d83567014"],
    )
    lane: Lane = Field(description="The queue in which the document waits, or waited.")
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
    def of(cls, document: Document) -> Self:
        fields = {name: getattr(document, name) for name in cls.model_fields if name not in _REF}
        return cls(id=document.ref.id, collection=document.ref.collection.name, **fields)


class PageOut(BaseModel):
    """A page of documents, newest first."""

    items: list[DocumentOut] = Field(description="The documents of this page.")
    next_cursor: str | None = Field(
        description="The cursor of the next page; null on the last one.", examples=[None]
    )


class RejectedLine(BaseModel):
    """A line, or element of the array, that is not a valid document. Lines count from 1."""

    line: int = Field(description="The number of the line, from 1.", examples=[3])
    id: str | None = Field(
        description="The id that the line names; null if it names none.", examples=["broken"]
    )
    error: str = Field(
        description="What is wrong with it.", examples=["content: must not be blank"]
    )


class Replace(StrEnum):
    """Which documents or files may be replaced."""

    ALL = "all"
    SAME_SOURCE = "same_source"


class BulkOut(BaseModel):
    """The result of an import, with the first thousand rejections.

    `replaced` counts the accepted documents that existed before. `vectors_taken` counts those that
    came with vectors; the import says how many of them are used. `GET /v1/imports/{id}` tells how
    many documents are ready.
    """

    model_config = ConfigDict(serialize_by_alias=True)

    import_: UUID | None = Field(
        serialization_alias="import", description="The import's id, for `GET /v1/imports/{id}`."
    )
    accepted: int = Field(description="How many documents were stored.", examples=[2])
    replaced: int = Field(description="How many of these existed before.", examples=[1])
    unchanged: int = Field(
        description="How many documents were already stored as they are.", examples=[0]
    )
    vectors_taken: int = Field(
        description="How many documents came with vectors that can be read.", examples=[0]
    )
    rejected_count: int = Field(description="How many lines are not valid documents.", examples=[0])
    rejected: list[RejectedLine] = Field(
        description="The first thousand of these lines.", examples=[[]]
    )

    @classmethod
    def of(cls, report: BulkReport, import_id: UUID | None) -> Self:
        return cls(
            import_=import_id,
            accepted=report.accepted,
            replaced=report.replaced,
            unchanged=report.unchanged,
            vectors_taken=report.vectors_taken,
            rejected_count=report.rejected_count,
            rejected=[RejectedLine(line=r.line, id=r.id, error=r.error) for r in report.rejected],
        )


class StoppedImportOut(BulkOut):
    """The result of an import that ended early: the documents of the lines up to `line`."""

    line: int = Field(
        description="The last line of which all before are stored or rejected.", examples=[2]
    )


class RetriedOut(BaseModel):
    """The number of failed documents that are pending again."""

    retried: int = Field(description="How many documents are pending again.", examples=[3])


class EventOut(BaseModel):
    """A change of a document. In events, `deleted` is a status."""

    id: DocumentId
    collection: DocumentCollection
    status: str = Field(description="The document's status, or `deleted`.", examples=["ready"])
    version: int = Field(description="The document's version.", examples=[1])
