-- The hits of a page, sent by shared.db.search.hits.read, with example values.
-- To see its plan, put EXPLAIN (ANALYZE, BUFFERS) before SELECT.
BEGIN;
SELECT d.key, d.id, d.collection, d.title, d.metadata, CASE WHEN j.failed_at IS NOT NULL THEN 'failed'
        WHEN j.document_key IS NULL AND e.document_key IS NOT NULL THEN 'ready'
        ELSE 'pending' END AS status,
    d.version, d.updated_at, t.language, passage.text AS passage, passage.start AS passage_start,
    passage.is_start, passage.is_end,
    CASE WHEN e.content_hash = d.content_hash THEN f.start_offset END AS start_offset,
    CASE WHEN e.content_hash = d.content_hash THEN f.end_offset END AS end_offset,
    e.chunks, e.version AS embedded_version
FROM unnest(
    '{1,2}'::int2[]::bigint[], '{0,NULL}'::int2[]::int[], '{44,NULL}'::int2[]::int[], '{t,t}'::bool[]::bool[]
) WITH ORDINALITY AS f (key, start_offset, end_offset, by_words, place)
JOIN documents d ON d.key = f.key
JOIN document_texts t ON t.document_key = d.key
LEFT JOIN collections r ON r.name = d.collection
    LEFT JOIN embedding_models m ON m.id = coalesce(r.active_model_id,
        default_model_of(tenant_of(d.collection)))
    LEFT JOIN jobs j ON j.document_key = d.key AND j.model_id = m.id
    LEFT JOIN embeddings e ON e.document_key = d.key AND e.model_id = m.id
CROSS JOIN LATERAL (
        SELECT text, skipped AS start, is_chunk OR skipped = 0 AS is_start,
            is_chunk AND characters < 2400 OR length(text) < characters AS is_end
        FROM (SELECT octet_length(d.content) > 1500 AND NOT f.by_words
                AND f.start_offset IS NOT NULL AND e.content_hash = d.content_hash AS is_chunk,
                1048576 / 2::int AS share) AS hit,
            LATERAL (SELECT
                CASE WHEN is_chunk THEN f.start_offset
                    ELSE greatest(coalesce(f.start_offset, 0) - share / 2, 0) END AS skipped,
                CASE WHEN is_chunk THEN least(f.end_offset - f.start_offset, 2400)
                    ELSE share END AS characters) AS part,
            LATERAL (SELECT substr(d.content, skipped + 1, characters) AS text OFFSET 0) AS read
        OFFSET 0
    ) AS passage
ORDER BY f.place;
ROLLBACK;
