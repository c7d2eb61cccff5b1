"""Files, their bytes in pieces, which documents they became, and where a passage is in its file."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


COUNT_FILES = """
CREATE FUNCTION count_files() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO tenant_usage_changes (tenant, bytes)
        VALUES (tenant_of(NEW.collection), NEW.size);
    END IF;
    IF TG_OP <> 'INSERT' THEN
        INSERT INTO tenant_usage_changes (tenant, bytes)
        VALUES (tenant_of(OLD.collection), -OLD.size);
    END IF;
    RETURN NULL;
END
$$
"""


def _now(name: str) -> "sa.Column[object]":
    return sa.Column(
        name, sa.DateTime(timezone=True), nullable=False, server_default=sa.text("now()")
    )


def _key(name: str) -> "sa.Column[int]":
    return sa.Column(name, sa.BigInteger(), sa.Identity(always=True), primary_key=True)


def upgrade() -> None:
    op.create_table("file_contents", _key("key"), _now("created_at"))
    op.create_table(
        "file_pieces",
        sa.Column(
            "content_key",
            sa.BigInteger(),
            sa.ForeignKey("file_contents.key", ondelete="CASCADE"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column("number", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("data", postgresql.BYTEA(), nullable=False),
    )
    # Most files are compressed already, and compressing a large text takes seconds.
    op.execute("ALTER TABLE file_pieces ALTER COLUMN data SET STORAGE EXTERNAL")
    _create_files()
    op.create_table(
        "file_documents",
        sa.Column("collection", sa.Text(), primary_key=True),
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column(
            "file_key",
            sa.BigInteger(),
            sa.ForeignKey("files.key", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("number", sa.Integer(), nullable=False),
    )
    op.create_index("file_documents_file", "file_documents", ["file_key", "number"])
    op.create_table(
        "document_locations",
        sa.Column(
            "document_key",
            sa.BigInteger(),
            sa.ForeignKey("documents.key", ondelete="CASCADE"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column("content_hash", postgresql.BYTEA(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("offsets", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.Column("numbers", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.CheckConstraint(
            "cardinality(offsets) = cardinality(numbers)", name="document_locations_numbers_check"
        ),
    )


def _create_files() -> None:
    op.create_table(
        "files",
        _key("key"),
        sa.Column("collection", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text()),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", postgresql.BYTEA(), nullable=False),
        sa.Column("title", sa.Text()),
        sa.Column("metadata", postgresql.JSONB(), nullable=False),
        sa.Column("source", sa.Text()),
        sa.Column("sweep", sa.Text()),
        sa.Column(
            "content_key", sa.BigInteger(), sa.ForeignKey("file_contents.key"), nullable=False
        ),
        sa.Column("revision", sa.Integer(), nullable=False, server_default="1"),
        sa.Column("state", sa.Text(), nullable=False, server_default="waiting"),
        sa.Column("extractor", sa.Text()),
        sa.Column("extractor_version", sa.Text()),
        sa.Column("pages", sa.Integer()),
        sa.Column("attempts", sa.Integer(), nullable=False, server_default="0"),
        _now("available_at"),
        sa.Column("claimed_at", sa.DateTime(timezone=True)),
        sa.Column("lease_until", sa.DateTime(timezone=True)),
        sa.Column("lease_token", sa.Uuid()),
        sa.Column("error_code", sa.Text()),
        sa.Column("error_message", sa.Text()),
        _now("created_at"),
        _now("updated_at"),
        sa.UniqueConstraint("collection", "id", name="files_collection_id_key"),
        sa.CheckConstraint(
            "state IN ('waiting', 'done', 'failed', 'deleted')", name="files_state_check"
        ),
        sa.CheckConstraint(
            "(lease_until IS NULL) = (lease_token IS NULL)", name="files_lease_check"
        ),
        sa.CheckConstraint(
            "(error_code IS NULL) = (error_message IS NULL)", name="files_error_check"
        ),
    )
    tenant = sa.text("tenant_of(collection)")
    op.create_index("files_collection_newest", "files", ["collection", "key"])
    op.create_index(
        "files_collections",
        "files",
        [sa.text('collection COLLATE "C"')],
        postgresql_where=sa.text("state <> 'deleted'"),
    )
    op.create_index(
        "files_due",
        "files",
        [tenant, "available_at"],
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_index("files_turns", "files", [tenant, "claimed_at"])
    op.create_index(
        "files_deleted", "files", ["key"], postgresql_where=sa.text("state = 'deleted'")
    )
    op.create_index("files_content", "files", ["content_key"])
    op.create_index("files_extractor", "files", ["extractor", "extractor_version", "key"])
    op.execute(COUNT_FILES)
    op.execute(
        "CREATE TRIGGER count_files AFTER INSERT OR DELETE ON files"
        " FOR EACH ROW EXECUTE FUNCTION count_files()"
    )
    op.execute(
        "CREATE TRIGGER count_changed_files AFTER UPDATE ON files FOR EACH ROW"
        " WHEN (OLD.size <> NEW.size) EXECUTE FUNCTION count_files()"
    )


def downgrade() -> None:
    for table in (
        "document_locations",
        "file_documents",
        "files",
        "file_pieces",
        "file_contents",
    ):
        op.drop_table(table)
    op.execute("DROP FUNCTION count_files")
