"""Indexes of documents by title and by size, for sorted lists."""

import sqlalchemy as sa
from alembic import op

from migrations import concurrent_indexes

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

# Case, accents and ligatures make no difference, in a database of any locale.
# The second cut bounds the entries, because folding can make a text longer.
TITLE = r"""left(regexp_replace(
    casefold(normalize(left(coalesce(title, id), 100), NFKD) COLLATE pg_unicode_fast),
    '[\u0300-\u036f]+', '', 'g'), 100)"""


def upgrade() -> None:
    concurrent_indexes.create(
        "documents_collection_title",
        "documents",
        ["collection", sa.text(f'({TITLE} COLLATE "C")'), "key"],
    )
    concurrent_indexes.create(
        "documents_collection_size",
        "documents",
        ["collection", sa.text("octet_length(content)"), "key"],
    )


def downgrade() -> None:
    op.drop_index("documents_collection_size", "documents")
    op.drop_index("documents_collection_title", "documents")
