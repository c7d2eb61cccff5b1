"""Tenants, each with embedding models of its own. All that is stored belongs to `default`."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations import concurrent_indexes

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "embedding_models",
        sa.Column("tenant", sa.Text(), nullable=False, server_default="default"),
    )
    op.create_table(
        "tenants",
        sa.Column("name", sa.Text(), primary_key=True),
        sa.Column("model_id", sa.Integer(), unique=True),
        sa.Column("weight", sa.Double(), nullable=False, server_default="1"),
        sa.Column("quotas", postgresql.JSONB(), nullable=False, server_default="{}"),
        sa.Column("limits", postgresql.JSONB(), nullable=False, server_default="{}"),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            nullable=False,
            server_default=sa.text("now()"),
        ),
        sa.ForeignKeyConstraint(["model_id"], ["embedding_models.id"]),
        sa.CheckConstraint("(name = 'default') = (model_id IS NULL)", name="tenants_model_check"),
        sa.CheckConstraint("weight > 0", name="tenants_weight_check"),
    )
    op.execute("INSERT INTO tenants (name) VALUES ('default')")
    # A tenant's collections are one range of keys, whatever the locale of the database.
    concurrent_indexes.create(
        "documents_collections", "documents", [sa.text('collection COLLATE "C"')]
    )


def downgrade() -> None:
    op.drop_index("documents_collections", "documents")
    op.drop_table("tenants")
    op.drop_column("embedding_models", "tenant")
