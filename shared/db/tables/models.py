"""The tables of embedding models, of their roles in collections, and of migrations."""

from datetime import datetime
from typing import Any, ClassVar

import sqlalchemy as sa
from pgvector.sqlalchemy import HALFVEC
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Column, Field, SQLModel

from shared.db.tables.columns import now_column, tenant_column, text_column, time_column


def _role_column(*, nullable: bool) -> Column[int]:
    return Column(sa.Integer, sa.ForeignKey("embedding_models.id"), nullable=nullable)


def _false_column() -> Column[bool]:
    return Column(sa.Boolean, nullable=False, server_default="false")


def _json_column() -> Column[Any]:
    return Column(JSONB, nullable=False, server_default="{}")


class EmbeddingModelRow(SQLModel, table=True):
    """An embedding model. Digest, dimensions and fingerprint come from its first response.

    Collections without a row of their own use the one whose state is `active`, the default.
    """

    __tablename__ = "embedding_models"
    __table_args__: ClassVar[Any] = (
        sa.Index(
            "embedding_models_active",
            "state",
            unique=True,
            postgresql_where=sa.text("state = 'active'"),
        ),
        sa.CheckConstraint(
            "state IN ('building', 'active', 'retired')", name="embedding_models_state_check"
        ),
    )

    id: int = Field(sa_column=Column(sa.Integer, sa.Identity(always=True), primary_key=True))
    tenant: str = Field(sa_column=tenant_column())
    name: str = Field(sa_column=text_column())
    document_prefix: str = Field(sa_column=Column(sa.Text, nullable=False, server_default=""))
    query_prefix: str = Field(sa_column=Column(sa.Text, nullable=False, server_default=""))
    cut_dimensions: int | None = Field(sa_column=Column(sa.Integer, nullable=True))
    chunk_tokens: int | None = Field(sa_column=Column(sa.Integer, nullable=True))
    state: str = Field(sa_column=text_column())
    digest: str | None = Field(sa_column=text_column(nullable=True))
    dimensions: int | None = Field(sa_column=Column(sa.Integer, nullable=True))
    fingerprint: list[float] | None = Field(sa_column=Column(HALFVEC, nullable=True))
    created_at: datetime = Field(sa_column=now_column())


class CollectionRow(SQLModel, table=True):
    """The models of a collection, by their roles. `flow` is what its jobs have in theirs.

    Searches use the active model. All three are embedded for each write.
    """

    __tablename__ = "collections"
    __table_args__: ClassVar[Any] = (
        sa.CheckConstraint(
            "active_model_id <> building_model_id AND active_model_id <> previous_model_id"
            " AND building_model_id <> previous_model_id",
            name="collections_roles_check",
        ),
    )

    name: str = Field(sa_column=Column(sa.Text, primary_key=True))
    active_model_id: int = Field(sa_column=_role_column(nullable=False))
    building_model_id: int | None = Field(sa_column=_role_column(nullable=True))
    previous_model_id: int | None = Field(sa_column=_role_column(nullable=True))
    flow: int = Field(
        sa_column=Column(
            sa.BigInteger, sa.Computed("hashtext(name)::bigint & 4294967295", persisted=True)
        )
    )


class ModelMigrationRow(SQLModel, table=True):
    """A change of a collection's model, how far it is, and what was measured on the way."""

    __tablename__ = "model_migrations"
    __table_args__: ClassVar[Any] = (
        sa.Index(
            "model_migrations_running",
            "collection",
            unique=True,
            postgresql_where=sa.text("state NOT IN ('done', 'aborted')"),
        ),
        sa.CheckConstraint("cutover IN ('auto', 'manual')", name="model_migrations_cutover_check"),
        sa.CheckConstraint(
            "state IN ('preparing', 'filling', 'ready', 'switched', 'rolled_back', 'dropping',"
            " 'aborting', 'done', 'aborted')",
            name="model_migrations_state_check",
        ),
    )

    id: int = Field(sa_column=Column(sa.BigInteger, sa.Identity(always=True), primary_key=True))
    number: int | None = Field(sa_column=Column(sa.BigInteger, nullable=True))
    collection: str = Field(sa_column=text_column())
    from_model_id: int = Field(sa_column=_role_column(nullable=False))
    to_model_id: int = Field(sa_column=_role_column(nullable=False))
    state: str = Field(sa_column=Column(sa.Text, nullable=False, server_default="preparing"))
    cutover: str = Field(sa_column=text_column())
    rollback_hours: float = Field(sa_column=Column(sa.Double, nullable=False))
    paused: bool = Field(sa_column=_false_column())
    cutover_asked: bool = Field(sa_column=_false_column())
    allowed_failures: list[str] = Field(
        sa_column=Column(sa.ARRAY(sa.Text), nullable=False, server_default="{}")
    )
    filled_to: int = Field(sa_column=Column(sa.BigInteger, nullable=False, server_default="0"))
    detail: str | None = Field(sa_column=text_column(nullable=True))
    preflight: dict[str, Any] = Field(sa_column=_json_column())
    progress: dict[str, Any] = Field(sa_column=_json_column())
    comparison: dict[str, Any] | None = Field(sa_column=Column(JSONB, nullable=True))
    queries_embedded_at: datetime | None = Field(sa_column=time_column())
    created_at: datetime = Field(sa_column=now_column())
    filled_at: datetime | None = Field(sa_column=time_column())
    switched_at: datetime | None = Field(sa_column=time_column())
    rollback_until: datetime | None = Field(sa_column=time_column())
    ended_at: datetime | None = Field(sa_column=time_column())
