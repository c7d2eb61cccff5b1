"""An index of the texts whose lexemes were made by rules before the third version.

At first it has all texts. Workers empty it, in batches.
"""

from alembic import op

from migrations import concurrent_indexes

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    concurrent_indexes.create(
        "document_texts_before_lexing_3",
        "document_texts",
        ["document_key"],
        "lexing < 3",
    )


def downgrade() -> None:
    op.drop_index("document_texts_before_lexing_3", "document_texts")
