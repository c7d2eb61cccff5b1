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
), nearest_chunks AS (
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
