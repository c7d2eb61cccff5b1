"""Flows of jobs, which take turns, and the duration of each webhook's last answer."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Jobs of the former version are one flow.
    op.add_column("jobs", sa.Column("flow", sa.BigInteger(), server_default="0", nullable=False))
    op.create_index(
        "jobs_flow",
        "jobs",
        ["model_id", "lane", "flow", "available_at"],
        postgresql_where=sa.text("failed_at IS NULL"),
    )
    op.create_index(
        "jobs_leased",
        "jobs",
        ["model_id", "lane", "lease_until"],
        postgresql_where=sa.text("lease_until IS NOT NULL"),
    )
    op.add_column("webhooks", sa.Column("answer_seconds", sa.REAL(), nullable=True))


def downgrade() -> None:
    op.drop_column("webhooks", "answer_seconds")
    op.drop_index("jobs_leased", "jobs")
    op.drop_index("jobs_flow", "jobs")
    op.drop_column("jobs", "flow")
