"""The tables of word statistics, which ranking by words reads, and of recent queries."""

from datetime import datetime
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlmodel import Column, Field, SQLModel

from shared.db.tables.columns import Xid8, now_column, time_column


class TenantLanguageRow(SQLModel, table=True):
    """The language of some text of a tenant.

    `unused_since` is set once no document has it, and the row is deleted later.
    """

    __tablename__ = "tenant_languages"
    __table_args__: ClassVar[Any] = (
        sa.Index(
            "tenant_languages_unused",
            "unused_since",
            postgresql_where=sa.text("unused_since IS NOT NULL"),
        ),
    )

    tenant: str = Field(sa_column=Column(sa.Text, primary_key=True))
    language: str = Field(sa_column=Column(sa.Text, primary_key=True))
    unused_since: datetime | None = Field(sa_column=time_column())


class TenantLexemeFrequencyRow(SQLModel, table=True):
    """The estimated number of a tenant's documents that contain a lexeme.

    Rare lexemes are not listed.
    """

    __tablename__ = "tenant_lexeme_frequencies"

    tenant: str = Field(sa_column=Column(sa.Text, primary_key=True))
    lexeme: str = Field(sa_column=Column(sa.Text(collation="C"), primary_key=True))
    documents: float = Field(sa_column=Column(sa.Double, nullable=False))


class TenantTextStatisticsRow(SQLModel, table=True):
    """Statistics of a tenant's texts. They are refreshed together with the lexeme frequencies.

    `unlisted_documents` is the assumed frequency of lexemes that are not listed. `changes` counts
    the texts that were written or deleted since the refresh.
    """

    __tablename__ = "tenant_text_statistics"
    __table_args__: ClassVar[Any] = (
        sa.Index(
            "tenant_text_statistics_outdated",
            "refreshed_at",
            postgresql_where=sa.text("is_outdated"),
        ),
        sa.Index(
            "tenant_text_statistics_large",
            "documents",
            postgresql_where=sa.text("documents > 1000"),
        ),
    )

    tenant: str = Field(sa_column=Column(sa.Text, primary_key=True))
    documents: float = Field(sa_column=Column(sa.Double, nullable=False))
    average_length: float = Field(sa_column=Column(sa.Double, nullable=False))
    unlisted_documents: float = Field(sa_column=Column(sa.Double, nullable=False))
    changes: int = Field(sa_column=Column(sa.BigInteger, nullable=False))
    is_outdated: bool = Field(
        sa_column=Column(sa.Boolean, sa.Computed("changes > 0.02 * documents", persisted=True))
    )
    refreshed_at: datetime = Field(sa_column=now_column())


class CountedChangesRow(SQLModel, table=True):
    """The transaction before which all events are in the counts of changes, in a single row."""

    __tablename__ = "counted_changes"
    __table_args__: ClassVar[Any] = (
        sa.CheckConstraint("singleton", name="counted_changes_has_one_row"),
    )

    singleton: bool = Field(sa_column=Column(sa.Boolean, primary_key=True, nullable=False))
    xid: int = Field(sa_column=Column(Xid8, nullable=False))


class TextLanguageRow(SQLModel, table=True):
    """The languages of the tenant `default`, for the former version."""

    __tablename__ = "text_languages"

    language: str = Field(sa_column=Column(sa.Text, primary_key=True))
    unused_since: datetime | None = Field(sa_column=time_column())


class RelexingRow(SQLModel, table=True):
    """How far the former version checked texts for old lexemes. This version does not read it."""

    __tablename__ = "relexing"

    lexing: int = Field(sa_column=Column(sa.SmallInteger, primary_key=True, autoincrement=False))
    last_key: int = Field(sa_column=Column(sa.BigInteger, nullable=False))


class LexemeFrequencyRow(SQLModel, table=True):
    """Lexeme frequencies of the former version. This version does not read them."""

    __tablename__ = "lexeme_frequencies"

    lexeme: str = Field(sa_column=Column(sa.Text(collation="C"), primary_key=True))
    documents: float = Field(sa_column=Column(sa.Double, nullable=False))


class TextStatisticsRow(SQLModel, table=True):
    """Word statistics of the former version. This version does not read them."""

    __tablename__ = "text_statistics"
    __table_args__: ClassVar[Any] = (
        sa.CheckConstraint("id = 1", name="text_statistics_one_row_check"),
    )

    id: int = Field(sa_column=Column(sa.Integer, primary_key=True, autoincrement=False))
    documents: float = Field(sa_column=Column(sa.Double, nullable=False))
    average_length: float = Field(sa_column=Column(sa.Double, nullable=False))
    unlisted_documents: float = Field(sa_column=Column(sa.Double, nullable=False))
    changes: int = Field(sa_column=Column(sa.BigInteger, nullable=False))
    refreshed_at: datetime = Field(sa_column=now_column())


class RecentQueryRow(SQLModel, table=True):
    """A short query of the last day, and how often it was asked."""

    __tablename__ = "recent_queries"

    collection: str = Field(sa_column=Column(sa.Text, primary_key=True))
    query: str = Field(sa_column=Column(sa.Text, primary_key=True))
    searches: int = Field(sa_column=Column(sa.BigInteger, nullable=False))
    searched_at: datetime = Field(sa_column=now_column())
