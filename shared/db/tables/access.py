"""The tables of keys and of the audit. Row-level security fences the tenants off in both."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import BYTEA, JSONB
from sqlmodel import Column, Field, SQLModel

from shared.db.tables.columns import now_column, text_column, time_column


class KeyRow(SQLModel, table=True):
    """A key's hash, and what it allows. After a rotation, two hashes are valid for a while."""

    __tablename__ = "keys"
    __table_args__: ClassVar[Any] = (
        sa.ForeignKeyConstraint(["tenant"], ["tenants.name"], name="keys_tenant_fkey"),
        sa.Index("keys_tenant", "tenant", "id"),
        sa.CheckConstraint("octet_length(hash) = 32", name="keys_hash_check"),
        sa.CheckConstraint(
            "(previous_hash IS NULL) = (previous_until IS NULL)", name="keys_previous_check"
        ),
    )

    id: str = Field(sa_column=Column(sa.Text, primary_key=True))
    tenant: str = Field(sa_column=text_column())
    name: str = Field(sa_column=text_column())
    hash: bytes = Field(sa_column=Column(BYTEA, nullable=False))
    previous_hash: bytes | None = Field(sa_column=Column(BYTEA, nullable=True))
    previous_until: datetime | None = Field(sa_column=time_column())
    scopes: list[Any] = Field(sa_column=Column(JSONB, nullable=False))
    expires_at: datetime | None = Field(sa_column=time_column())
    last_used_at: datetime | None = Field(sa_column=time_column())
    tokens_from: datetime | None = Field(sa_column=time_column())
    revoked_at: datetime | None = Field(sa_column=time_column())
    created_at: datetime = Field(sa_column=now_column())
    created_by: str = Field(sa_column=text_column())


class AuditRow(SQLModel, table=True):
    """What somebody did. A trigger refuses every change; the purge deletes what is old.

    The id is a UUIDv7, so it sorts by time and tells nobody how many others there are.
    """

    __tablename__ = "audit"
    __table_args__: ClassVar[Any] = (
        sa.Index("audit_tenant", "tenant", "id"),
        sa.Index("audit_at", "at"),
    )

    id: UUID = Field(sa_column=Column(sa.Uuid, primary_key=True))
    at: datetime = Field(sa_column=now_column())
    tenant: str = Field(sa_column=text_column())
    actor: str = Field(sa_column=text_column())
    actor_name: str | None = Field(sa_column=text_column(nullable=True))
    action: str = Field(sa_column=text_column())
    target: str = Field(sa_column=text_column())
    detail: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False, server_default="{}"))
