"""Indexes of documents by the time of their last write and by id, for sorted lists."""

import sqlalchemy as sa
from alembic import op

from migrations import concurrent_indexes

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    concurrent_indexes.create(
        "documents_collection_updated", "documents", ["collection", "updated_at", "key"]
    )
    # The order of ids must not depend on the locale of the database.
    concurrent_indexes.create(
        "documents_collection_id", "documents", ["collection", sa.text('id COLLATE "C"')]
    )


def downgrade() -> None:
    op.drop_index("documents_collection_id", "documents")
    op.drop_index("documents_collection_updated", "documents")
