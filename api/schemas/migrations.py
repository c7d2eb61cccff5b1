"""Models of collections and migrations on the wire."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from api.schemas.fields import CollectionName, Request
from shared.domain.documents.validation import (
    ID_MAX_CHARACTERS,
    check_identifier,
    check_text,
)
from shared.domain.models.embedding_model import INDEXED_DIMENSIONS_MAX
from shared.domain.models.identity import BY_NAME, identify
from shared.domain.models.migration import (
    Cutover,
    MigrationAction,
    MigrationRequest,
    MigrationState,
)
from shared.domain.refs import Collection

NAME_MAX_CHARACTERS = 300
PREFIX_MAX_CHARACTERS = 1000
ALLOWED_FAILURES_MAX = 1000
Prefix = Annotated[str | None, Field(max_length=PREFIX_MAX_CHARACTERS)]


class ModelSummaryOut(BaseModel):
    """An embedding model and how documents are given to it."""

    model_config = ConfigDict(from_attributes=True)

    id: int = Field(validation_alias="number", description="Counts the models of the tenant.")
    name: str = Field(description="The name of the model.", examples=["all-minilm"])
    dimensions: int | None = Field(
        description="The length of its vectors; null before it is known.", examples=[384]
    )
    chunk_tokens: int | None = Field(
        description="The most tokens of a chunk; null before it is known.", examples=[256]
    )
    document_prefix: str = Field(
        description="What is put before each chunk of a document.", examples=[""]
    )
    query_prefix: str = Field(description="What is put before each query.", examples=[""])


class MigrationBody(Request):
    """The model that a collection changes to, and how.

    Prefixes are those that the model is known to want unless they are given.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [{"model": "embeddinggemma"}]})

    model: Annotated[
        str,
        Field(
            min_length=1,
            max_length=NAME_MAX_CHARACTERS,
            description="The name of the new model.",
            examples=["embeddinggemma"],
        ),
    ]
    dimensions: Annotated[
        int | None,
        Field(ge=1, le=INDEXED_DIMENSIONS_MAX, description="Cuts the vectors, if the model can."),
    ] = None
    chunk_tokens: Annotated[
        int | None,
        Field(
            ge=32,
            le=32_768,
            description="The most tokens of a chunk; as before if omitted.",
            examples=[256],
        ),
    ] = None
    document_prefix: Prefix = Field(
        default=None, description="What is put before each chunk of a document."
    )
    query_prefix: Prefix = Field(default=None, description="What is put before each query.")
    cutover: Annotated[
        Cutover,
        Field(strict=False, description="`manual` waits until the cut-over is asked for."),
    ] = Cutover.AUTO
    rollback_hours: Annotated[
        float, Field(ge=0, le=8760, description="How long the way back is kept open.")
    ] = 24.0

    def request(self, collection: Collection, chunk_tokens: int) -> MigrationRequest:
        """Return what is asked for. Chunks have `chunk_tokens` unless the body says otherwise."""
        for field in ("model", "document_prefix", "query_prefix"):
            check_text(getattr(self, field) or "", field)
        identity = identify(
            self.model,
            BY_NAME if self.document_prefix is None else self.document_prefix,
            BY_NAME if self.query_prefix is None else self.query_prefix,
            self.dimensions,
            self.chunk_tokens or chunk_tokens,
        )
        return MigrationRequest(collection, identity, self.cutover, self.rollback_hours)


class ActionBody(Request):
    """Documents that may fail under the new model, by id. Only a cut-over reads them."""

    allow_failed: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=ID_MAX_CHARACTERS)]],
        Field(
            max_length=ALLOWED_FAILURES_MAX,
            default_factory=list,
            description="The ids of documents that may fail under the new model.",
        ),
    ]

    def checked(self) -> list[str]:
        """Return the ids; raises InvalidInput."""
        for number, id_ in enumerate(self.allow_failed):
            check_identifier(id_, "allow_failed", number)
        return self.allow_failed


