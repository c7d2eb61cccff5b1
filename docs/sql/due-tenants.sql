-- The tenants with due jobs, the next one first, sent by shared.db.embedding.shares.due.
-- To see its plan, put EXPLAIN (ANALYZE, BUFFERS) before WITH.
BEGIN;
WITH RECURSIVE models AS (
    (SELECT model_id FROM jobs WHERE failed_at IS NULL ORDER BY model_id LIMIT 1)
    UNION ALL
    SELECT (
        SELECT model_id FROM jobs WHERE failed_at IS NULL AND model_id > models.model_id
        ORDER BY model_id LIMIT 1
    ) FROM models WHERE model_id IS NOT NULL
), due AS MATERIALIZED (
    SELECT model_id FROM models WHERE (
        SELECT true FROM jobs
        WHERE model_id = models.model_id AND lane = 'interactive' AND failed_at IS NULL
          AND available_at <= now() AND (lease_until IS NULL OR lease_until < now())
        ORDER BY available_at LIMIT 1
    )
), clock AS MATERIALIZED (SELECT (SELECT coalesce(max(started_ms), 0) FROM tenant_shares
        WHERE lane = 'interactive') AS started_ms)
SELECT m.tenant, coalesce(t.weight, 1) AS weight, array_agg(m.id ORDER BY m.id) AS model_ids
FROM due JOIN embedding_models m ON m.id = due.model_id
LEFT JOIN tenants t ON t.name = m.tenant
LEFT JOIN tenant_shares s ON s.tenant = m.tenant AND s.lane = 'interactive'
GROUP BY m.tenant, t.weight, s.virtual_ms
ORDER BY greatest(s.virtual_ms, (SELECT started_ms FROM clock)), s.virtual_ms NULLS FIRST, m.tenant;
ROLLBACK;
