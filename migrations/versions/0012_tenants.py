"""Tenants, each with embedding models of its own. All that is stored belongs to `default`."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations import concurrent_indexes

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

# A collection's key is its name in the tenant `default`. In others it is U+10FFFF, which is no
# character, the tenant's name, a slash and the collection's name.
TENANT_OF = """
CREATE FUNCTION tenant_of(collection text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT CASE WHEN starts_with($1, U&'\\+10FFFF')
        THEN substr(split_part($1, '/', 1), 2) ELSE 'default' END
$$
"""
DEFAULT_MODEL_OF = """
CREATE FUNCTION default_model_of(tenant text) RETURNS integer LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    SELECT CASE WHEN $1 = 'default'
        THEN (SELECT id FROM embedding_models WHERE state = 'active')
        ELSE (SELECT model_id FROM tenants WHERE name = $1) END
$$
"""
# Such a collection would be another tenant's from now on.
REFUSE_NAMES_LIKE_KEYS = """
DO $$ BEGIN
    IF EXISTS (SELECT FROM documents WHERE starts_with(collection, U&'\\+10FFFF')) THEN
        RAISE EXCEPTION 'A collection has a name that begins with U+10FFFF. Store its documents in '
            'a collection of another name, delete them there, and run this again.';
    END IF;
END $$
"""


def upgrade() -> None:
    op.execute(REFUSE_NAMES_LIKE_KEYS)
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
    op.execute(TENANT_OF)
    op.execute(DEFAULT_MODEL_OF)
    # A tenant's collections are one range of keys, whatever the locale of the database.
    concurrent_indexes.create(
        "documents_collections", "documents", [sa.text('collection COLLATE "C"')]
    )


def downgrade() -> None:
    op.drop_index("documents_collections", "documents")
    op.execute("DROP FUNCTION default_model_of(text)")
    op.execute("DROP FUNCTION tenant_of(text)")
    op.drop_table("tenants")
    op.drop_column("embedding_models", "tenant")
