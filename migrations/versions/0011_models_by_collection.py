"""Embedding models by collection, the migrations between them, and the queries of the last day."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

LANES = "lane IN ('interactive', 'bulk', 'backfill')"
FORMER_LANES = "lane IN ('interactive', 'bulk')"


def upgrade() -> None:
    # Writes lock these tables in the same order.
    op.drop_constraint("jobs_lane_check", "jobs")
    op.create_check_constraint("jobs_lane_check", "jobs", LANES)
    op.add_column("embedding_models", sa.Column("cut_dimensions", sa.Integer()))
    op.add_column("embedding_models", sa.Column("chunk_tokens", sa.Integer()))
    op.add_column(
        "workers",
        sa.Column("models_paused", postgresql.JSONB(), nullable=False, server_default="{}"),
    )
    _create_collections()
    _create_migrations()
    op.create_table(
        "recent_queries",
        sa.Column("collection", sa.Text(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("searches", sa.BigInteger(), nullable=False),
        sa.Column(
            "searched_at",
            sa.DateTime(timezone=True),
            nullable=False,
            server_default=sa.text("now()"),
        ),
        sa.PrimaryKeyConstraint("collection", "query"),
    )


def _create_collections() -> None:
    op.create_table(
        "collections",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("active_model_id", sa.Integer(), nullable=False),
        sa.Column("building_model_id", sa.Integer()),
        sa.Column("previous_model_id", sa.Integer()),
        sa.Column(
            "flow",
            sa.BigInteger(),
            sa.Computed("hashtext(name)::bigint & 4294967295", persisted=True),
        ),
        sa.PrimaryKeyConstraint("name"),
        sa.ForeignKeyConstraint(["active_model_id"], ["embedding_models.id"]),
        sa.ForeignKeyConstraint(["building_model_id"], ["embedding_models.id"]),
        sa.ForeignKeyConstraint(["previous_model_id"], ["embedding_models.id"]),
        sa.CheckConstraint(
            "active_model_id <> building_model_id AND active_model_id <> previous_model_id"
            " AND building_model_id <> previous_model_id",
            name="collections_roles_check",
        ),
    )


def _create_migrations() -> None:
    op.create_table(
        "model_migrations",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), primary_key=True),
        sa.Column("collection", sa.Text(), nullable=False),
        sa.Column("from_model_id", sa.Integer(), nullable=False),
        sa.Column("to_model_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False, server_default="preparing"),
        sa.Column("cutover", sa.Text(), nullable=False),
        sa.Column("rollback_hours", sa.Double(), nullable=False),
        sa.Column("paused", sa.Boolean(), nullable=False, server_default="false"),
        sa.Column("cutover_asked", sa.Boolean(), nullable=False, server_default="false"),
        sa.Column(
            "allowed_failures", postgresql.ARRAY(sa.Text()), nullable=False, server_default="{}"
        ),
        sa.Column("filled_to", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("detail", sa.Text()),
        sa.Column("preflight", postgresql.JSONB(), nullable=False, server_default="{}"),
        sa.Column("progress", postgresql.JSONB(), nullable=False, server_default="{}"),
        sa.Column("comparison", postgresql.JSONB()),
        sa.Column("queries_embedded_at", sa.DateTime(timezone=True)),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            nullable=False,
            server_default=sa.text("now()"),
        ),
        sa.Column("filled_at", sa.DateTime(timezone=True)),
        sa.Column("switched_at", sa.DateTime(timezone=True)),
        sa.Column("rollback_until", sa.DateTime(timezone=True)),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(["from_model_id"], ["embedding_models.id"]),
        sa.ForeignKeyConstraint(["to_model_id"], ["embedding_models.id"]),
        sa.CheckConstraint("cutover IN ('auto', 'manual')", name="model_migrations_cutover_check"),
        sa.CheckConstraint(
            "state IN ('preparing', 'filling', 'ready', 'switched', 'rolled_back', 'dropping',"
            " 'aborting', 'done', 'aborted')",
            name="model_migrations_state_check",
        ),
    )
    op.create_index(
        "model_migrations_running",
        "model_migrations",
        ["collection"],
        unique=True,
        postgresql_where=sa.text("state NOT IN ('done', 'aborted')"),
    )


def downgrade() -> None:
    op.drop_table("recent_queries")
    op.drop_table("model_migrations")
    op.drop_table("collections")
    op.drop_constraint("jobs_lane_check", "jobs")
    op.execute("UPDATE jobs SET lane = 'bulk' WHERE lane = 'backfill'")
    op.create_check_constraint("jobs_lane_check", "jobs", FORMER_LANES)
    op.drop_column("workers", "models_paused")
    op.drop_column("embedding_models", "chunk_tokens")
    op.drop_column("embedding_models", "cut_dimensions")
