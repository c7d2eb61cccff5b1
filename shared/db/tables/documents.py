"""The tables of documents and of the lexemes that search reads."""

from datetime import datetime
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import BYTEA, JSONB, TSVECTOR
from sqlmodel import Column, Field, SQLModel

from shared.db.tables.columns import LANE_CHECK, document_key_column, now_column, text_column
from shared.db.tables.title_order import FOLDED_TITLE


class DocumentRow(SQLModel, table=True):
    """A document as it was last written. Its status is derived from `jobs` and `embeddings`."""

    __tablename__ = "documents"
    __table_args__: ClassVar[Any] = (
        sa.UniqueConstraint("collection", "id", name="documents_collection_id_key"),
        sa.Index("documents_collection_newest", "collection", "key"),
        sa.Index("documents_collection_updated", "collection", "updated_at", "key"),
        sa.Index(
            "documents_collection_size", "collection", sa.text("octet_length(content)"), "key"
        ),
        # The migrations sort titles and ids by COLLATE "C", which Alembic does not compare.
        sa.Index(
            "documents_collection_title",
            "collection",
            sa.text(FOLDED_TITLE.format(document="")),
            "key",
        ),
        sa.Index("documents_collection_id", "collection", "id"),
        # Lists the collections of a tenant, which are one range of keys by COLLATE "C".
        sa.Index("documents_collections", "collection"),
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
    """The lexemes of a document.

    They are a table of their own, so that an edit of metadata does not touch their index and
    ranking reads narrow rows. `lexing` is the version of the rules that made the lexemes.
    """

    __tablename__ = "document_texts"
    __table_args__: ClassVar[Any] = (
        sa.Index(
            "document_texts_lexemes",
            "lexemes",
            postgresql_using="gin",
            postgresql_with={"fastupdate": "off"},
        ),
        sa.Index(
            "document_texts_old_lexing", "document_key", postgresql_where=sa.text("lexing < 2")
        ),
        sa.Index(
            "document_texts_before_lexing_3",
            "document_key",
            postgresql_where=sa.text("lexing < 3"),
        ),
    )

    document_key: int = Field(sa_column=document_key_column())
    collection: str = Field(sa_column=text_column())
    language: str = Field(sa_column=text_column())
    length: int = Field(sa_column=Column(sa.Integer, nullable=False))
    lexemes: str = Field(sa_column=Column(TSVECTOR, nullable=False))
    lexing: int = Field(sa_column=Column(sa.SmallInteger, nullable=False, server_default="0"))
