"""The reasons for which lines of an import were rejected."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "imports", sa.Column("requests", sa.Integer(), nullable=False, server_default="0")
    )
    op.create_table(
        "import_rejections",
        sa.Column("import_key", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("number", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("request", sa.Integer(), nullable=False),
        sa.Column("line", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Text()),
        sa.Column("error", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["import_key"], ["imports.key"], ondelete="CASCADE"),
    )


def downgrade() -> None:
    op.drop_table("import_rejections")
    op.drop_column("imports", "requests")
