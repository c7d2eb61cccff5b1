-- The end of embedded jobs, sent by shared.db.embedding.jobs.store before their chunks.
-- To see its plan, put EXPLAIN (ANALYZE, BUFFERS) before WITH.
BEGIN;
WITH done AS (
    SELECT * FROM unnest('{1,2}'::int2[]::bigint[],  E'{"\\\\x7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed","\\\\x3fc4ccfe745870e2c0d99f71f30ff0656c8dedd41cc1d7d3d376b0dbe685e2f3"}'::bytea[]::bytea[], '{1,3}'::int2[]::int[])
        AS done (key, content_hash, chunks)
), ended AS (
    DELETE FROM jobs j USING done, documents d
    WHERE j.document_key = done.key AND j.model_id = 1
      AND j.lease_token = '0123456789ab4def8123456789abcdef'::uuid
      AND d.key = done.key AND d.content_hash = done.content_hash
    RETURNING d.key, d.collection, d.id, d.version, d.content_version, done.content_hash,
        done.chunks, 1 = (SELECT coalesce(
        (SELECT active_model_id FROM collections WHERE name = d.collection),
        default_model_of(tenant_of(d.collection)))) AS is_active
), embedded AS (
    INSERT INTO embeddings AS e (document_key, model_id, version, content_hash, chunks)
    SELECT key, 1, content_version, content_hash, chunks FROM ended
    ON CONFLICT (document_key, model_id) DO UPDATE SET version = excluded.version,
        content_hash = excluded.content_hash, chunks = excluded.chunks,
        embedded_at = now()
), announced AS (
    INSERT INTO events (xid, collection, id, status, version)
    SELECT coalesce(max(xid), pg_current_xact_id()), collection, id, max(status), max(version)
    FROM (
        SELECT NULL::xid8 AS xid, collection, id, 'ready' AS status, version FROM ended WHERE is_active
        UNION ALL
        SELECT xid, collection, id, NULL, NULL FROM events
        WHERE xid > pg_current_xact_id_if_assigned()
          AND xid < pg_snapshot_xmax(pg_current_snapshot())
    ) AS told
    GROUP BY collection, id HAVING max(version) IS NOT NULL ORDER BY collection, id
)
SELECT key, is_active FROM ended;
ROLLBACK;
