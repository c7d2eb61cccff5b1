"""An index of the texts whose lexemes were not made by Inkdex itself, but by PostgreSQL's parser.

Workers empty it, in batches.
"""

from alembic import op

from migrations import concurrent_indexes

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    concurrent_indexes.create(
        "document_texts_old_lexing",
        "document_texts",
        ["document_key"],
        "lexing < 2",
    )


def downgrade() -> None:
    op.drop_index("document_texts_old_lexing", "document_texts")
