"""Documents on the wire. A new field of a document is added to three classes here."""

from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from api.schemas.agreement import agreed
from api.schemas.fields import EXAMPLE, Content, Identifier, Metadata, Request, Title
from shared.domain.documents.bulk_report import BulkReport
from shared.domain.documents.document import (
    DEFAULT_COLLECTION,
    READ_ONLY_FIELDS,
    WRITTEN_FIELDS,
    Document,
    DocumentState,
    Lane,
    NewDocument,
    Status,
    new_id,
)
from shared.domain.documents.fetched import Fetched
from shared.domain.documents.merge_patch import check_patch
from shared.domain.documents.validation import check_identifier
from shared.domain.refs import Collection, DocumentRef

_REF = {"id", "collection"}
IDS_MAX = 1000
FETCHED_IDS_MAX = 200


def _describe_body(schema: dict[str, Any]) -> None:
    ignored = {"readOnly": True, "description": "Ignored; a document can be sent as it was read."}
    schema["examples"] = [EXAMPLE]
    schema["properties"] |= dict.fromkeys(sorted(READ_ONLY_FIELDS), ignored)


class DocumentBody(Request):
    """A whole document; `id` and `collection` may repeat those of the URL.

    The fields of a stored document that only Inkdex sets are ignored.
    """

    model_config = ConfigDict(json_schema_extra=_describe_body)

    id: Identifier | None = None
    collection: Identifier | None = None
    title: Title = None
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
        agreed("collection", self.collection, ref.collection.name)
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
        return cls(id=document.ref.id, collection=document.ref.collection.name, **fields)


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
    """The result of an import, with the first thousand rejections.

    `replaced` counts the accepted documents that existed before. `vectors_taken` counts those that
    came with vectors; the import says how many of them are used. `GET /v1/imports/{id}` tells how
    many documents are ready.
    """

    model_config = ConfigDict(serialize_by_alias=True)

    import_: UUID | None = Field(serialization_alias="import", description="The import's id.")
    accepted: int
    replaced: int
    unchanged: int
    vectors_taken: int
    rejected_count: int
    rejected: list[RejectedLine]

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

    line: int


class StatesBody(Request):
    """The ids of the documents whose states are asked for; `collection` may be in the URL."""

    collection: Identifier | None = None
    ids: Annotated[list[Identifier], Field(max_length=IDS_MAX)]

    def collection_name(self, in_url: str | None) -> str:
        """Return the name of the collection; raises InvalidInput."""
        chosen = agreed("collection", self.collection, in_url) or DEFAULT_COLLECTION
        check_identifier(chosen, "collection")
        return chosen

    def checked_ids(self) -> list[str]:
        """Return the ids; raises InvalidInput."""
        for index, id_ in enumerate(self.ids):
            check_identifier(id_, "ids", index)
        return self.ids


class FetchBody(StatesBody):
    """The ids of the documents that are asked for; `collection` may be in the URL."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"ids": ["readme", "changelog"]}]})

    ids: Annotated[list[Identifier], Field(max_length=FETCHED_IDS_MAX)]


class FetchedOut(BaseModel):
    """Documents in the order of the request, each once.

    `missing` do not exist. `left_out` exist and did not fit: ask for them again.
    """

    items: list[DocumentOut]
    missing: list[str]
    left_out: list[str]

    @classmethod
    def of(cls, fetched: Fetched) -> Self:
        items = [DocumentOut.of(document) for document in fetched.documents]
        return cls(items=items, missing=fetched.missing, left_out=fetched.left_out)


class StateOut(BaseModel):
    """A document's status, and the error of its last failed attempt."""

    id: str
    status: Status
    error_code: str | None
    error_message: str | None

    model_config = ConfigDict(from_attributes=True)


class StatesOut(BaseModel):
    """The states of the documents that exist, in no order."""

    items: list[StateOut]

    @classmethod
    def of(cls, states: list[DocumentState]) -> Self:
        return cls(items=[StateOut.model_validate(state) for state in states])


class RetriedOut(BaseModel):
    """The number of failed documents that are pending again."""

    retried: int


class EventOut(BaseModel):
    """A change of a document. In events, `deleted` is a status."""

    id: str
    collection: str
    status: str
    version: int
