"""The tables. Alembic keeps the database equal to them; statements are in the modules beside."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

import sqlalchemy as sa
from pgvector.sqlalchemy import HALFVEC
from sqlalchemy.dialects.postgresql import BYTEA, JSONB, TSVECTOR
from sqlalchemy.types import UserDefinedType
from sqlmodel import Column, Field, SQLModel


class Xid8(UserDefinedType[int]):
    """PostgreSQL's 64-bit transaction id, which never wraps around."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:  # noqa: ANN401 - SQLAlchemy's signature
        """Return the type's name in DDL."""
        return "xid8"


def _now() -> Column[datetime]:
    return Column(sa.DateTime(timezone=True), nullable=False, server_default=sa.text("now()"))


def _time() -> Column[datetime]:
    return Column(sa.DateTime(timezone=True), nullable=True)


def _text(*, nullable: bool = False) -> Column[str]:
    return Column(sa.Text, nullable=nullable)


def _of(table: str, *, primary_key: bool = True) -> Column[int]:
    key = sa.ForeignKey(
        f"{table}.key" if table == "documents" else f"{table}.id", ondelete="CASCADE"
    )
    kind = sa.BigInteger if table == "documents" else sa.Integer
    return Column(kind, key, primary_key=primary_key, nullable=False, autoincrement=False)


LANE_CHECK = "lane IN ('interactive', 'bulk')"


class DocumentRow(SQLModel, table=True):
    """A document as its writer left it. Whether it is ready is told by `jobs` and `embeddings`."""

    __tablename__ = "documents"
    __table_args__: ClassVar[Any] = (
        sa.UniqueConstraint("collection", "id", name="documents_collection_id_key"),
        sa.Index("documents_collection_newest", "collection", "key"),
        sa.Index(
            "documents_metadata",
            "metadata",
            postgresql_using="gin",
            postgresql_ops={"metadata": "jsonb_path_ops"},
            postgresql_with={"fastupdate": "off"},
        ),
        sa.CheckConstraint("content <> ''", name="documents_content_check"),
        sa.CheckConstraint("jsonb_typeof(metadata) = 'object'", name="documents_metadata_check"),
        sa.CheckConstraint("octet_length(content_hash) = 32", name="documents_hash_check"),
        sa.CheckConstraint(LANE_CHECK, name="documents_lane_check"),
    )

    key: int = Field(sa_column=Column(sa.BigInteger, sa.Identity(always=True), primary_key=True))
    collection: str = Field(sa_column=_text())
    id: str = Field(sa_column=_text())
    title: str | None = Field(sa_column=_text(nullable=True))
    content: str = Field(sa_column=_text())
    metadata_: dict[str, Any] = Field(sa_column=Column("metadata", JSONB, nullable=False))
    content_hash: bytes = Field(sa_column=Column(BYTEA, nullable=False))
    version: int = Field(sa_column=Column(sa.BigInteger, nullable=False, server_default="1"))
    content_version: int = Field(
        sa_column=Column(sa.BigInteger, nullable=False, server_default="1")
    )
    lane: str = Field(sa_column=_text())
    created_at: datetime = Field(sa_column=_now())
    updated_at: datetime = Field(sa_column=_now())


class DocumentTextRow(SQLModel, table=True):
    """What text search reads of a document, apart from it.

    So edits of metadata leave the index alone, and ranking reads narrow rows.
    """

    __tablename__ = "document_texts"
    __table_args__: ClassVar[Any] = (
        sa.Index(
            "document_texts_lexemes",
            "lexemes",
            postgresql_using="gin",
            postgresql_with={"fastupdate": "off"},
        ),
    )

    document_key: int = Field(sa_column=_of("documents"))
    collection: str = Field(sa_column=_text())
    language: str = Field(sa_column=_text())
    length: int = Field(sa_column=Column(sa.Integer, nullable=False))
    lexemes: str = Field(sa_column=Column(TSVECTOR, nullable=False))


class TextLanguageRow(SQLModel, table=True):
    """A text search configuration that some document's lexemes were made by."""

    __tablename__ = "text_languages"

    language: str = Field(sa_column=Column(sa.Text, primary_key=True))


