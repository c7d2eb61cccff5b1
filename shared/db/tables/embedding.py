"""The tables of jobs, embeddings and chunks."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

import sqlalchemy as sa
from pgvector.sqlalchemy import HALFVEC
from sqlalchemy.dialects.postgresql import BYTEA
from sqlmodel import Column, Field, SQLModel

from shared.db.tables.columns import (
    JOB_LANE_CHECK,
    document_key_column,
    model_id_column,
    now_column,
    text_column,
    time_column,
)


class JobRow(SQLModel, table=True):
    """A document's text that is to be embedded under a model. The row is the outbox.

    `import_key` is that of the import that wrote the text, if the model is the active one.
    `file_key` is that of the file whose text it is. An import counts its files, not their texts.
    """

    __tablename__ = "jobs"
    __table_args__: ClassVar[Any] = (
        sa.Index(
            "jobs_due",
            "model_id",
            "lane",
            "available_at",
            postgresql_where=sa.text("failed_at IS NULL"),
        ),
        sa.Index(
            "jobs_flow",
            "model_id",
            "lane",
            "flow",
            "available_at",
            postgresql_where=sa.text("failed_at IS NULL"),
        ),
        sa.Index(
            "jobs_leased",
            "model_id",
            "lane",
            "lease_until",
            postgresql_where=sa.text("lease_until IS NOT NULL"),
        ),
        sa.Index("jobs_failed", "document_key", postgresql_where=sa.text("failed_at IS NOT NULL")),
        sa.Index(
            "jobs_failed_model", "model_id", postgresql_where=sa.text("failed_at IS NOT NULL")
        ),
        sa.Index(
            "jobs_import",
            "import_key",
            "failed_at",
            postgresql_where=sa.text("import_key IS NOT NULL"),
        ),
        sa.Index(
            "jobs_import_file",
            "import_key",
            "file_key",
            postgresql_where=sa.text("import_key IS NOT NULL AND file_key IS NOT NULL"),
        ),
        sa.CheckConstraint(JOB_LANE_CHECK, name="jobs_lane_check"),
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

    document_key: int = Field(sa_column=document_key_column())
    model_id: int = Field(sa_column=model_id_column())
    version: int = Field(sa_column=Column(sa.BigInteger, nullable=False))
    lane: str = Field(sa_column=text_column())
    flow: int = Field(sa_column=Column(sa.BigInteger, nullable=False, server_default="0"))
    attempts: int = Field(sa_column=Column(sa.Integer, nullable=False, server_default="0"))
    queued_at: datetime = Field(sa_column=now_column())
    available_at: datetime = Field(sa_column=now_column())
    lease_until: datetime | None = Field(sa_column=time_column())
    lease_token: UUID | None = Field(sa_column=Column(sa.Uuid, nullable=True))
    error_code: str | None = Field(sa_column=text_column(nullable=True))
    error_message: str | None = Field(sa_column=text_column(nullable=True))
    failed_at: datetime | None = Field(sa_column=time_column())
    import_key: int | None = Field(sa_column=Column(sa.BigInteger, nullable=True))
    file_key: int | None = Field(sa_column=Column(sa.BigInteger, nullable=True))


class EmbeddingRow(SQLModel, table=True):
    """A document's embedding under a model: the text that was embedded, and when."""

    __tablename__ = "embeddings"
    __table_args__: ClassVar[Any] = (sa.Index("embeddings_model", "model_id", "document_key"),)

    document_key: int = Field(sa_column=document_key_column())
    model_id: int = Field(sa_column=model_id_column())
    version: int = Field(sa_column=Column(sa.BigInteger, nullable=False))
    content_hash: bytes = Field(sa_column=Column(BYTEA, nullable=False))
    chunks: int = Field(sa_column=Column(sa.Integer, nullable=False))
    embedded_at: datetime = Field(sa_column=now_column())


class ChunkRow(SQLModel, table=True):
    """A piece of a document's text, by offsets into its content, and its vector.

    The hash of the embedded text is part of the key, so an edit keeps the rows, and the index
    entries, of the pieces that did not change. Each model has a partial vector index, on vectors
    cast to its dimensions, so models of different dimensions can share the table. A vector that was
    `sent` with its document is not reused for others.
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
    sent: bool = Field(sa_column=Column(sa.Boolean, nullable=False, server_default="false"))
