"""The tables of events."""

from datetime import datetime
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlmodel import Column, Field, SQLModel

from shared.db.tables.columns import Xid8, now_column, text_column


class EventRow(SQLModel, table=True):
    """A change of a document's status or version.

    Events are ordered by transaction id first. A reader that stops below the oldest unfinished
    transaction misses nothing when it resumes. With a sequence alone it could, because a smaller
    number can be committed later.
    """

    __tablename__ = "events"
    __table_args__: ClassVar[Any] = (
        sa.Index("events_created_at", "created_at"),
        sa.Index("events_tenant", sa.text("tenant_of(collection)"), "xid", "seq"),
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
    collection: str = Field(sa_column=text_column())
    id: str = Field(sa_column=text_column())
    status: str = Field(sa_column=text_column())
    version: int = Field(sa_column=Column(sa.BigInteger, nullable=False))
    created_at: datetime = Field(sa_column=now_column())


class EventHorizonRow(SQLModel, table=True):
    """The position of the default tenant's last event that was deleted, in a single row."""

    __tablename__ = "event_horizon"
    __table_args__: ClassVar[Any] = (
        sa.CheckConstraint("singleton", name="event_horizon_has_one_row"),
    )

    singleton: bool = Field(
        sa_column=Column(sa.Boolean, primary_key=True, server_default="true", nullable=False)
    )
    xid: int = Field(sa_column=Column(Xid8, nullable=False))
    seq: int = Field(sa_column=Column(sa.BigInteger, nullable=False))


class TenantEventHorizonRow(SQLModel, table=True):
    """The same of each other tenant of which events were deleted."""

    __tablename__ = "tenant_event_horizons"

    tenant: str = Field(sa_column=Column(sa.Text, primary_key=True))
    xid: int = Field(sa_column=Column(Xid8, nullable=False))
    seq: int = Field(sa_column=Column(sa.BigInteger, nullable=False))
