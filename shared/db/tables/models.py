"""The table of embedding models."""

from datetime import datetime
from typing import Any, ClassVar

import sqlalchemy as sa
from pgvector.sqlalchemy import HALFVEC
from sqlmodel import Column, Field, SQLModel

from shared.db.tables.columns import now_column, text_column


class EmbeddingModelRow(SQLModel, table=True):
    """An embedding model. Digest, dimensions and fingerprint come from its first response."""

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
    name: str = Field(sa_column=text_column())
    document_prefix: str = Field(sa_column=Column(sa.Text, nullable=False, server_default=""))
    query_prefix: str = Field(sa_column=Column(sa.Text, nullable=False, server_default=""))
    state: str = Field(sa_column=text_column())
    digest: str | None = Field(sa_column=text_column(nullable=True))
    dimensions: int | None = Field(sa_column=Column(sa.Integer, nullable=True))
    fingerprint: list[float] | None = Field(sa_column=Column(HALFVEC, nullable=True))
    created_at: datetime = Field(sa_column=now_column())
