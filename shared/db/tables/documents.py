"""Tables of documents and of the text that search reads."""

from datetime import datetime
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import BYTEA, JSONB, TSVECTOR
from sqlmodel import Column, Field, SQLModel

from shared.db.tables.columns import LANE_CHECK, now_column, reference, text_column


class DocumentRow(SQLModel, table=True):
    """A document as its writer left it. Whether it is ready is told by `jobs` and `embeddings`."""

    __tablename__ = "documents"
    __table_args__: ClassVar[Any] = (
        sa.UniqueConstraint("collection", "id", name="documents_collection_id_key"),
        sa.Index("documents_collection_newest", "collection", "key"),
        sa.Index(
            "documents_metadata",
            "metadata",
            postgresql_using="gin",
            postgresql_ops={"metadata": "jsonb_path_ops"},
            postgresql_with={"fastupdate": "off"},
        ),
        sa.CheckConstraint("content <> ''", name="documents_content_check"),
        sa.CheckConstraint("jsonb_typeof(metadata) = 'object'", name="documents_metadata_check"),
        sa.CheckConstraint("octet_length(content_hash) = 32", name="documents_hash_check"),
        sa.CheckConstraint(LANE_CHECK, name="documents_lane_check"),
    )

    key: int = Field(sa_column=Column(sa.BigInteger, sa.Identity(always=True), primary_key=True))
    collection: str = Field(sa_column=text_column())
    id: str = Field(sa_column=text_column())
    title: str | None = Field(sa_column=text_column(nullable=True))
    content: str = Field(sa_column=text_column())
    metadata_: dict[str, Any] = Field(sa_column=Column("metadata", JSONB, nullable=False))
    content_hash: bytes = Field(sa_column=Column(BYTEA, nullable=False))
    version: int = Field(sa_column=Column(sa.BigInteger, nullable=False, server_default="1"))
    content_version: int = Field(
        sa_column=Column(sa.BigInteger, nullable=False, server_default="1")
    )
    lane: str = Field(sa_column=text_column())
    created_at: datetime = Field(sa_column=now_column())
    updated_at: datetime = Field(sa_column=now_column())


class DocumentTextRow(SQLModel, table=True):
    """What text search reads of a document, apart from it.

    So edits of metadata leave the index alone, and ranking reads narrow rows.
    """

    __tablename__ = "document_texts"
    __table_args__: ClassVar[Any] = (
        sa.Index(
            "document_texts_lexemes",
            "lexemes",
            postgresql_using="gin",
            postgresql_with={"fastupdate": "off"},
        ),
    )

    document_key: int = Field(sa_column=reference("documents"))
    collection: str = Field(sa_column=text_column())
    language: str = Field(sa_column=text_column())
    length: int = Field(sa_column=Column(sa.Integer, nullable=False))
    lexemes: str = Field(sa_column=Column(TSVECTOR, nullable=False))
