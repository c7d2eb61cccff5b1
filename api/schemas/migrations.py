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
    name: str
    dimensions: int | None
    chunk_tokens: int | None
    document_prefix: str
    query_prefix: str


class MigrationBody(Request):
    """The model that a collection changes to, and how.

    Prefixes are those that the model is known to want unless they are given.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [{"model": "embeddinggemma"}]})

    model: Annotated[str, Field(min_length=1, max_length=NAME_MAX_CHARACTERS)]
    dimensions: Annotated[
        int | None,
        Field(ge=1, le=INDEXED_DIMENSIONS_MAX, description="Cuts the vectors, if the model can."),
    ] = None
    chunk_tokens: Annotated[int | None, Field(ge=32, le=32_768)] = None
    document_prefix: Prefix = None
    query_prefix: Prefix = None
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
        Field(max_length=ALLOWED_FAILURES_MAX, default_factory=list),
    ]

    def checked(self) -> list[str]:
        """Return the ids; raises InvalidInput."""
        for number, id_ in enumerate(self.allow_failed):
            check_identifier(id_, "allow_failed", number)
        return self.allow_failed


class MigrationOut(BaseModel):
    """A migration. `detail` says what its next step waits for.

    `preflight` was estimated before the start. `progress` counts the documents under the new model.
    `comparison` tells how alike the first ten results of both models are for recent queries.
    `actions` are possible now.
    """

    model_config = ConfigDict(from_attributes=True, serialize_by_alias=True)

    id: int = Field(validation_alias="number", description="Counts those of the collection.")
    collection: CollectionName
    state: MigrationState
    paused: bool
    from_: ModelSummaryOut = Field(validation_alias="from_model", serialization_alias="from")
    to: ModelSummaryOut = Field(validation_alias="to_model")
    cutover: Cutover
    rollback_hours: float
    allow_failed: list[str] = Field(validation_alias="allowed_failures")
    detail: str | None
    preflight: dict[str, Any]
    progress: dict[str, Any]
    comparison: dict[str, Any] | None
    actions: list[MigrationAction]
    created_at: datetime
    filled_at: datetime | None
    switched_at: datetime | None
    rollback_until: datetime | None
    ended_at: datetime | None


class MigrationEventOut(BaseModel):
    """A migration that has changed."""

    model_config = ConfigDict(from_attributes=True)

    id: int = Field(validation_alias="number")
    collection: CollectionName
    state: MigrationState
    paused: bool
    progress: dict[str, Any]


class MigrationsOut(BaseModel):
    """The migrations of a collection, the newest first."""

    items: list[MigrationOut]
