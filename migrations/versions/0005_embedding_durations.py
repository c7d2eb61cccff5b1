"""The durations of each worker's latest model calls, for percentiles over all workers."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "workers",
        sa.Column("embedding_ms", sa.ARRAY(sa.REAL()), server_default="{}", nullable=False),
    )


def downgrade() -> None:
    op.drop_column("workers", "embedding_ms")
