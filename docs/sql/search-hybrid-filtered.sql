-- The candidates of a search, sent by shared.db.search.candidates.find.
-- To see its plan, put EXPLAIN (ANALYZE, BUFFERS) before WITH.
BEGIN;
SET LOCAL hnsw.ef_search = 120;
SET LOCAL inkdex.hnsw_ef_search = 120;
SET LOCAL hnsw.iterative_scan = relaxed_order;
SET LOCAL hnsw.max_scan_tuples = 200000;
SET LOCAL hnsw.scan_mem_multiplier = 8;
WITH nearest_chunks AS (
    SELECT c.document_key, c.start_offset, c.end_offset,
        c.embedding::halfvec(8) <=> '[0.5,-0.25,0.125,0.5,0.0,0.25,-0.5,0.375]'::halfvec AS distance
    FROM chunks c
    WHERE (SELECT set_config('hnsw.ef_search', least(1000,
            greatest(1, ceil(current_setting('inkdex.hnsw_ef_search')::int
                * greatest(1, cbrt(max(reltuples) / 100000.0)))))::text, true)
        FROM pg_class WHERE oid = to_regclass('chunks_embedding_1')) IS NOT NULL
        AND c.model_id = 1 AND EXISTS (
            SELECT FROM documents d WHERE d.key = c.document_key AND d.collection = 'notes'
        AND coalesce(d.metadata @? '$."lang" ? (@.type() != "array" && (@ == "en"))'::jsonpath, false)
        AND coalesce(d.metadata @? '$."year" ? (@.type() != "array" && @ >= 2020)'::jsonpath, false) OFFSET 0)
    ORDER BY c.embedding::halfvec(8) <=> '[0.5,-0.25,0.125,0.5,0.0,0.25,-0.5,0.375]'::halfvec LIMIT 100
), semantic AS MATERIALIZED (
    SELECT document_key AS key, start_offset, end_offset, distance, distance AS scaled,
        row_number() OVER (ORDER BY distance, document_key) AS rank
    FROM (SELECT DISTINCT ON (document_key) * FROM nearest_chunks
          ORDER BY document_key, distance, start_offset) AS nearest
), words AS MATERIALIZED (
    SELECT word::tsquery, size, weight, says_something, string_to_array(languages, ' ') AS languages
    FROM unnest(
        '{"(''dri'' | ''~dri'')","(''iron'' | ''~iron'')","(''ink'' | ''~ink'')","(''how'' | ''~how'')","(''doe'' | ''~doe'')"}'::text[], '{2,2,2,2,2}'::int2[]::int[], '{6.607684019309589,5.803636142716202,5.230692050852012,0.024079011661826466,0.018325647977066203}'::float8[]::float8[],
        '{t,t,t,f,f}'::bool[]::bool[], '{english,english,english,english,english}'::text[]
    ) AS w (word, size, weight, says_something, languages)
), texts AS (
    (SELECT t.document_key, t.language, t.length, t.lexemes, false AS by_prefix FROM document_texts t
    WHERE t.lexemes @@ '(''dri'' | ''~dri'') | (''iron'' | ''~iron'')'::tsquery AND t.collection = 'notes'
        AND CASE WHEN EXISTS (SELECT FROM documents d WHERE d.key = t.document_key AND d.collection = 'notes'
        AND coalesce(d.metadata @? '$."lang" ? (@.type() != "array" && (@ == "en"))'::jsonpath, false)
        AND coalesce(d.metadata @? '$."year" ? (@.type() != "array" && @ >= 2020)'::jsonpath, false)) THEN true END LIMIT 1000)
    UNION ALL
    (SELECT t.document_key, t.language, t.length, t.lexemes, false AS by_prefix FROM semantic k, LATERAL (
        -- OFFSET 0 makes the planner look up each text instead of reading the whole table.
        SELECT * FROM document_texts WHERE document_key = k.key OFFSET 0
    ) AS t WHERE t.lexemes @@ '(''dri'' | ''~dri'') | (''iron'' | ''~iron'') | (''ink'' | ''~ink'')'::tsquery)
), textual AS MATERIALIZED (
    SELECT key, score, row_number() OVER (ORDER BY score DESC, key) AS rank
    FROM (SELECT t.document_key AS key, max(scored.score) AS score
        FROM texts t, LATERAL (
            SELECT 0.375::float8 + 1.125::float8 * t.length / 120.0::float8 AS damping
            OFFSET 0
        ) AS k, LATERAL (
            SELECT CASE WHEN bool_or(part.share > 0 AND part.says_something)
                THEN sum(part.weight * part.share) ELSE 0 END AS score
            FROM (SELECT w.weight, w.says_something, 1 - k.damping / (k.damping
                    + (0.6079271::float8 / (1.0000001::float8
                - least(0.99::float8,
                    w.size * ts_rank(ARRAY[1, 0.8, 1, 1]::real[], t.lexemes, w.word)))
                - 0.6079271::float8)) AS share
                FROM words w WHERE t.language = ANY(w.languages) OFFSET 0
            ) AS part
        ) AS scored
        WHERE scored.score > 0 OR t.by_prefix GROUP BY t.document_key
    ) AS best
), found AS MATERIALIZED (
    SELECT key, 1 - s.distance AS similarity, 1 - s.scaled AS meaning, s.start_offset,
        s.end_offset, t.score AS word_score, s.rank AS semantic_rank, t.rank AS text_rank
    FROM semantic s FULL JOIN textual t USING (key)
), candidates AS (
    SELECT * FROM found WHERE least(semantic_rank, text_rank) <= 100
), accepted AS MATERIALIZED (
    SELECT * FROM candidates
    WHERE word_score IS NOT NULL OR similarity >=  -1.0::float8
), scale AS MATERIALIZED (
    SELECT min(meaning) AS least_meaning, max(meaning) AS best_meaning,
        max(word_score) AS best_words
    FROM accepted
), fused AS MATERIALIZED (
    SELECT accepted.*,
        CASE WHEN best_meaning IS NULL THEN words
            WHEN best_words IS NULL THEN nearness
            ELSE 0.8 * nearness + (1 - 0.8) * words END AS score
    FROM accepted CROSS JOIN scale CROSS JOIN LATERAL (
        SELECT (1 + coalesce(meaning, least_meaning))
                / greatest(1 + best_meaning, 1e-06) AS nearness,
            coalesce(word_score, 0) / coalesce(nullif(best_words, 0), 1) AS words
    ) AS parts
)
SELECT counts.*, page.* FROM (
    SELECT count(*) AS count, count(word_score) AS matching,
        (SELECT count(*) FROM candidates) AS candidates,
        (SELECT count(*) FROM accepted) AS accepted,
        ARRAY(SELECT language FROM tenant_languages WHERE tenant = 'default' ORDER BY language)
            AS languages,
        ARRAY[(SELECT coalesce(
        (SELECT active_model_id FROM collections WHERE name = 'notes'),
        default_model_of(tenant_of('notes'))))] AS models
    FROM found
) AS counts LEFT JOIN (
    SELECT key, score, similarity, start_offset, end_offset, word_score, semantic_rank, text_rank
    FROM fused WHERE key <> ALL ('{}'::bigint[])
    ORDER BY score DESC, key LIMIT 10::bigint
) AS page ON true
ORDER BY page.score DESC, page.key;
ROLLBACK;
