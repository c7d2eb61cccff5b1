"""The language of a collection, and since when its documents are looked through for it."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("collection_settings", sa.Column("language", sa.Text()))
    op.add_column("collection_settings", sa.Column("relexing_since", sa.DateTime(timezone=True)))
    op.create_index(
        "collection_settings_relexing",
        "collection_settings",
        ["relexing_since"],
        postgresql_where=sa.text("relexing_since IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_column("collection_settings", "relexing_since")
    op.drop_column("collection_settings", "language")
