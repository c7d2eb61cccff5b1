-- The chunks for an answer, sent by shared.db.answers.passages.chunks.
-- To see its plan, put EXPLAIN (ANALYZE, BUFFERS) before SELECT.
BEGIN;
SELECT f.key, d.content_hash, c.*
FROM unnest('{1,2}'::int2[]::bigint[], '{120,NULL}'::int2[]::int[]) AS f (key, word_place)
JOIN documents d ON d.key = f.key
LEFT JOIN collections r ON r.name = d.collection
    LEFT JOIN embedding_models m ON m.id = coalesce(r.active_model_id, (SELECT id FROM embedding_models WHERE state = 'active'))
    LEFT JOIN jobs j ON j.document_key = d.key AND j.model_id = m.id
    LEFT JOIN embeddings e ON e.document_key = d.key AND e.model_id = m.id
LEFT JOIN unnest('{1}'::int2[]::int[], '{"[0.5,-0.25,0.125,0.5,0.0,0.25,-0.5,0.375]"}'::halfvec[]) AS q (model_id, vector)
    ON q.model_id = m.id
CROSS JOIN LATERAL (
    SELECT start_offset AS start, end_offset AS end, similarity, has_word,
        before_start, before_end, after_start, after_end
    FROM (
        SELECT start_offset, end_offset, 1 - (embedding <=> q.vector) AS similarity,
            coalesce(f.word_place BETWEEN start_offset AND end_offset - 1, false) AS has_word,
            lag(start_offset) OVER in_order AS before_start,
            lag(end_offset) OVER in_order AS before_end,
            lead(start_offset) OVER in_order AS after_start,
            lead(end_offset) OVER in_order AS after_end
        FROM chunks
        WHERE document_key = d.key AND model_id = m.id AND e.content_hash = d.content_hash
        WINDOW in_order AS (ORDER BY start_offset, end_offset)
    ) AS each
    ORDER BY has_word DESC, similarity DESC NULLS LAST, start_offset
    LIMIT 3
) AS c;
ROLLBACK;
