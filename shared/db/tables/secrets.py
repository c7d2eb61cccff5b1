"""The table of the server's own keys."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Column, Field, SQLModel

from shared.db.tables.columns import now_column


class ServerSecretRow(SQLModel, table=True):
    """Random bytes that all processes share. They belong to no tenant and are never shown."""

    __tablename__ = "server_secrets"

    name: str = Field(sa_column=Column(sa.Text, primary_key=True))
    value: bytes = Field(sa_column=Column(sa.LargeBinary, nullable=False))
    created_at: datetime = Field(sa_column=now_column())
