"""Column types that several tables share."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.types import UserDefinedType
from sqlmodel import Column


class Xid8(UserDefinedType[int]):
    """PostgreSQL's 64-bit transaction id, which never wraps around."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:  # noqa: ANN401 - SQLAlchemy's signature
        """Return the type's name in DDL."""
        return "xid8"


def now_column() -> Column[datetime]:
    return Column(sa.DateTime(timezone=True), nullable=False, server_default=sa.text("now()"))


def time_column() -> Column[datetime]:
    return Column(sa.DateTime(timezone=True), nullable=True)


def text_column(*, nullable: bool = False) -> Column[str]:
    return Column(sa.Text, nullable=nullable)


def reference(table: str, *, primary_key: bool = True) -> Column[int]:
    key = sa.ForeignKey(
        f"{table}.key" if table == "documents" else f"{table}.id", ondelete="CASCADE"
    )
    kind = sa.BigInteger if table == "documents" else sa.Integer
    return Column(kind, key, primary_key=primary_key, nullable=False, autoincrement=False)


LANE_CHECK = "lane IN ('interactive', 'bulk')"
