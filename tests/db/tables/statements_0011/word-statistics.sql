-- What a query's words are ranked by, sent by shared.db.search.word_statistics.read.
-- To see its plan, put EXPLAIN (ANALYZE, BUFFERS) before SELECT.
BEGIN;
SELECT coalesce(max(s.documents), 1)::float8, coalesce(max(s.average_length), 1)::float8,
    coalesce(max(s.unlisted_documents), 1)::float8,
    ARRAY(SELECT sum(f.documents)::float8
        FROM unnest('{0,0,1,1,2,2,3,3,4,4}'::int2[]::int[], '{how,~how,doe,~doe,iron,~iron,ink,~ink,dri,~dri}'::text[]) AS l (term, lexeme)
        LEFT JOIN lexeme_frequencies f USING (lexeme) GROUP BY l.term ORDER BY l.term)
FROM text_statistics s;
ROLLBACK;
