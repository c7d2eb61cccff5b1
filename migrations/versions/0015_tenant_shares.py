"""How much of the model each tenant has used, so that all get fair shares of it."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "tenant_shares",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("lane", sa.Text(), nullable=False),
        sa.Column("started_ms", sa.Double(), nullable=False, server_default="0"),
        sa.Column("virtual_ms", sa.Double(), nullable=False, server_default="0"),
        sa.Column("model_ms", sa.Double(), nullable=False, server_default="0"),
        sa.PrimaryKeyConstraint("tenant", "lane"),
    )
    op.create_index("tenant_shares_started", "tenant_shares", ["lane", "started_ms"])


def downgrade() -> None:
    op.drop_table("tenant_shares")
