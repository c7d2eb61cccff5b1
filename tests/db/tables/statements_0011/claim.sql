-- A claim of due jobs, sent by shared.db.embedding.claims.claim.
-- To see its plan, put EXPLAIN (ANALYZE, BUFFERS) before WITH.
BEGIN;
WITH flows AS MATERIALIZED (
    SELECT row_number() OVER () AS turn, found.flow
    FROM unnest('{8589934591,8589934591,4294967295,4294967295,-1,-1}'::int8[]::bigint[], '{17179869183,8589934591,8589934591,4294967295,4294967295,-1}'::int8[]::bigint[]) AS part (after, until)
    CROSS JOIN LATERAL (
        WITH RECURSIVE next AS (
            (SELECT flow FROM jobs
        WHERE model_id = 1 AND lane = 'interactive' AND failed_at IS NULL
          AND available_at <= now() AND (lease_until IS NULL OR lease_until < now())
          AND flow <= part.until
                    AND flow > part.after ORDER BY flow LIMIT 1)
            UNION ALL
            SELECT (
                SELECT flow FROM jobs
        WHERE model_id = 1 AND lane = 'interactive' AND failed_at IS NULL
          AND available_at <= now() AND (lease_until IS NULL OR lease_until < now())
          AND flow <= part.until
                    AND flow > next.flow ORDER BY flow LIMIT 1
            ) FROM next WHERE next.flow IS NOT NULL
        )
        SELECT flow FROM next WHERE flow IS NOT NULL
    ) AS found LIMIT 64
), due AS MATERIALIZED (
    SELECT job.*, flows.flow, flows.turn
    FROM flows CROSS JOIN LATERAL (
        SELECT document_key, available_at, lease_until IS NOT NULL AS taken_over FROM jobs
        WHERE model_id = 1 AND lane = 'interactive' AND failed_at IS NULL
          AND available_at <= now() AND (lease_until IS NULL OR lease_until < now()) AND flow = flows.flow
        ORDER BY available_at LIMIT (SELECT ceil(64::float8 / count(*)) FROM flows)
        FOR UPDATE SKIP LOCKED
    ) AS job
), numbered AS (
    SELECT *, row_number() OVER (
            PARTITION BY flow ORDER BY available_at, document_key
        ) AS number,
        (SELECT octet_length(content) FROM documents WHERE key = document_key) AS bytes
    FROM due
), measured AS (
    SELECT *, row_number() OVER fair AS place, sum(bytes) OVER fair AS total_bytes,
        count(*) OVER () AS found,
        max(number) OVER () = (SELECT ceil(64::float8 / count(*)) FROM flows) AS is_limited
    FROM numbered WINDOW fair AS (ORDER BY number, turn)
), taken AS MATERIALIZED (
    SELECT *, is_limited OR count(*) OVER () < found AS more FROM measured
    WHERE place = 1 OR (place <= 64 AND total_bytes <= 1000000)
)
UPDATE jobs j SET lease_until = now() + make_interval(secs => 60.0),
    lease_token = '0123456789ab4def8123456789abcdef'::uuid
-- An array makes the planner read each job by index.
WHERE j.model_id = 1 AND j.document_key = ANY(ARRAY(SELECT document_key FROM taken))
RETURNING j.document_key, j.attempts, j.flow,
    array_position(ARRAY(SELECT document_key FROM taken ORDER BY place), j.document_key) AS place,
    j.document_key = ANY(ARRAY(SELECT document_key FROM taken WHERE taken_over)) AS taken_over,
    (SELECT bool_or(more) FROM taken) AS more,
    greatest(0, extract(epoch FROM now() - j.queued_at))::float8 AS waited_seconds;
ROLLBACK;
