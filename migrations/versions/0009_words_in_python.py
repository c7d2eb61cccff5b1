"""An index of the texts whose lexemes were not made by Inkdex itself, but by PostgreSQL's parser.

Workers empty it, in batches. It is made in about three seconds per million documents. Writes wait
for that long, and searches do not.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "document_texts_old_lexing",
        "document_texts",
        ["document_key"],
        postgresql_where=sa.text("lexing < 2"),
    )


def downgrade() -> None:
    op.drop_index("document_texts_old_lexing", "document_texts")
