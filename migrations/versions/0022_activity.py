"""What happened in the last day, by minute, and an index of the files that could not be read."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations import concurrent_indexes

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # It comes first, because it commits what came before, and a failed build is repeated.
    concurrent_indexes.create(
        "files_failed", "files", ["collection", "key"], where="state = 'failed'"
    )
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


def _histograms() -> list[sa.Column[list[int]]]:
    return [
        sa.Column(name, sa.ARRAY(sa.Integer()), nullable=False, server_default="{}")
        for name in ("search", "write", "waiting", "embedding")
    ]


def downgrade() -> None:
    op.drop_index("files_failed", "files")
    op.drop_table("activity")
