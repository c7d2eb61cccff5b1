"""The tables of word statistics, which ranking by words reads, and of recent queries."""

from datetime import datetime
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlmodel import Column, Field, SQLModel

from shared.db.tables.columns import now_column, time_column


class TextLanguageRow(SQLModel, table=True):
    """The language of some document's text.

    `unused_since` is set once no document has it, and the row is deleted later.
    """

    __tablename__ = "text_languages"

    language: str = Field(sa_column=Column(sa.Text, primary_key=True))
    unused_since: datetime | None = Field(sa_column=time_column())


class RelexingRow(SQLModel, table=True):
    """How far the former version checked texts for old lexemes. This version does not read it."""

    __tablename__ = "relexing"

    lexing: int = Field(sa_column=Column(sa.SmallInteger, primary_key=True, autoincrement=False))
    last_key: int = Field(sa_column=Column(sa.BigInteger, nullable=False))


class LexemeFrequencyRow(SQLModel, table=True):
    """The estimated number of documents that contain a lexeme. Rare lexemes are not listed."""

    __tablename__ = "lexeme_frequencies"

    lexeme: str = Field(sa_column=Column(sa.Text(collation="C"), primary_key=True))
    documents: float = Field(sa_column=Column(sa.Double, nullable=False))


class TextStatisticsRow(SQLModel, table=True):
    """Statistics of all texts. They are refreshed together with the lexeme frequencies.

    `unlisted_documents` is the assumed frequency of lexemes that are not listed. `changes` counts
    the changes of `document_texts` up to the refresh.
    """

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
