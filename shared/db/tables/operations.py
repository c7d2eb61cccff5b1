"""The table of workers."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Column, Field, SQLModel

from shared.db.tables.columns import now_column, text_column


class WorkerRow(SQLModel, table=True):
    """A worker's last heartbeat, and why it claims no work, if it does not.

    `models_paused` has the same by model, by the model's id. `tokens_per_second` is the speed of a
    request to the model server; null until there was one. The function `workers_wanted` reads both
    last columns.
    """

    __tablename__ = "workers"

    name: str = Field(sa_column=Column(sa.Text, primary_key=True))
    seen_at: datetime = Field(sa_column=now_column())
    started_at: datetime = Field(sa_column=now_column())
    paused_reason: str | None = Field(sa_column=text_column(nullable=True))
    models_paused: dict[str, str] = Field(
        sa_column=Column(JSONB, nullable=False, server_default="{}")
    )
    embedding_ms: list[float] = Field(
        sa_column=Column(sa.ARRAY(sa.REAL), nullable=False, server_default="{}")
    )
    tokens_per_second: float | None = Field(sa_column=Column(sa.REAL, nullable=True))
    requests_at_a_time: int = Field(
        sa_column=Column(sa.Integer, nullable=False, server_default="1")
    )
