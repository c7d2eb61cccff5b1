"""What a collection is described by. It exists without documents once it has a row."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "collection_settings",
        sa.Column("collection", sa.Text(), nullable=False),
        sa.Column("description", sa.Text()),
        _now("created_at"),
        _now("updated_at"),
        sa.PrimaryKeyConstraint("collection"),
    )
    # A tenant's collections are one range of keys, whatever the locale of the database.
    op.create_index(
        "collection_settings_names", "collection_settings", [sa.text('collection COLLATE "C"')]
    )


def _now(name: str) -> sa.Column[object]:
    return sa.Column(
        name, sa.DateTime(timezone=True), nullable=False, server_default=sa.text("now()")
    )


def downgrade() -> None:
    op.drop_table("collection_settings")
