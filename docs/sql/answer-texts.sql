-- The passages for an answer, sent by shared.db.answers.passages.texts.
-- To see its plan, put EXPLAIN (ANALYZE, BUFFERS) before SELECT.
BEGIN;
SELECT d.key, d.collection, d.id, d.version, d.content_hash, d.title, f.start, f."end",
    substr(d.whole, f.start + 1, f."end" - f.start) AS text,
    substr(d.whole, greatest(f.start - 4000, 0) + 1,
        least(f.start, 4000)) AS lead,
    l.unit, l.offsets[greatest(width_bucket(f.start, l.offsets), 1):width_bucket(f."end", l.offsets)] AS offsets, l.numbers[greatest(width_bucket(f.start, l.offsets), 1):width_bucket(f."end", l.offsets)] AS numbers
FROM (
    SELECT key, collection, id, version, content_hash, title, content || '' AS whole
    FROM documents WHERE key = ANY('{1,2}'::int2[]::bigint[]) OFFSET 0
) AS d
JOIN unnest('{1,2}'::int2[]::bigint[], '{0,0}'::int2[]::int[], '{44,1200}'::int2[]::int[]) WITH ORDINALITY
    AS f (key, start, "end", place) ON f.key = d.key
LEFT JOIN document_locations l ON l.document_key = d.key AND l.content_hash = d.content_hash
ORDER BY f.place;
ROLLBACK;
