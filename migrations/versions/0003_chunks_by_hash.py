"""A document has many chunks, identified by the hash of their text. A model has prefixes."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# Models silently cut documents that were too long for them. These are embedded again. Until then
# their old vectors are searched.
EMBED_LONG_DOCUMENTS_AGAIN = """
INSERT INTO jobs (document_key, model_id, version, lane)
SELECT d.key, e.model_id, d.content_version, 'bulk'
FROM documents d JOIN embeddings e ON e.document_key = d.key
WHERE octet_length(d.content) + coalesce(octet_length(d.title), 0) > 600
ON CONFLICT (document_key, model_id) DO NOTHING
"""


def upgrade() -> None:
    for name in ("document_prefix", "query_prefix"):
        prefix = sa.Column(name, sa.Text(), server_default="", nullable=False)
        op.add_column("embedding_models", prefix)
    op.drop_constraint("chunks_pkey", "chunks")
    op.drop_column("chunks", "seq")
    op.create_primary_key("chunks_pkey", "chunks", ["document_key", "model_id", "text_hash"])
    op.create_index("chunks_text_hash", "chunks", ["text_hash", "model_id"])
    op.execute(EMBED_LONG_DOCUMENTS_AGAIN)


def downgrade() -> None:
    """Undo the migration. Long documents keep their first chunk only."""
    op.execute(
        "DELETE FROM chunks c USING chunks earlier WHERE earlier.document_key = c.document_key"
        " AND earlier.model_id = c.model_id AND earlier.start_offset < c.start_offset"
    )
    op.drop_index("chunks_text_hash", "chunks")
    op.drop_constraint("chunks_pkey", "chunks")
    op.add_column("chunks", sa.Column("seq", sa.Integer(), server_default="0", nullable=False))
    op.alter_column("chunks", "seq", server_default=None)
    op.create_primary_key("chunks_pkey", "chunks", ["document_key", "model_id", "seq"])
    for name in ("query_prefix", "document_prefix"):
        op.drop_column("embedding_models", name)
