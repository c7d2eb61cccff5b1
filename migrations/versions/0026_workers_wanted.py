"""How fast each worker embeds, and how many workers the waiting documents need."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

# A flow's number is its size times 2 ^ 32. A job has no size of its own, so those of one size count
# as the geometric mean of its bounds, and 4 bytes as a token.
# Workers are rounded up once for all lanes, those of which each waits less first.
# A scaler asks every few seconds. So a lane of 500 jobs or more is estimated from 500 pages of the
# table, which are all of a table of up to 40,000 jobs. The order has each model read by its index.
# The pages may miss jobs that lie together, so a lane has at least those that were read.
# A scaler that asks must get an answer while no worker runs, so the speed has a first guess.
WORKERS_WANTED = """
CREATE FUNCTION workers_wanted(
    target_seconds double precision DEFAULT 60, model_slots integer DEFAULT 4
) RETURNS TABLE (lane text, documents bigint, tokens double precision, workers integer)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
WITH alive AS (
    SELECT * FROM workers
    WHERE seen_at BETWEEN now() - interval '10 seconds' AND now() + interval '10 seconds'
), speed AS (
    SELECT coalesce(nullif(avg(tokens_per_second), 0), 1000) AS tokens_per_second,
        coalesce(avg(requests_at_a_time), 1) AS slots_of_a_worker,
        coalesce(bool_and(paused_reason IS NOT NULL), false) AS paused
    FROM alive
), paused AS (
    SELECT model_id::integer FROM alive, jsonb_object_keys(models_paused) AS model_id
    GROUP BY 1 HAVING count(*) = (SELECT count(*) FROM alive)
), lanes AS (
    SELECT * FROM unnest(ARRAY['interactive', 'bulk', 'backfill']) WITH ORDINALITY
        AS l (lane, position)
), first AS (
    SELECT l.lane, j.flow FROM lanes l CROSS JOIN LATERAL (
        SELECT j.flow FROM embedding_models m CROSS JOIN LATERAL (
            SELECT flow FROM jobs
            WHERE model_id = m.id AND lane = l.lane AND failed_at IS NULL
              AND available_at <= now() + make_interval(secs => target_seconds)
            ORDER BY available_at LIMIT 500
        ) j WHERE m.id NOT IN (SELECT model_id FROM paused) LIMIT 500
    ) j
), long AS (
    SELECT first.lane FROM first GROUP BY 1 HAVING count(*) = 500
), sample AS (
    SELECT least(100, 50000 / greatest(1, pg_relation_size('jobs')
        / current_setting('block_size')::double precision)) AS percent
), counted AS (
    SELECT 'first' AS source, f.lane, f.flow / 4294967296 AS size,
        count(*)::double precision AS documents
    FROM first f GROUP BY 2, 3
    UNION ALL
    SELECT 'sample', j.lane, j.flow / 4294967296,
        count(*) * 100 / (SELECT percent FROM sample)
    FROM jobs j TABLESAMPLE SYSTEM ((SELECT percent FROM sample))
    WHERE j.lane IN (SELECT lane FROM long) AND j.failed_at IS NULL
      AND j.available_at <= now() + make_interval(secs => target_seconds)
      AND j.model_id NOT IN (SELECT model_id FROM paused)
    GROUP BY 2, 3
), added AS (
    SELECT c.lane, sum(c.documents) AS documents,
        sum(c.documents * (ARRAY[100, 725, 5800, 50000])[c.size + 1]) AS tokens
    FROM counted c GROUP BY c.source, c.lane
), due AS (
    SELECT l.position, l.lane, coalesce(max(a.documents), 0)::bigint AS documents,
        coalesce(max(a.tokens), 0)::double precision AS tokens
    FROM lanes l LEFT JOIN added a ON a.lane = l.lane GROUP BY 1, 2
), added_up AS (
    SELECT due.*, sum(tokens) OVER (ORDER BY position) AS tokens_so_far FROM due
), workers_so_far AS (
    SELECT a.*, CASE WHEN s.paused THEN 0 ELSE ceil(least(
        a.tokens_so_far / (s.tokens_per_second * target_seconds), model_slots
    ) / s.slots_of_a_worker) END AS workers
    FROM added_up a CROSS JOIN speed s
)
SELECT lane, documents, tokens,
    (workers - lag(workers, 1, 0) OVER (ORDER BY position))::integer
FROM workers_so_far ORDER BY position
$$
"""


def upgrade() -> None:
    op.add_column("workers", sa.Column("tokens_per_second", sa.REAL()))
    op.add_column(
        "workers",
        sa.Column("requests_at_a_time", sa.Integer(), nullable=False, server_default="1"),
    )
    op.execute(WORKERS_WANTED)


def downgrade() -> None:
    op.execute("DROP FUNCTION workers_wanted")
    op.drop_column("workers", "requests_at_a_time")
    op.drop_column("workers", "tokens_per_second")
