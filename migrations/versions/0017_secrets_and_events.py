"""The server's own keys, events by tenant, and numbers of migrations that count one tenant's."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.types import UserDefinedType

from migrations import concurrent_indexes


class Xid8(UserDefinedType[int]):
    """PostgreSQL's 64-bit transaction id. Migrations import no code that may change later."""

    cache_ok = True

    def get_col_spec(self, **_: object) -> str:
        return "xid8"


revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "server_secrets",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            nullable=False,
            server_default=sa.text("now()"),
        ),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "tenant_event_horizons",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("xid", Xid8(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tenant"),
    )
    op.add_column("model_migrations", sa.Column("number", sa.BigInteger()))
    # Replays read one tenant's events alone, however many others have.
    concurrent_indexes.create(
        "events_tenant", "events", [sa.text("tenant_of(collection)"), "xid", "seq"]
    )
    # The failed documents of a tenant are those of its models.
    concurrent_indexes.create(
        "jobs_failed_model", "jobs", ["model_id"], where="failed_at IS NOT NULL"
    )


def downgrade() -> None:
    op.drop_index("jobs_failed_model", "jobs")
    op.drop_index("events_tenant", "events")
    op.drop_column("model_migrations", "number")
    op.drop_table("tenant_event_horizons")
    op.drop_table("server_secrets")
