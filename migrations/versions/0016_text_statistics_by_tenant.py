"""Word statistics and languages by tenant, and an index of the embeddings of a model.

The tables of all tenants remain for the former version. What they say is right for the tenant
`default`, which is the only one so far.
"""

import sqlalchemy as sa
from alembic import op

from migrations import concurrent_indexes

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "tenant_languages",
        sa.Column("tenant", sa.Text(), primary_key=True),
        sa.Column("language", sa.Text(), primary_key=True),
        sa.Column("unused_since", sa.DateTime(timezone=True)),
    )
    op.create_index(
        "tenant_languages_unused",
        "tenant_languages",
        ["unused_since"],
        postgresql_where=sa.text("unused_since IS NOT NULL"),
    )
    op.create_table(
        "tenant_lexeme_frequencies",
        sa.Column("tenant", sa.Text(), primary_key=True),
        sa.Column("lexeme", sa.Text(collation="C"), primary_key=True),
        sa.Column("documents", sa.Double(), nullable=False),
    )
    op.create_table(
        "tenant_text_statistics",
        sa.Column("tenant", sa.Text(), primary_key=True),
        sa.Column("documents", sa.Double(), nullable=False),
        sa.Column("average_length", sa.Double(), nullable=False),
        sa.Column("unlisted_documents", sa.Double(), nullable=False),
        sa.Column("changes", sa.BigInteger(), nullable=False),
        sa.Column(
            "is_outdated",
            sa.Boolean(),
            sa.Computed("changes > 0.02 * documents", persisted=True),
        ),
        sa.Column(
            "refreshed_at",
            sa.DateTime(timezone=True),
            nullable=False,
            server_default=sa.text("now()"),
        ),
    )
    op.create_index(
        "tenant_text_statistics_outdated",
        "tenant_text_statistics",
        ["refreshed_at"],
        postgresql_where=sa.text("is_outdated"),
    )
    op.create_index(
        "tenant_text_statistics_large",
        "tenant_text_statistics",
        ["documents"],
        postgresql_where=sa.text("documents > 1000"),
    )
    # Changes are counted by their events, up to this transaction.
    op.execute("CREATE TABLE counted_changes (singleton bool PRIMARY KEY, xid xid8 NOT NULL)")
    op.create_check_constraint("counted_changes_has_one_row", "counted_changes", "singleton")
    op.execute("INSERT INTO counted_changes VALUES (true, '0')")
    _copy()
    concurrent_indexes.create("embeddings_model", "embeddings", ["model_id", "document_key"])


def _copy() -> None:
    op.execute(
        "INSERT INTO tenant_languages SELECT 'default', language, unused_since FROM text_languages"
    )
    op.execute(
        "INSERT INTO tenant_lexeme_frequencies"
        " SELECT 'default', lexeme, documents FROM lexeme_frequencies"
    )
    op.execute(
        "INSERT INTO tenant_text_statistics"
        " (tenant, documents, average_length, unlisted_documents, changes, refreshed_at)"
        " SELECT 'default', documents, average_length, unlisted_documents, 0, refreshed_at"
        " FROM text_statistics"
    )


def downgrade() -> None:
    op.drop_index("embeddings_model", "embeddings")
    for table in (
        "counted_changes",
        "tenant_text_statistics",
        "tenant_lexeme_frequencies",
        "tenant_languages",
    ):
        op.drop_table(table)
