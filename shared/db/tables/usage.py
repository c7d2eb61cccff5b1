"""The tables of what tenants have."""

from datetime import date

import sqlalchemy as sa
from sqlmodel import Column, Field, SQLModel

from shared.db.tables.columns import text_column

TODAY = "(now() AT TIME ZONE 'UTC')::date"


def _count_column() -> Column[int]:
    return Column(sa.BigInteger, nullable=False, server_default="0")


class TenantUsageRow(SQLModel, table=True):
    """What a tenant has, without the changes that are not summed up yet.

    `answers` are those of the day `answers_on`, in UTC.
    """

    __tablename__ = "tenant_usage"

    tenant: str = Field(sa_column=Column(sa.Text, primary_key=True))
    documents: int = Field(sa_column=_count_column())
    bytes: int = Field(sa_column=_count_column())
    chunks: int = Field(sa_column=_count_column())
    answers: int = Field(sa_column=_count_column())
    answers_on: date | None = Field(sa_column=Column(sa.Date, nullable=True))


class TenantUsageChangeRow(SQLModel, table=True):
    """What a statement has changed. Triggers add the rows, so that all versions are counted."""

    __tablename__ = "tenant_usage_changes"

    id: int = Field(sa_column=Column(sa.BigInteger, sa.Identity(always=True), primary_key=True))
    tenant: str = Field(sa_column=text_column())
    documents: int = Field(sa_column=_count_column())
    bytes: int = Field(sa_column=_count_column())
    chunks: int = Field(sa_column=_count_column())
    answers: int = Field(sa_column=_count_column())
    day: date = Field(sa_column=Column(sa.Date, nullable=False, server_default=sa.text(TODAY)))
