"""The table of what happened in the last day, by minute."""

from datetime import datetime
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Column, Field, SQLModel


def _counts_column() -> Column[list[int]]:
    return Column(sa.ARRAY(sa.Integer), nullable=False, server_default="{}")


class ActivityRow(SQLModel, table=True):
    """What all processes have counted in a minute, of a tenant.

    The tenant '' has the calls of the model and the number of workers. It has a row for each minute
    in which a process ran. The arrays are histograms of durations, in the buckets of
    `shared/domain/operations/histogram.py`. `pending` counts jobs by lane. It and `workers` are
    null in minutes in which nobody could look.
    """

    __tablename__ = "activity"
    __table_args__: ClassVar[Any] = (sa.Index("activity_minute", "minute"),)

    tenant: str = Field(sa_column=Column(sa.Text, primary_key=True))
    minute: datetime = Field(sa_column=Column(sa.DateTime(timezone=True), primary_key=True))
    failed: int = Field(sa_column=Column(sa.Integer, nullable=False, server_default="0"))
    search: list[int] = Field(sa_column=_counts_column())
    write: list[int] = Field(sa_column=_counts_column())
    waiting: list[int] = Field(sa_column=_counts_column())
    embedding: list[int] = Field(sa_column=_counts_column())
    workers: int | None = Field(sa_column=Column(sa.Integer, nullable=True))
    pending: dict[str, int] | None = Field(sa_column=Column(JSONB, nullable=True))


class CollectionActivityRow(SQLModel, table=True):
    """What all processes have counted in a minute, of a collection, unless there was nothing.

    The columns are those of `activity`, whose rows include these counts. `pending` is null if
    nothing waited.
    """

    __tablename__ = "collection_activity"
    __table_args__: ClassVar[Any] = (sa.Index("collection_activity_minute", "minute"),)

    collection: str = Field(sa_column=Column(sa.Text, primary_key=True))
    minute: datetime = Field(sa_column=Column(sa.DateTime(timezone=True), primary_key=True))
    failed: int = Field(sa_column=Column(sa.Integer, nullable=False, server_default="0"))
    search: list[int] = Field(sa_column=_counts_column())
    write: list[int] = Field(sa_column=_counts_column())
    waiting: list[int] = Field(sa_column=_counts_column())
    pending: dict[str, int] | None = Field(sa_column=Column(JSONB, nullable=True))
