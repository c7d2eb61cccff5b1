"""The tables of imports, and of the vectors that come with documents."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import BYTEA
from sqlmodel import Column, Field, SQLModel

from shared.db.tables.columns import (
    Xid8,
    document_key_column,
    now_column,
    text_column,
    time_column,
)


def _count_column() -> Column[int]:
    return Column(sa.BigInteger, nullable=False, server_default="0")


class ImportRow(SQLModel, table=True):
    """An import: what its requests have received, and how many they are. Its jobs are owed.

    It receives until `receiving_until`, which its requests move on. `collections` has the keys of
    those that it wrote to. `ended_xid` and `key` are its position among the events that a webhook
    receives.
    """

    __tablename__ = "imports"
    __table_args__: ClassVar[Any] = (
        sa.UniqueConstraint("tenant", "id", name="imports_tenant_id_key"),
        sa.Index("imports_newest", "tenant", "key"),
        sa.Index("imports_ended", "ended_at"),
        sa.Index(
            "imports_told",
            sa.text("(collections[1])"),
            "ended_xid",
            "key",
            postgresql_where="ended_at IS NOT NULL AND cardinality(collections) = 1",
        ),
    )

    key: int = Field(sa_column=Column(sa.BigInteger, sa.Identity(always=True), primary_key=True))
    tenant: str = Field(sa_column=text_column())
    id: UUID = Field(sa_column=Column(sa.Uuid, nullable=False))
    collections: list[str] = Field(
        sa_column=Column(sa.ARRAY(sa.Text), nullable=False, server_default="{}")
    )
    accepted: int = Field(sa_column=_count_column())
    unchanged: int = Field(sa_column=_count_column())
    rejected: int = Field(sa_column=_count_column())
    skipped: int = Field(sa_column=_count_column())
    deleted: int = Field(sa_column=_count_column())
    vectors_used: int = Field(sa_column=_count_column())
    bytes: int = Field(sa_column=_count_column())
    requests: int = Field(sa_column=Column(sa.Integer, nullable=False, server_default="0"))
    open_requests: int = Field(sa_column=Column(sa.Integer, nullable=False, server_default="0"))
    receiving_until: datetime = Field(sa_column=Column(sa.DateTime(timezone=True), nullable=False))
    broke_off: bool = Field(sa_column=Column(sa.Boolean, nullable=False, server_default="false"))
    started_at: datetime = Field(sa_column=now_column())
    ended_at: datetime | None = Field(sa_column=time_column())
    ended_xid: int | None = Field(sa_column=Column(Xid8, nullable=True))


class ImportRejectionRow(SQLModel, table=True):
    """One of the first rejections of an import. Each request counts its lines from 1.

    A file has no `line`, and its name as `id`.
    """

    __tablename__ = "import_rejections"

    import_key: int = Field(
        sa_column=Column(
            sa.BigInteger,
            sa.ForeignKey("imports.key", ondelete="CASCADE"),
            primary_key=True,
            autoincrement=False,
        )
    )
    number: int = Field(sa_column=Column(sa.Integer, primary_key=True, autoincrement=False))
    request: int = Field(sa_column=Column(sa.Integer, nullable=False))
    line: int | None = Field(sa_column=Column(sa.BigInteger, nullable=True))
    id: str | None = Field(sa_column=text_column(nullable=True))
    error: str = Field(sa_column=text_column())
    is_skipped: bool = Field(sa_column=Column(sa.Boolean, nullable=False, server_default="false"))


class SentVectorsRow(SQLModel, table=True):
    """The vectors that came with a document, until a worker has compared its chunks with them.

    `fingerprint` holds 32-bit floats. `shared.domain.embedding.sent_vectors` packs `chunks`.
    """

    __tablename__ = "sent_vectors"

    document_key: int = Field(sa_column=document_key_column())
    content_hash: bytes = Field(sa_column=Column(BYTEA, nullable=False))
    fingerprint: bytes = Field(sa_column=Column(BYTEA, nullable=False))
    chunks: bytes = Field(sa_column=Column(BYTEA, nullable=False))
    import_key: int | None = Field(sa_column=Column(sa.BigInteger, nullable=True))
