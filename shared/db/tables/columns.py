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
        return "xid8"


def now_column() -> Column[datetime]:
    return Column(sa.DateTime(timezone=True), nullable=False, server_default=sa.text("now()"))


def time_column() -> Column[datetime]:
    return Column(sa.DateTime(timezone=True), nullable=True)


def text_column(*, nullable: bool = False) -> Column[str]:
    return Column(sa.Text, nullable=nullable)


def tenant_column() -> Column[str]:
    return Column(sa.Text, nullable=False, server_default="default")


def document_key_column() -> Column[int]:
    return _foreign_key("documents.key", sa.BigInteger())


def model_id_column() -> Column[int]:
    return _foreign_key("embedding_models.id", sa.Integer())


def _foreign_key(target: str, type_: sa.types.TypeEngine[int]) -> Column[int]:
    """Return a column of the primary key. Its row is deleted with the row that it refers to."""
    key = sa.ForeignKey(target, ondelete="CASCADE")
    return Column(type_, key, primary_key=True, nullable=False, autoincrement=False)


LANE_CHECK = "lane IN ('interactive', 'bulk')"
JOB_LANE_CHECK = "lane IN ('interactive', 'bulk', 'backfill')"
