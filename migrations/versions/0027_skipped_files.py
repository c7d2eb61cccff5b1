"""What a client skipped by its own rules is kept with its import."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "imports", sa.Column("skipped", sa.BigInteger(), nullable=False, server_default="0")
    )
    op.add_column(
        "import_rejections",
        sa.Column("is_skipped", sa.Boolean(), nullable=False, server_default="false"),
    )


def downgrade() -> None:
    op.drop_column("import_rejections", "is_skipped")
    op.drop_column("imports", "skipped")
