"""The table of webhooks."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Column, Field, SQLModel

from shared.db.tables.columns import Xid8, now_column, text_column, time_column


class WebhookRow(SQLModel, table=True):
    """A URL that receives a collection's events, and the position of the last one delivered."""

    __tablename__ = "webhooks"
    __table_args__: ClassVar[Any] = (
        sa.CheckConstraint(
            "(lease_until IS NULL) = (lease_token IS NULL)", name="webhooks_lease_check"
        ),
    )

    collection: str = Field(sa_column=Column(sa.Text, primary_key=True))
    url: str = Field(sa_column=text_column())
    secret: str = Field(sa_column=text_column())
    xid: int = Field(sa_column=Column(Xid8, nullable=False))
    seq: int = Field(sa_column=Column(sa.BigInteger, nullable=False))
    paused: bool = Field(sa_column=Column(sa.Boolean, nullable=False, server_default="false"))
    failures: int = Field(sa_column=Column(sa.Integer, nullable=False, server_default="0"))
    next_attempt_at: datetime = Field(sa_column=now_column())
    lease_until: datetime | None = Field(sa_column=time_column())
    lease_token: UUID | None = Field(sa_column=Column(sa.Uuid, nullable=True))
    delivered_at: datetime | None = Field(sa_column=time_column())
    attempted_at: datetime | None = Field(sa_column=time_column())
    result: str | None = Field(sa_column=text_column(nullable=True))
    answer_seconds: float | None = Field(sa_column=Column(sa.REAL, nullable=True))
    created_at: datetime = Field(sa_column=now_column())
    updated_at: datetime = Field(sa_column=now_column())
