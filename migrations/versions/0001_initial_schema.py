"""The first tables, and the function that makes a document's lexemes."""

import sqlalchemy as sa
from alembic import op
from pgvector.sqlalchemy import HALFVEC
from sqlalchemy.dialects import postgresql
from sqlalchemy.types import UserDefinedType


class Xid8(UserDefinedType[int]):
    """PostgreSQL's 64-bit transaction id. Migrations import no code that may change later."""

    cache_ok = True

    def get_col_spec(self, **_: object) -> str:
        return "xid8"


# A tsvector holds at most 1 MB. A text with more distinct words is indexed as far as it fits, so
# that the write succeeds.
DOCUMENT_LEXEMES = """
CREATE FUNCTION document_lexemes(title text, content text) RETURNS tsvector
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    readable text := content;
BEGIN
    LOOP
        BEGIN
            RETURN setweight(to_tsvector('english', coalesce(title, '')), 'A')
                || setweight(to_tsvector('english', readable), 'D');
        EXCEPTION WHEN program_limit_exceeded THEN
            readable := left(readable, length(readable) * 3 / 4);
        END;
    END LOOP;
END
$$
"""

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE EXTENSION IF NOT EXISTS vector")
    op.execute(DOCUMENT_LEXEMES)
    op.create_table(
        "documents",
        sa.Column("key", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("collection", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("metadata", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("content_hash", postgresql.BYTEA(), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("content_version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("lane", sa.Text(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint("content <> ''", name="documents_content_check"),
        sa.CheckConstraint("jsonb_typeof(metadata) = 'object'", name="documents_metadata_check"),
        sa.CheckConstraint("lane IN ('interactive', 'bulk')", name="documents_lane_check"),
        sa.CheckConstraint("octet_length(content_hash) = 32", name="documents_hash_check"),
        sa.PrimaryKeyConstraint("key"),
        sa.UniqueConstraint("collection", "id", name="documents_collection_id_key"),
    )
    op.create_index("documents_collection_newest", "documents", ["collection", "key"], unique=False)
    op.create_table(
        "embedding_models",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=True),
        sa.Column("dimensions", sa.Integer(), nullable=True),
        sa.Column("fingerprint", HALFVEC(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "state IN ('building', 'active', 'retired')", name="embedding_models_state_check"
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "embedding_models_active",
        "embedding_models",
        ["state"],
        unique=True,
        postgresql_where=sa.text("state = 'active'"),
    )
    op.create_table(
        "events",
        sa.Column("xid", Xid8(), server_default=sa.text("pg_current_xact_id()"), nullable=False),
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("collection", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("xid", "seq"),
    )
    op.create_index("events_created_at", "events", ["created_at"], unique=False)
    op.create_table(
        "workers",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "seen_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column(
            "started_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("paused_reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "document_texts",
        sa.Column("document_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("lexemes", postgresql.TSVECTOR(), nullable=False),
        sa.ForeignKeyConstraint(["document_key"], ["documents.key"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("document_key"),
    )
    op.create_index(
        "document_texts_lexemes",
        "document_texts",
        ["lexemes"],
        unique=False,
        postgresql_using="gin",
        postgresql_with={"fastupdate": "off"},
    )
    # Out of line and uncompressed: ranking reads lexemes far more often than writes store them.
    op.execute("ALTER TABLE document_texts ALTER lexemes SET STORAGE EXTERNAL")
    op.create_table(
        "embeddings",
        sa.Column("document_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("model_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("content_hash", postgresql.BYTEA(), nullable=False),
        sa.Column("chunks", sa.Integer(), nullable=False),
        sa.Column(
            "embedded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["document_key"], ["documents.key"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["model_id"], ["embedding_models.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("document_key", "model_id"),
    )
    op.create_table(
        "jobs",
        sa.Column("document_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("model_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("lane", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column(
            "queued_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column(
            "available_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_token", sa.Uuid(), nullable=True),
        sa.Column("error_code", sa.Text(), nullable=True),
        sa.Column("error_message", sa.Text(), nullable=True),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("lane IN ('interactive', 'bulk')", name="jobs_lane_check"),
        sa.CheckConstraint(
            "(error_code IS NULL) = (error_message IS NULL)", name="jobs_error_check"
        ),
        sa.CheckConstraint(
            "(lease_until IS NULL) = (lease_token IS NULL)", name="jobs_lease_check"
        ),
        sa.CheckConstraint(
            "failed_at IS NULL OR (error_code IS NOT NULL AND lease_until IS NULL)",
            name="jobs_failed_check",
        ),
        sa.ForeignKeyConstraint(["document_key"], ["documents.key"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["model_id"], ["embedding_models.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("document_key", "model_id"),
    )
    op.create_index(
        "jobs_due",
        "jobs",
        ["model_id", "lane", "available_at"],
        unique=False,
        postgresql_where=sa.text("failed_at IS NULL"),
    )
    op.create_index(
        "jobs_failed",
        "jobs",
        ["document_key"],
        unique=False,
        postgresql_where=sa.text("failed_at IS NOT NULL"),
    )
    op.create_table(
        "chunks",
        sa.Column("document_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("model_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("start_offset", sa.Integer(), nullable=False),
        sa.Column("end_offset", sa.Integer(), nullable=False),
        sa.Column("text_hash", postgresql.BYTEA(), nullable=False),
        sa.Column("embedding", HALFVEC(), nullable=False),
        sa.ForeignKeyConstraint(
            ["document_key", "model_id"],
            ["embeddings.document_key", "embeddings.model_id"],
            name="chunks_embedding_fkey",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("document_key", "model_id", "seq"),
    )


def downgrade() -> None:
    tables = (
        "chunks, jobs, embeddings, document_texts, workers, events, embedding_models, documents"
    )
    op.execute(f"DROP TABLE {tables}")
    op.execute("DROP FUNCTION document_lexemes")
