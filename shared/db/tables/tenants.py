"""The table of tenants."""

from datetime import datetime
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Column, Field, SQLModel

from shared.db.tables.columns import now_column


class TenantRow(SQLModel, table=True):
    """A tenant and the model of its new collections.

    That of the tenant `default` is the embedding model whose state is `active`.
    """

    __tablename__ = "tenants"
    __table_args__: ClassVar[Any] = (
        sa.CheckConstraint("(name = 'default') = (model_id IS NULL)", name="tenants_model_check"),
        sa.CheckConstraint("weight > 0", name="tenants_weight_check"),
    )

    name: str = Field(sa_column=Column(sa.Text, primary_key=True))
    model_id: int | None = Field(
        sa_column=Column(
            sa.Integer, sa.ForeignKey("embedding_models.id"), nullable=True, unique=True
        )
    )
    weight: float = Field(sa_column=Column(sa.Double, nullable=False, server_default="1"))
    quotas: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False, server_default="{}"))
    limits: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False, server_default="{}"))
    created_at: datetime = Field(sa_column=now_column())
