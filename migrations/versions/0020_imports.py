"""Imports that can be followed until their documents are ready, and vectors that come with them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations import concurrent_indexes

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "imports",
        sa.Column("key", sa.BigInteger(), sa.Identity(always=True), primary_key=True),
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("collections", sa.ARRAY(sa.Text()), nullable=False, server_default="{}"),
        *_counts(),
        sa.Column("open_requests", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("receiving_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("broke_off", sa.Boolean(), nullable=False, server_default="false"),
        sa.Column(
            "started_at",
            sa.DateTime(timezone=True),
            nullable=False,
            server_default=sa.text("now()"),
        ),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.UniqueConstraint("tenant", "id", name="imports_tenant_id_key"),
    )
    op.create_index("imports_newest", "imports", ["tenant", "key"])
    op.create_index("imports_ended", "imports", ["ended_at"])
    op.execute("ALTER TABLE imports ADD COLUMN ended_xid xid8")
    op.create_index(
        "imports_told",
        "imports",
        [sa.text("(collections[1])"), "ended_xid", "key"],
        postgresql_where=sa.text("ended_at IS NOT NULL AND cardinality(collections) = 1"),
    )
    op.create_table(
        "sent_vectors",
        sa.Column("document_key", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("content_hash", postgresql.BYTEA(), nullable=False),
        sa.Column("fingerprint", postgresql.BYTEA(), nullable=False),
        sa.Column("chunks", postgresql.BYTEA(), nullable=False),
        sa.Column("import_key", sa.BigInteger()),
        sa.ForeignKeyConstraint(["document_key"], ["documents.key"], ondelete="CASCADE"),
    )
    op.add_column("jobs", sa.Column("import_key", sa.BigInteger()))
    op.add_column("chunks", sa.Column("sent", sa.Boolean(), nullable=False, server_default="false"))
    concurrent_indexes.create(
        "jobs_import", "jobs", ["import_key", "failed_at"], where="import_key IS NOT NULL"
    )


def _counts() -> list[sa.Column[int]]:
    return [
        sa.Column(name, sa.BigInteger(), nullable=False, server_default="0")
        for name in ("accepted", "unchanged", "rejected", "vectors_used", "bytes")
    ]


def downgrade() -> None:
    op.drop_index("jobs_import", "jobs")
    op.drop_column("chunks", "sent")
    op.drop_column("jobs", "import_key")
    op.drop_table("sent_vectors")
    op.drop_table("imports")