class MigrationEstimateOut(BaseModel):
    """What a change of the model would take. Sizes are in bytes."""

    model_config = ConfigDict(from_attributes=True)

    documents: int = Field(description="Documents to embed again.", examples=[1200])
    chunks: int = Field(description="Their chunks, estimated from a sample.", examples=[3100])
    tokens: int = Field(description="The tokens of these chunks.", examples=[640_000])
    chunks_per_second: float | None = Field(
        description="How fast the model embedded some of them; null if it rejected them.",
        examples=[32.5],
    )
    seconds: float | None = Field(
        description="How long it takes if nothing else is embedded.", examples=[95.0]
    )
    dimensions: int = Field(description="The length of its vectors.", examples=[384])
    context_tokens: int | None = Field(
        description="The most tokens that the model reads; null if it does not say.",
        examples=[512],
    )
    table_bytes: int = Field(description="The size of the vectors.", examples=[2_600_000])
    index_bytes: int = Field(description="The size of their index.", examples=[3_600_000])
    assumed: str | None = Field(
        description="What is assumed, because the model is not known.", examples=[None]
    )


class MigrationOut(BaseModel):
    """A migration. `detail` says what its next step waits for.

    `preflight` was estimated before the start. `progress` counts the documents under the new model.
    `comparison` tells how alike the first ten results of both models are for recent queries.
    `actions` are possible now.
    """

    model_config = ConfigDict(from_attributes=True, serialize_by_alias=True)

    id: int = Field(validation_alias="number", description="Counts those of the collection.")
    collection: CollectionName = Field(
        description="The collection that changes its model.", examples=["default"]
    )
    state: MigrationState = Field(description="How far the migration is.")
    paused: bool = Field(description="Whether it is paused.", examples=[False])
    from_: ModelSummaryOut = Field(
        validation_alias="from_model", serialization_alias="from", description="The former model."
    )
    to: ModelSummaryOut = Field(validation_alias="to_model", description="The new model.")
    cutover: Cutover = Field(description="Who starts the cut-over.")
    rollback_hours: float = Field(
        description="How long the way back is kept open.", examples=[24.0]
    )
    allow_failed: list[str] = Field(
        validation_alias="allowed_failures",
        description="The ids of documents that may fail under the new model.",
        examples=[[]],
    )
    detail: str | None = Field(
        description="What the next step waits for; null if for nothing.", examples=[None]
    )
    preflight: dict[str, Any] = Field(
        description="What was estimated before the start.",
        examples=[{"documents": 1200, "chunks": 3100, "seconds": 95.0}],
    )
    progress: dict[str, Any] = Field(
        description="The documents under the new model, counted.",
        examples=[{"total": 1200, "embedded": 400, "pending": 800, "failed": 0}],
    )
    comparison: dict[str, Any] | None = Field(
        description="How alike the results of both models are; null before it is measured.",
        examples=[None],
    )
    actions: list[MigrationAction] = Field(description="What can be asked of the migration now.")
    created_at: datetime = Field(description="When the migration was started.")
    filled_at: datetime | None = Field(
        description="When all documents were embedded; null before.", examples=[None]
    )
    switched_at: datetime | None = Field(
        description="When searches changed to the new model; null before.", examples=[None]
    )
    rollback_until: datetime | None = Field(
        description="Until when it can be rolled back; null if it cannot.", examples=[None]
    )
    ended_at: datetime | None = Field(
        description="When the migration ended; null before.", examples=[None]
    )


class MigrationEventOut(BaseModel):
    """A migration that has changed."""

    model_config = ConfigDict(from_attributes=True)

    id: int = Field(
        validation_alias="number", description="Counts those of the collection.", examples=[1]
    )
    collection: CollectionName = Field(
        description="The collection that changes its model.", examples=["default"]
    )
    state: MigrationState = Field(description="How far the migration is.")
    paused: bool = Field(description="Whether it is paused.", examples=[False])
    progress: dict[str, Any] = Field(
        description="The documents under the new model, counted.",
        examples=[{"total": 1200, "embedded": 400, "pending": 800, "failed": 0}],
    )


class MigrationsOut(BaseModel):
    """The migrations of a collection, the newest first."""

    items: list[MigrationOut] = Field(description="The migrations, the newest first.")
