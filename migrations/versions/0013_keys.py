"""Keys, and the audit of what their owners did."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

# A second fence behind the conditions of the statements. FORCE, because the owner of a table is
# exempt otherwise, and Inkdex usually is the owner. Superusers are exempt in any case.
FENCE = """
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
CREATE POLICY {table}_of_tenant ON {table}
    USING (current_setting('inkdex.tenant', true) IN (tenant, '*'))
"""
APPEND_ONLY = """
CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND current_setting('inkdex.purge', true) = 'on' THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'the audit is append-only' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER audit_rows BEFORE UPDATE OR DELETE ON audit
    FOR EACH ROW EXECUTE FUNCTION audit_is_append_only();
CREATE TRIGGER audit_table BEFORE TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only()
"""


def upgrade() -> None:
    _create_keys()
    _create_audit()
    for table in ("keys", "audit"):
        op.execute(FENCE.format(table=table))
    op.execute(APPEND_ONLY)


def _create_keys() -> None:
    op.create_table(
        "keys",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("hash", postgresql.BYTEA(), nullable=False),
        sa.Column("previous_hash", postgresql.BYTEA()),
        sa.Column("previous_until", sa.DateTime(timezone=True)),
        sa.Column("scopes", postgresql.JSONB(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True)),
        sa.Column("last_used_at", sa.DateTime(timezone=True)),
        sa.Column("tokens_from", sa.DateTime(timezone=True)),
        sa.Column("revoked_at", sa.DateTime(timezone=True)),
        _now("created_at"),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.name"], name="keys_tenant_fkey"),
        sa.CheckConstraint("octet_length(hash) = 32", name="keys_hash_check"),
        sa.CheckConstraint(
            "(previous_hash IS NULL) = (previous_until IS NULL)", name="keys_previous_check"
        ),
    )
    op.create_index("keys_tenant", "keys", ["tenant", "id"])


def _create_audit() -> None:
    op.create_table(
        "audit",
        sa.Column("id", sa.Uuid(), primary_key=True),
        _now("at"),
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("actor_name", sa.Text()),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("detail", postgresql.JSONB(), nullable=False, server_default="{}"),
    )
    op.create_index("audit_tenant", "audit", ["tenant", "id"])
    op.create_index("audit_at", "audit", ["at"])


def _now(name: str) -> "sa.Column[object]":
    return sa.Column(
        name, sa.DateTime(timezone=True), nullable=False, server_default=sa.text("now()")
    )


def downgrade() -> None:
    op.drop_table("audit")
    op.execute("DROP FUNCTION audit_is_append_only()")
    op.drop_table("keys")
