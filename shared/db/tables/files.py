"""The tables of files, and of where the passages of their documents are in them."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, BYTEA, JSONB
from sqlmodel import Column, Field, SQLModel

from shared.db.tables.columns import (
    document_key_column,
    now_column,
    text_column,
    time_column,
)

_TENANT = sa.text("tenant_of(collection)")


def _key_column() -> Column[int]:
    return Column(sa.BigInteger, sa.Identity(always=True), primary_key=True)


class FileContentRow(SQLModel, table=True):
    """The bytes of a file, whose pieces may still arrive. Without a file they are deleted."""

    __tablename__ = "file_contents"

    key: int = Field(sa_column=_key_column())
    created_at: datetime = Field(sa_column=now_column())


class FilePieceRow(SQLModel, table=True):
    """At most PIECE_BYTES of a file. The pieces are numbered from 0."""

    __tablename__ = "file_pieces"

    content_key: int = Field(
        sa_column=Column(
            sa.BigInteger,
            sa.ForeignKey("file_contents.key", ondelete="CASCADE"),
            primary_key=True,
            autoincrement=False,
        )
    )
    number: int = Field(sa_column=Column(sa.Integer, primary_key=True, autoincrement=False))
    data: bytes = Field(sa_column=Column(BYTEA, nullable=False))


class FileRow(SQLModel, table=True):
    """A file as it was last sent, and how far its extraction is. The row is the outbox.

    `import_key` is that of the import that sent it.
    `revision` changes with each upload and retry, so that a worker notices that its work is void.
    """

    __tablename__ = "files"
    __table_args__: ClassVar[Any] = (
        sa.UniqueConstraint("collection", "id", name="files_collection_id_key"),
        sa.Index("files_collection_newest", "collection", "key"),
        # Lists the collections of a tenant, which are one range of keys by COLLATE "C".
        sa.Index("files_collections", "collection", postgresql_where="state <> 'deleted'"),
        sa.Index(
            "files_due", _TENANT, "available_at", postgresql_where=sa.text("state = 'waiting'")
        ),
        sa.Index("files_turns", _TENANT, "claimed_at"),
        sa.Index("files_deleted", "key", postgresql_where=sa.text("state = 'deleted'")),
        sa.Index("files_failed", "collection", "key", postgresql_where=sa.text("state = 'failed'")),
        sa.Index("files_content", "content_key"),
        sa.Index(
            "files_import",
            "import_key",
            "state",
            "key",
            postgresql_where=sa.text("import_key IS NOT NULL AND state <> 'done'"),
        ),
        sa.Index("files_extractor", "extractor", "extractor_version", "key"),
        sa.CheckConstraint(
            "state IN ('waiting', 'done', 'failed', 'deleted')", name="files_state_check"
        ),
        sa.CheckConstraint(
            "(lease_until IS NULL) = (lease_token IS NULL)", name="files_lease_check"
        ),
        sa.CheckConstraint(
            "(error_code IS NULL) = (error_message IS NULL)", name="files_error_check"
        ),
    )

    key: int = Field(sa_column=_key_column())
    collection: str = Field(sa_column=text_column())
    id: str = Field(sa_column=text_column())
    name: str = Field(sa_column=text_column())
    media_type: str | None = Field(sa_column=text_column(nullable=True))
    size: int = Field(sa_column=Column(sa.BigInteger, nullable=False))
    sha256: bytes = Field(sa_column=Column(BYTEA, nullable=False))
    title: str | None = Field(sa_column=text_column(nullable=True))
    metadata_: dict[str, Any] = Field(sa_column=Column("metadata", JSONB, nullable=False))
    source: str | None = Field(sa_column=text_column(nullable=True))
    sweep: str | None = Field(sa_column=text_column(nullable=True))
    content_key: int = Field(
        sa_column=Column(sa.BigInteger, sa.ForeignKey("file_contents.key"), nullable=False)
    )
    import_key: int | None = Field(sa_column=Column(sa.BigInteger, nullable=True))
    revision: int = Field(sa_column=Column(sa.Integer, nullable=False, server_default="1"))
    state: str = Field(sa_column=Column(sa.Text, nullable=False, server_default="waiting"))
    extractor: str | None = Field(sa_column=text_column(nullable=True))
    extractor_version: str | None = Field(sa_column=text_column(nullable=True))
    pages: int | None = Field(sa_column=Column(sa.Integer, nullable=True))
    attempts: int = Field(sa_column=Column(sa.Integer, nullable=False, server_default="0"))
    available_at: datetime = Field(sa_column=now_column())
    claimed_at: datetime | None = Field(sa_column=time_column())
    lease_until: datetime | None = Field(sa_column=time_column())
    lease_token: UUID | None = Field(sa_column=Column(sa.Uuid, nullable=True))
    error_code: str | None = Field(sa_column=text_column(nullable=True))
    error_message: str | None = Field(sa_column=text_column(nullable=True))
    created_at: datetime = Field(sa_column=now_column())
    updated_at: datetime = Field(sa_column=now_column())


class FileDocumentRow(SQLModel, table=True):
    """A document that a file has, or is about to get. It is noted before the document is written.

    `number` is 0 for the only document of a file, and counts from 1 if there are several.
    """

    __tablename__ = "file_documents"
    __table_args__: ClassVar[Any] = (sa.Index("file_documents_file", "file_key", "number"),)

    collection: str = Field(sa_column=Column(sa.Text, primary_key=True))
    id: str = Field(sa_column=Column(sa.Text, primary_key=True))
    file_key: int = Field(
        sa_column=Column(
            sa.BigInteger, sa.ForeignKey("files.key", ondelete="CASCADE"), nullable=False
        )
    )
    number: int = Field(sa_column=Column(sa.Integer, nullable=False))


class DocumentLocationRow(SQLModel, table=True):
    """Where the pages, rows or lines of a file begin in a document, while it has this text."""

    __tablename__ = "document_locations"
    __table_args__: ClassVar[Any] = (
        sa.CheckConstraint(
            "cardinality(offsets) = cardinality(numbers)", name="document_locations_numbers_check"
        ),
    )

    document_key: int = Field(sa_column=document_key_column())
    content_hash: bytes = Field(sa_column=Column(BYTEA, nullable=False))
    unit: str = Field(sa_column=text_column())
    offsets: list[int] = Field(sa_column=Column(ARRAY(sa.Integer), nullable=False))
    numbers: list[int] = Field(sa_column=Column(ARRAY(sa.Integer), nullable=False))