class LexemeFrequencyRow(SQLModel, table=True):
    """About how many documents a lexeme is in; rare ones are not listed."""

    __tablename__ = "lexeme_frequencies"

    lexeme: str = Field(sa_column=Column(sa.Text(collation="C"), primary_key=True))
    documents: float = Field(sa_column=Column(sa.Double, nullable=False))


class TextStatisticsRow(SQLModel, table=True):
    """What is known of all texts together; the frequencies are of the same moment.

    `unlisted_documents` stands for the frequency of lexemes that are not listed, `changes` for
    the writes that the table of texts had seen.
    """

    __tablename__ = "text_statistics"
    __table_args__: ClassVar[Any] = (
        sa.CheckConstraint("id = 1", name="text_statistics_one_row_check"),
    )

    id: int = Field(sa_column=Column(sa.Integer, primary_key=True, autoincrement=False))
    documents: float = Field(sa_column=Column(sa.Double, nullable=False))
    average_length: float = Field(sa_column=Column(sa.Double, nullable=False))
    unlisted_documents: float = Field(sa_column=Column(sa.Double, nullable=False))
    changes: int = Field(sa_column=Column(sa.BigInteger, nullable=False))
    refreshed_at: datetime = Field(sa_column=_now())


class EmbeddingModelRow(SQLModel, table=True):
    """An embedding model; digest, dimensions and fingerprint are learned at its first answer."""

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
    name: str = Field(sa_column=_text())
    document_prefix: str = Field(sa_column=Column(sa.Text, nullable=False, server_default=""))
    query_prefix: str = Field(sa_column=Column(sa.Text, nullable=False, server_default=""))
    state: str = Field(sa_column=_text())
    digest: str | None = Field(sa_column=_text(nullable=True))
    dimensions: int | None = Field(sa_column=Column(sa.Integer, nullable=True))
    fingerprint: list[float] | None = Field(sa_column=Column(HALFVEC, nullable=True))
    created_at: datetime = Field(sa_column=_now())


class JobRow(SQLModel, table=True):
    """One embedding that is owed: this document's text under this model. The row is the outbox."""

    __tablename__ = "jobs"
    __table_args__: ClassVar[Any] = (
        sa.Index(
            "jobs_due",
            "model_id",
            "lane",
            "available_at",
            postgresql_where=sa.text("failed_at IS NULL"),
        ),
        sa.Index("jobs_failed", "document_key", postgresql_where=sa.text("failed_at IS NOT NULL")),
        sa.CheckConstraint(LANE_CHECK, name="jobs_lane_check"),
        sa.CheckConstraint(
            "(lease_until IS NULL) = (lease_token IS NULL)", name="jobs_lease_check"
        ),
        sa.CheckConstraint(
            "(error_code IS NULL) = (error_message IS NULL)", name="jobs_error_check"
        ),
        sa.CheckConstraint(
            "failed_at IS NULL OR (error_code IS NOT NULL AND lease_until IS NULL)",
            name="jobs_failed_check",
        ),
    )

    document_key: int = Field(sa_column=_of("documents"))
    model_id: int = Field(sa_column=_of("embedding_models"))
    version: int = Field(sa_column=Column(sa.BigInteger, nullable=False))
    lane: str = Field(sa_column=_text())
    attempts: int = Field(sa_column=Column(sa.Integer, nullable=False, server_default="0"))
    queued_at: datetime = Field(sa_column=_now())
    available_at: datetime = Field(sa_column=_now())
    lease_until: datetime | None = Field(sa_column=_time())
    lease_token: UUID | None = Field(sa_column=Column(sa.Uuid, nullable=True))
    error_code: str | None = Field(sa_column=_text(nullable=True))
    error_message: str | None = Field(sa_column=_text(nullable=True))
    failed_at: datetime | None = Field(sa_column=_time())


class EmbeddingRow(SQLModel, table=True):
    """A document's embedding under a model: which text it was made of, and when."""

    __tablename__ = "embeddings"

    document_key: int = Field(sa_column=_of("documents"))
    model_id: int = Field(sa_column=_of("embedding_models"))
    version: int = Field(sa_column=Column(sa.BigInteger, nullable=False))
    content_hash: bytes = Field(sa_column=Column(BYTEA, nullable=False))
    chunks: int = Field(sa_column=Column(sa.Integer, nullable=False))
    embedded_at: datetime = Field(sa_column=_now())


