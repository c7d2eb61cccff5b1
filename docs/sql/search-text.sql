-- The candidates of a search, sent by shared.db.search.candidates.find.
-- To see its plan, put EXPLAIN (ANALYZE, BUFFERS) before WITH statistics.
BEGIN;
SET LOCAL hnsw.ef_search = 120;
SET LOCAL hnsw.iterative_scan = relaxed_order;
SET LOCAL hnsw.max_scan_tuples = 200000;
SET LOCAL hnsw.scan_mem_multiplier = 8;
WITH statistics AS MATERIALIZED (
    SELECT coalesce(NULL::float8, max(documents), 1) AS documents,
        coalesce(NULL::float8, max(average_length), 1) AS average_length,
        coalesce(max(unlisted_documents), 1) AS unlisted_documents
    FROM text_statistics
), terms AS MATERIALIZED (
    SELECT * FROM unnest(
        '{"(''how'' | ''~how'')","(''doe'' | ''~doe'')","(''iron'' | ''~iron'')","(''ink'' | ''~ink'')","(''dri'' | ''~dri'')"}'::text[], '{"(''how'' | ''~how'')","(''doe'' | ''~doe'')","(''iron'' | ''~iron'')","(''ink'' | ''~ink'')","(''dri'' | ''~dri'')"}'::text[], '{"(''how'' | ''~how'')","(''doe'' | ''~doe'')","(''iron'' | ''~iron'')","(''ink'' | ''~ink'')","(''dri'' | ''~dri'')"}'::text[],
        '{2,2,2,2,2}'::int2[]::int[], '{0.02,0.02,1.0,1.0,1.0}'::float8[]::float8[], '{f,f,t,t,t}'::bool[]::bool[],
        '{english,english,english,english,english}'::text[], NULL::float8[]
    ) WITH ORDINALITY AS t (literal, counted, prefix, size, factor, sought, languages, known, term)
), frequencies AS MATERIALIZED (
    SELECT term, sum(f.documents) AS documents
    FROM unnest('{1,1,2,2,3,3,4,4,5,5}'::int2[]::int[], '{how,~how,doe,~doe,iron,~iron,ink,~ink,dri,~dri}'::text[]) AS l (term, lexeme)
    JOIN lexeme_frequencies f USING (lexeme) GROUP BY term
), rarest AS (
    SELECT t.*, s.documents AS total,
        least(s.documents, coalesce(t.known, f.documents, s.unlisted_documents)) AS documents
    FROM terms t LEFT JOIN frequencies f USING (term) CROSS JOIN statistics s
    ORDER BY sought DESC, documents, literal COLLATE "C" LIMIT 64
), words AS MATERIALIZED (
    SELECT term, literal, prefix, size, sought, total, documents, counted::tsquery AS word,
        string_to_array(languages, ' ') AS languages,
        factor * ln(1 + (total - documents + 0.5) / (documents + 0.5)) AS weight,
        row_number() OVER rarest AS rarity,
        sought AND sum(documents) OVER rarest <= 500 AS rare,
        sought AND sum(documents) OVER rarest > 50000 AS too_common
    FROM rarest WINDOW rarest AS (ORDER BY sought DESC, documents, literal COLLATE "C")
), in_scope AS MATERIALIZED (
    SELECT d.key FROM documents d WHERE d.collection = 'notes' LIMIT 2000
), semantic AS (
    SELECT NULL::bigint AS key, NULL::int AS start_offset, NULL::int AS end_offset,
        NULL::float8 AS distance, NULL::bigint AS rank WHERE false
), common AS (
    SELECT *, row_number() OVER (ORDER BY rarity) AS number FROM words WHERE sought AND NOT rare
), pairs AS (
    SELECT a.number, a.literal, b.literal AS other,
        sum(a.documents * b.documents / a.total)
            OVER (ORDER BY a.documents * b.documents, a.number, b.number) AS expected
    FROM common a JOIN common b ON a.number < b.number WHERE a.number <= 2
), alternatives AS (
    SELECT literal AS alternative FROM words WHERE rare
    UNION ALL
    SELECT '(' || literal || ' & (' || string_agg(other, ' | ') || '))'
    FROM pairs WHERE expected <= 500 GROUP BY number, literal
), queries AS MATERIALIZED (
    SELECT
        coalesce(NULL::text,
            (SELECT string_agg(alternative, ' | ') FROM alternatives),
            CASE WHEN NOT bool_and(too_common) THEN string_agg(literal, ' & ') END)::tsquery
            AS selective,
        coalesce(NULL::text, string_agg(literal, ' | '))::tsquery AS any_word,
        (string_agg(prefix, ' | ')
            FILTER (WHERE NOT too_common AND NULL::text IS NULL))::tsquery
            AS any_prefix,
        bool_and(too_common) AS too_common
    FROM words WHERE sought
), matching AS MATERIALIZED (
    SELECT key, max(score) AS score FROM (
    SELECT t.document_key AS key, scored.score
    FROM (
    (SELECT t.document_key, t.language, t.length, t.lexemes FROM document_texts t
     WHERE t.lexemes @@ (SELECT selective FROM queries) AND t.collection = 'notes' LIMIT 1000)
    UNION ALL
    (SELECT t.document_key, t.language, t.length, t.lexemes FROM semantic AS k, LATERAL (
        -- OFFSET 0 makes the planner look up each text instead of reading the whole table.
        SELECT * FROM document_texts WHERE document_key = k.key OFFSET 0
     ) AS t)
    UNION ALL
    (SELECT t.document_key, t.language, t.length, t.lexemes FROM in_scope AS k, LATERAL (
        -- OFFSET 0 makes the planner look up each text instead of reading the whole table.
        SELECT * FROM document_texts WHERE document_key = k.key OFFSET 0
     ) AS t
     WHERE t.lexemes @@ (SELECT any_word FROM queries) AND (SELECT too_common FROM queries))
    ) AS t CROSS JOIN statistics s
    CROSS JOIN LATERAL (
        SELECT 0.375::float8 + 1.125::float8 * t.length / s.average_length AS damping OFFSET 0
    ) AS k
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(w.weight * (1 - k.damping / (k.damping + (0.6079271::float8 / (1.0000001::float8 - least(0.99::float8,
                w.size * ts_rank(ARRAY[1, 0.8, 1, 1]::real[], t.lexemes, w.word)))
            - 0.6079271::float8)))), 0) AS score
        FROM words w WHERE t.language = ANY(w.languages)
    ) AS scored
    ) AS scored
    GROUP BY key HAVING max(score) > 0
), fallback AS (
    SELECT t.document_key AS key, scored.score
    FROM (
    SELECT t.document_key, t.language, t.length, t.lexemes FROM document_texts t
     WHERE t.lexemes @@ (SELECT any_prefix FROM queries) AND t.collection = 'notes' LIMIT 1000
    ) AS t CROSS JOIN statistics s
    CROSS JOIN LATERAL (
        SELECT 0.375::float8 + 1.125::float8 * t.length / s.average_length AS damping OFFSET 0
    ) AS k
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(w.weight * (1 - k.damping / (k.damping + (0.6079271::float8 / (1.0000001::float8 - least(0.99::float8,
                w.size * ts_rank(ARRAY[1, 0.8, 1, 1]::real[], t.lexemes, w.word)))
            - 0.6079271::float8)))), 0) AS score
        FROM words w WHERE t.language = ANY(w.languages)
    ) AS scored
    WHERE (SELECT count(*) FROM matching) < 10
), textual AS MATERIALIZED (
    SELECT key, score, row_number() OVER (ORDER BY score DESC, key) AS rank FROM (
        SELECT key, max(score) AS score
        FROM (SELECT * FROM matching UNION ALL SELECT * FROM fallback) AS found GROUP BY key
    ) AS best
), found AS MATERIALIZED (
    SELECT key, 1 - s.distance AS similarity, s.start_offset, s.end_offset, t.score,
        least(s.rank, t.rank) AS rank
    FROM semantic s FULL JOIN textual t USING (key)
)
SELECT count(*) AS key, NULL::float8 AS similarity, NULL::int AS start_offset,
    count(score)::int AS end_offset, NULL::float8 AS score,
    (SELECT bool_or(too_common) FROM words) AS skipped_words,
    ARRAY(SELECT w.weight FROM terms LEFT JOIN words w USING (term) ORDER BY term) AS weights,
    (SELECT ARRAY[documents, average_length] FROM statistics)
        || ARRAY(SELECT w.documents FROM terms LEFT JOIN words w USING (term) ORDER BY term)
        AS statistics,
    ARRAY(SELECT language FROM text_languages ORDER BY language) AS languages
FROM found
UNION ALL
SELECT key, similarity, start_offset, end_offset, score, NULL, NULL, NULL, NULL
FROM found WHERE rank <= 100;
ROLLBACK;
