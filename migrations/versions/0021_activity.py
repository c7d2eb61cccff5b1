"""What happened in the last day, by minute, and an index of the files that could not be read."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations import concurrent_indexes

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "activity",
        sa.Column("tenant", sa.Text(), primary_key=True),
        sa.Column("minute", sa.DateTime(timezone=True), primary_key=True),
        sa.Column("failed", sa.Integer(), nullable=False, server_default="0"),
        *_histograms(),
        sa.Column("workers", sa.Integer()),
        sa.Column("pending", postgresql.JSONB()),
    )
    op.create_index("activity_minute", "activity", ["minute"])
    concurrent_indexes.create(
        "files_failed", "files", ["collection", "key"], where="state = 'failed'"
    )


def _histograms() -> list[sa.Column[list[int]]]:
    return [
        sa.Column(name, sa.ARRAY(sa.Integer()), nullable=False, server_default="{}")
        for name in ("search", "write", "waiting", "embedding")
    ]


def downgrade() -> None:
    op.drop_index("files_failed", "files")
    op.drop_table("activity")
