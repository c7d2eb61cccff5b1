"""What happened in the last day, by minute and collection."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "collection_activity",
        sa.Column("collection", sa.Text(), primary_key=True),
        sa.Column("minute", sa.DateTime(timezone=True), primary_key=True),
        sa.Column("failed", sa.Integer(), nullable=False, server_default="0"),
        *_histograms(),
        sa.Column("pending", postgresql.JSONB()),
    )
    op.create_index("collection_activity_minute", "collection_activity", ["minute"])


def _histograms() -> list[sa.Column[list[int]]]:
    return [
        sa.Column(name, sa.ARRAY(sa.Integer()), nullable=False, server_default="{}")
        for name in ("search", "write", "waiting")
    ]


def downgrade() -> None:
    op.drop_table("collection_activity")
