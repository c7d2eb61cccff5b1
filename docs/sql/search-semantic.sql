-- The candidates of a search, sent by shared.db.search.candidates.find.
-- To see its plan, put EXPLAIN (ANALYZE, BUFFERS) before WITH.
BEGIN;
SET LOCAL hnsw.ef_search = 120;
SET LOCAL hnsw.iterative_scan = relaxed_order;
SET LOCAL hnsw.max_scan_tuples = 200000;
SET LOCAL hnsw.scan_mem_multiplier = 8;
WITH nearest_chunks AS (
    SELECT c.document_key, c.start_offset, c.end_offset,
        c.embedding::halfvec(8) <=> '[0.5,-0.25,0.125,0.5,0.0,0.25,-0.5,0.375]'::halfvec AS distance
    FROM chunks c JOIN documents d ON d.key = c.document_key
    WHERE c.model_id = 1 AND d.collection = 'notes'
    ORDER BY c.embedding::halfvec(8) <=> '[0.5,-0.25,0.125,0.5,0.0,0.25,-0.5,0.375]'::halfvec LIMIT 100
), semantic AS MATERIALIZED (
    SELECT document_key AS key, start_offset, end_offset, distance,
        row_number() OVER (ORDER BY distance, document_key) AS rank
    FROM (SELECT DISTINCT ON (document_key) * FROM nearest_chunks
          ORDER BY document_key, distance, start_offset) AS nearest
), textual AS (
    SELECT NULL::bigint AS key, NULL::float8 AS score, NULL::bigint AS rank WHERE false
), found AS MATERIALIZED (
    SELECT key, 1 - s.distance AS similarity, s.start_offset, s.end_offset, t.score,
        s.rank AS semantic_rank, t.rank AS text_rank
    FROM semantic s FULL JOIN textual t USING (key)
)
SELECT count(*) AS key, NULL::float8 AS similarity, NULL::int AS start_offset,
    count(score)::int AS end_offset, NULL::float8 AS score,
    NULL::bigint AS semantic_rank, NULL::bigint AS text_rank,
    ARRAY(SELECT language FROM text_languages ORDER BY language) AS languages
FROM found
UNION ALL
SELECT key, similarity, start_offset, end_offset, score, semantic_rank, text_rank, NULL
FROM found WHERE least(semantic_rank, text_rank) <= 100;
ROLLBACK;
