"""The version of each text's lexemes, how far older ones are made anew, and unused languages.

No row is rewritten here. The workers make the lexemes anew, in batches.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "document_texts",
        sa.Column("lexing", sa.SmallInteger(), server_default="0", nullable=False),
    )
    op.add_column("text_languages", sa.Column("unused_since", sa.DateTime(timezone=True)))
    op.create_table(
        "relexing",
        sa.Column("lexing", sa.SmallInteger(), autoincrement=False, primary_key=True),
        sa.Column("last_key", sa.BigInteger(), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("relexing")
    op.drop_column("text_languages", "unused_since")
    op.drop_column("document_texts", "lexing")
