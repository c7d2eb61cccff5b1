-- A claim of due jobs, sent by shared.db.embedding.claims.claim.
-- To see its plan, put EXPLAIN (ANALYZE, BUFFERS) before WITH.
BEGIN;
WITH due AS MATERIALIZED (
    SELECT document_key, available_at, lease_until IS NOT NULL AS taken_over FROM jobs
    WHERE model_id = 1 AND lane = 'interactive' AND failed_at IS NULL
      AND available_at <= now() AND (lease_until IS NULL OR lease_until < now())
    ORDER BY available_at LIMIT 64 FOR UPDATE SKIP LOCKED
), measured AS (
    SELECT due.*, row_number() OVER oldest AS number, count(*) OVER () AS found,
        sum(octet_length(d.content)) OVER oldest AS total_bytes
    FROM due JOIN documents d ON d.key = due.document_key
    WINDOW oldest AS (ORDER BY due.available_at, due.document_key)
), taken AS (
    SELECT *, found = 64 OR count(*) OVER () < found AS more FROM measured
    WHERE number = 1 OR total_bytes <= 1000000
)
UPDATE jobs j SET lease_until = now() + make_interval(secs => 60.0),
    lease_token = '0123456789ab4def8123456789abcdef'::uuid
FROM taken WHERE j.document_key = taken.document_key AND j.model_id = 1
RETURNING j.document_key, j.attempts, taken.taken_over, taken.more,
    extract(epoch FROM now() - j.queued_at)::float8 AS waited_seconds;
ROLLBACK;
