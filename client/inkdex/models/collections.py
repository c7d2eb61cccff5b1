"""Collections, their migrations to other models, and their webhooks."""

from datetime import datetime
from typing import Any

from pydantic import Field

from inkdex.models.answer import Answer


class ModelSummary(Answer):
    """An embedding model, and how documents are given to it."""

    id: int
    name: str
    dimensions: int | None
    chunk_tokens: int | None
    document_prefix: str
    query_prefix: str


class Collection(Answer):
    """A collection and its models."""

    name: str
    model: ModelSummary | None
    building: ModelSummary | None
    previous: ModelSummary | None
    paused_reason: str | None
    description: str | None = None
    language: str | None = None
    chunk_tokens: int | None = None
    documents: Any = None


class CollectionPage(Answer):
    """A page of collections by name."""

    items: list[Collection]
    next_cursor: str | None = None


class MigrationEstimate(Answer):
    """What a change of the model would take. Sizes are in bytes."""

    documents: int
    chunks: int
    tokens: int
    chunks_per_second: float | None
    seconds: float | None
    dimensions: int
    context_tokens: int | None
    table_bytes: int
    index_bytes: int
    assumed: str | None


class Migration(Answer):
    """A change of a collection's model."""

    id: int
    collection: str
    state: str
    paused: bool
    from_model: ModelSummary = Field(alias="from")
    to_model: ModelSummary = Field(alias="to")
    cutover: str
    rollback_hours: float
    allow_failed: list[str]
    detail: str | None
    preflight: dict[str, Any]
    progress: dict[str, Any]
    comparison: dict[str, Any] | None
    actions: list[str]
    created_at: datetime
    filled_at: datetime | None
    switched_at: datetime | None
    rollback_until: datetime | None
    ended_at: datetime | None


class Migrations(Answer):
    """The migrations of a collection, newest first."""

    items: list[Migration]


class Webhook(Answer):
    """Where the changes of a collection are sent. `secret` is there when it was made."""

    collection: str
    url: str
    state: str
    waiting: int
    failures: int
    result: str | None
    attempted_at: datetime | None
    delivered_at: datetime | None
    next_attempt_at: datetime | None
    created_at: datetime
    secret: str | None = None


class Webhooks(Answer):
    """All webhooks."""

    items: list[Webhook]