class ChunkRow(SQLModel, table=True):
    """A piece of a document's text, by offsets into its content, and its vector.

    Its key is the hash of what was embedded, so that an edit leaves the rows, and the index
    entries, of the pieces it did not touch.
    Models of different dimensions share the table: each has an index of its own on the
    vector cast to its dimensions, partial on the model.
    """

    __tablename__ = "chunks"
    __table_args__: ClassVar[Any] = (
        sa.ForeignKeyConstraint(
            ["document_key", "model_id"],
            ["embeddings.document_key", "embeddings.model_id"],
            ondelete="CASCADE",
            name="chunks_embedding_fkey",
        ),
        sa.Index("chunks_text_hash", "text_hash", "model_id"),
    )

    document_key: int = Field(
        sa_column=Column(sa.BigInteger, primary_key=True, autoincrement=False)
    )
    model_id: int = Field(sa_column=Column(sa.Integer, primary_key=True, autoincrement=False))
    text_hash: bytes = Field(sa_column=Column(BYTEA, primary_key=True))
    start_offset: int = Field(sa_column=Column(sa.Integer, nullable=False))
    end_offset: int = Field(sa_column=Column(sa.Integer, nullable=False))
    embedding: list[float] = Field(sa_column=Column(HALFVEC, nullable=False))


class EventRow(SQLModel, table=True):
    """A change of a document that listeners hear of.

    Ordered by transaction id first: a reader that stops below the oldest transaction under
    way can resume from where it stopped and miss nothing, which a bare sequence can't promise.
    """

    __tablename__ = "events"
    __table_args__: ClassVar[Any] = (
        sa.Index("events_created_at", "created_at"),
        sa.Index(
            "events_told",
            "collection",
            "xid",
            "seq",
            postgresql_where=sa.text("status IN ('ready', 'failed')"),
        ),
    )

    xid: int = Field(
        sa_column=Column(Xid8, primary_key=True, server_default=sa.text("pg_current_xact_id()"))
    )
    seq: int = Field(sa_column=Column(sa.BigInteger, sa.Identity(always=True), primary_key=True))
    collection: str = Field(sa_column=_text())
    id: str = Field(sa_column=_text())
    status: str = Field(sa_column=_text())
    version: int = Field(sa_column=Column(sa.BigInteger, nullable=False))
    created_at: datetime = Field(sa_column=_now())


class WorkerRow(SQLModel, table=True):
    """A worker's last sign of life and its view of the model server."""

    __tablename__ = "workers"

    name: str = Field(sa_column=Column(sa.Text, primary_key=True))
    seen_at: datetime = Field(sa_column=_now())
    started_at: datetime = Field(sa_column=_now())
    paused_reason: str | None = Field(sa_column=_text(nullable=True))
    embedding_ms: list[float] = Field(
        sa_column=Column(sa.ARRAY(sa.REAL), nullable=False, server_default="{}")
    )


class WebhookRow(SQLModel, table=True):
    """A URL that is told of a collection's events, and up to where it was."""

    __tablename__ = "webhooks"
    __table_args__: ClassVar[Any] = (
        sa.CheckConstraint(
            "(lease_until IS NULL) = (lease_token IS NULL)", name="webhooks_lease_check"
        ),
    )

    collection: str = Field(sa_column=Column(sa.Text, primary_key=True))
    url: str = Field(sa_column=_text())
    secret: str = Field(sa_column=_text())
    xid: int = Field(sa_column=Column(Xid8, nullable=False))
    seq: int = Field(sa_column=Column(sa.BigInteger, nullable=False))
    paused: bool = Field(sa_column=Column(sa.Boolean, nullable=False, server_default="false"))
    failures: int = Field(sa_column=Column(sa.Integer, nullable=False, server_default="0"))
    next_attempt_at: datetime = Field(sa_column=_now())
    lease_until: datetime | None = Field(sa_column=_time())
    lease_token: UUID | None = Field(sa_column=Column(sa.Uuid, nullable=True))
    delivered_at: datetime | None = Field(sa_column=_time())
    attempted_at: datetime | None = Field(sa_column=_time())
    result: str | None = Field(sa_column=_text(nullable=True))
    created_at: datetime = Field(sa_column=_now())
    updated_at: datetime = Field(sa_column=_now())
