"""What each tenant has: triggers count the changes, and a worker sums them up."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

# The length of a text is known without reading it.
BYTES = """octet_length(content) + coalesce(octet_length(title), 0)
        + octet_length(metadata::text)"""

# One row for each statement and tenant. A statement that writes nothing adds none. No statement
# waits for another one, as it would if all of a tenant changed one row.
COUNT_DOCUMENTS = f"""
CREATE FUNCTION count_documents() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO tenant_usage_changes (tenant, documents, bytes)
        SELECT tenant_of(collection), count(*), sum({BYTES}) FROM added GROUP BY 1;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO tenant_usage_changes (tenant, documents, bytes)
        SELECT tenant_of(collection), -count(*), -sum({BYTES}) FROM removed GROUP BY 1;
    ELSE
        INSERT INTO tenant_usage_changes (tenant, bytes)
        SELECT tenant, sum(bytes) FROM (
            SELECT tenant_of(collection) AS tenant, {BYTES} AS bytes FROM added
            UNION ALL SELECT tenant_of(collection), -({BYTES}) FROM removed
        ) AS each GROUP BY tenant HAVING sum(bytes) <> 0;
    END IF;
    RETURN NULL;
END
$$
"""
# A document may be deleted already when its embeddings are. The model has the same tenant.
COUNT_CHUNKS = """
CREATE FUNCTION count_chunks() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO tenant_usage_changes (tenant, chunks)
        SELECT m.tenant, sum(e.chunks) FROM added e JOIN embedding_models m ON m.id = e.model_id
        GROUP BY m.tenant HAVING sum(e.chunks) <> 0;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO tenant_usage_changes (tenant, chunks)
        SELECT m.tenant, -sum(e.chunks) FROM removed e JOIN embedding_models m ON m.id = e.model_id
        GROUP BY m.tenant HAVING sum(e.chunks) <> 0;
    ELSE
        INSERT INTO tenant_usage_changes (tenant, chunks)
        SELECT m.tenant, sum(e.chunks) FROM (
            SELECT model_id, chunks FROM added UNION ALL SELECT model_id, -chunks FROM removed
        ) AS e JOIN embedding_models m ON m.id = e.model_id
        GROUP BY m.tenant HAVING sum(e.chunks) <> 0;
    END IF;
    RETURN NULL;
END
$$
"""
FUNCTIONS = {"documents": "count_documents", "embeddings": "count_chunks"}
ROWS = {
    "INSERT": "NEW TABLE AS added",
    "UPDATE": "NEW TABLE AS added OLD TABLE AS removed",
    "DELETE": "OLD TABLE AS removed",
}


def upgrade() -> None:
    op.create_table(
        "tenant_usage",
        sa.Column("tenant", sa.Text(), primary_key=True),
        *_counts(),
        sa.Column("answers_on", sa.Date()),
    )
    op.create_table(
        "tenant_usage_changes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), primary_key=True),
        sa.Column("tenant", sa.Text(), nullable=False),
        *_counts(),
        sa.Column(
            "day",
            sa.Date(),
            nullable=False,
            server_default=sa.text("(now() AT TIME ZONE 'UTC')::date"),
        ),
    )
    # The table is always short, and its rows are soon deleted.
    op.execute(
        "ALTER TABLE tenant_usage_changes SET (autovacuum_vacuum_scale_factor = 0,"
        " autovacuum_vacuum_threshold = 2000, autovacuum_analyze_scale_factor = 0,"
        " autovacuum_analyze_threshold = 20000)"
    )
    op.execute(COUNT_DOCUMENTS)
    op.execute(COUNT_CHUNKS)
    for table, function in FUNCTIONS.items():
        for event, rows in ROWS.items():
            op.execute(
                f"CREATE TRIGGER {table}_counted_{event.lower()} AFTER {event} ON {table}"
                f" REFERENCING {rows} FOR EACH STATEMENT EXECUTE FUNCTION {function}()"
            )


def _counts() -> list[sa.Column[int]]:
    return [
        sa.Column(name, sa.BigInteger(), nullable=False, server_default="0")
        for name in ("documents", "bytes", "chunks", "answers")
    ]


def downgrade() -> None:
    for table in FUNCTIONS:
        for event in ROWS:
            op.execute(f"DROP TRIGGER {table}_counted_{event.lower()} ON {table}")
    op.execute("DROP FUNCTION count_documents, count_chunks")
    op.drop_table("tenant_usage_changes")
    op.drop_table("tenant_usage")
