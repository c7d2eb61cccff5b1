"""The reasons for which lines of an import were rejected, and the imports that sent files."""

import sqlalchemy as sa
from alembic import op

from migrations import concurrent_indexes

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # They come first, because they commit what came before, and a failed build is repeated.
    op.execute("ALTER TABLE files ADD COLUMN IF NOT EXISTS import_key bigint")
    op.execute("ALTER TABLE jobs ADD COLUMN IF NOT EXISTS file_key bigint")
    concurrent_indexes.create(
        "files_import",
        "files",
        ["import_key", "state", "key"],
        where="import_key IS NOT NULL AND state <> 'done'",
    )
    concurrent_indexes.create(
        "jobs_import_file",
        "jobs",
        ["import_key", "file_key"],
        where="import_key IS NOT NULL AND file_key IS NOT NULL",
    )
    op.add_column(
        "imports", sa.Column("requests", sa.Integer(), nullable=False, server_default="0")
    )
    op.create_table(
        "import_rejections",
        sa.Column("import_key", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("number", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("request", sa.Integer(), nullable=False),
        sa.Column("line", sa.BigInteger()),
        sa.Column("id", sa.Text()),
        sa.Column("error", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["import_key"], ["imports.key"], ondelete="CASCADE"),
    )


def downgrade() -> None:
    op.drop_table("import_rejections")
    op.drop_column("imports", "requests")
    op.drop_index("jobs_import_file", "jobs")
    op.drop_index("files_import", "files")
    op.drop_column("jobs", "file_key")
    op.drop_column("files", "import_key")
