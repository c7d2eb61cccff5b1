"""The last event that was deleted, so that a reader learns that it missed events."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.types import UserDefinedType


class Xid8(UserDefinedType[int]):
    """PostgreSQL's 64-bit transaction id. Migrations import no code that may change later."""

    cache_ok = True

    def get_col_spec(self, **_: object) -> str:
        return "xid8"


revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "event_horizon",
        sa.Column("singleton", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("xid", Xid8(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("singleton", name="event_horizon_has_one_row"),
        sa.PrimaryKeyConstraint("singleton"),
    )


def downgrade() -> None:
    op.drop_table("event_horizon")
