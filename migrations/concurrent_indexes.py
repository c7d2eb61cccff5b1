"""Indexes that are built while documents are written."""

from collections.abc import Sequence

from alembic import op
from sqlalchemy import TextClause, text


def create(
    name: str, table: str, columns: Sequence[str | TextClause], where: str | None = None
) -> None:
    """Create an index outside the migration's transaction. An interrupted attempt is repeated."""
    with op.get_context().autocommit_block():
        op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
        op.create_index(
            name,
            table,
            columns,
            postgresql_concurrently=True,
            postgresql_where=None if where is None else text(where),
        )
