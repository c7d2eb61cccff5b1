"""The table of the tenants' shares of the model."""

from typing import Any, ClassVar

import sqlalchemy as sa
from sqlmodel import Column, Field, SQLModel


def _milliseconds() -> Column[float]:
    return Column(sa.Double, nullable=False, server_default="0")


class TenantShareRow(SQLModel, table=True):
    """How much of the model a tenant has used in a lane, in milliseconds.

    `virtual_ms` is its virtual time, `started_ms` that at the start of its last claim, and
    `model_ms` the time that the model worked for it.
    """

    __tablename__ = "tenant_shares"
    __table_args__: ClassVar[Any] = (sa.Index("tenant_shares_started", "lane", "started_ms"),)

    tenant: str = Field(sa_column=Column(sa.Text, primary_key=True))
    lane: str = Field(sa_column=Column(sa.Text, primary_key=True))
    started_ms: float = Field(sa_column=_milliseconds())
    virtual_ms: float = Field(sa_column=_milliseconds())
    model_ms: float = Field(sa_column=_milliseconds())
