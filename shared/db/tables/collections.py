"""The table of what collections are described by."""

from datetime import datetime
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlmodel import Column, Field, SQLModel

from shared.db.tables.columns import now_column, text_column


class CollectionSettingsRow(SQLModel, table=True):
    """A collection that was created or described. Others exist by their documents alone.

    `language` is that of documents that name none. `relexing_since` is when it changed, until all
    documents have been looked through.
    """

    __tablename__ = "collection_settings"
    __table_args__: ClassVar[Any] = (
        # Lists a tenant's collections, which are one range of keys by COLLATE "C".
        sa.Index("collection_settings_names", "collection"),
        sa.Index(
            "collection_settings_relexing",
            "relexing_since",
            postgresql_where=sa.text("relexing_since IS NOT NULL"),
        ),
    )

    collection: str = Field(sa_column=Column(sa.Text, primary_key=True))
    description: str | None = Field(sa_column=text_column(nullable=True))
    language: str | None = Field(sa_column=text_column(nullable=True))
    relexing_since: datetime | None = Field(sa_column=Column(sa.DateTime(timezone=True)))
    created_at: datetime = Field(sa_column=now_column())
    updated_at: datetime = Field(sa_column=now_column())
