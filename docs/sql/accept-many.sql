-- A batch of an import, sent by shared.db.documents.write_documents.accept_many.
-- To see its plan, put EXPLAIN (ANALYZE, BUFFERS) before WITH.
BEGIN;
WITH incoming AS (
    SELECT * FROM unnest(
        '{notes,notes}'::text[]::text[],
        '{ink-1,ink-2}'::text[],
        '{"How ink dries",NULL}'::text[],
        '{"Iron gall ink darkens on paper within a day.","Carbon ink lies on top."}'::text[],
         E'{"{\\"lang\\": \\"en\\", \\"year\\": 2024}","{\\"year\\": 2023}"}'::jsonb[]::jsonb[],
         E'{"\\\\xa82b0a0a6671c7c5258b71facd02db3af8e5899e01fd25bec087e9ad117b0849","\\\\x5f1e79918d347f0321f1de26ec3c839ca85f8067cb0c57dca6ed3e97f2f703ad"}'::bytea[]::bytea[],
        '{english,english}'::text[],
        '{"''how'':1A,5A,9A ''ink'':2A,6A,10A,13B,18 ''dri'':3A,7A,11A ''ink-1'':13B ''1'':14B ''iron'':16 ''gall'':17 ''darken'':19 ''on'':20 ''paper'':21 ''within'':22 ''a'':23 ''day'':24","''ink'':2B,6 ''ink-2'':2B ''2'':3B ''carbon'':5 ''lie'':7 ''on'':8 ''top'':9"}'::tsvector[],
        '{8,4}'::int2[]::integer[],
        '{NULL,english}'::text[]
    ) AS i (collection, id, title, content, metadata, content_hash, language, lexemes, length, default_language)
), written AS (
    INSERT INTO documents AS d (collection, id, title, content, metadata, content_hash, lane)
    SELECT collection, id, title, content, metadata, content_hash, 'bulk'
    FROM incoming ORDER BY collection, id
    ON CONFLICT (collection, id) DO UPDATE SET
        title = excluded.title,
        content = excluded.content,
        metadata = excluded.metadata,
        content_hash = excluded.content_hash,
        updated_at = now(), version = d.version + 1,
        content_version = CASE WHEN d.content_hash = excluded.content_hash THEN d.content_version ELSE d.version + 1 END,
        lane = CASE WHEN d.content_hash = excluded.content_hash THEN d.lane ELSE 'bulk' END
    WHERE (d.metadata, d.content_hash) IS DISTINCT FROM (excluded.metadata, excluded.content_hash)
    RETURNING d.*, d.content_version = d.version AS content_changed
), lexed AS (
    SELECT w.key, w.collection, i.language, i.lexemes, i.length,
        CASE WHEN i.default_language IS NULL OR i.language = coalesce((
            SELECT s.language FROM collection_settings s WHERE s.collection = w.collection
        ), i.default_language) THEN 3 ELSE 0 END AS lexing
    FROM written w JOIN incoming i USING (collection, id)
    WHERE w.content_changed OR NOT EXISTS (
        SELECT FROM document_texts t WHERE t.document_key = w.key AND t.language = i.language
    )
), texts AS (
    INSERT INTO document_texts (document_key, collection, language, length, lexemes, lexing)
    SELECT key, collection, language, length, lexemes, lexing FROM lexed
    ON CONFLICT (document_key) DO UPDATE SET
        language = excluded.language, length = excluded.length, lexemes = excluded.lexemes,
        lexing = excluded.lexing
), languages AS (
    INSERT INTO tenant_languages (tenant, language)
    SELECT DISTINCT tenant_of(collection) AS tenant, language FROM lexed l
    WHERE NOT EXISTS (
        SELECT FROM tenant_languages t WHERE t.tenant = tenant_of(l.collection)
          AND t.language = l.language AND t.unused_since IS NULL
    ) ORDER BY 1, 2 ON CONFLICT (tenant, language) DO UPDATE SET unused_since = NULL
), languages_of_default AS (
    -- The former version reads them.
    INSERT INTO text_languages
    SELECT DISTINCT language FROM lexed l
    WHERE tenant_of(collection) = 'default' AND NOT EXISTS (
        SELECT FROM text_languages t WHERE t.language = l.language AND t.unused_since IS NULL
    ) ORDER BY language ON CONFLICT (language) DO UPDATE SET unused_since = NULL
), queued AS (
    INSERT INTO jobs AS j (document_key, model_id, version, lane, flow, import_key, file_key)
    SELECT d.key, m.id, d.version, d.lane, (width_bucket(octet_length(d.content), ARRAY[1024, 8192, 65536])::bigint
        * 4294967296 + (hashtext(d.collection)::bigint & 4294967295)),
        CASE WHEN m.id IS DISTINCT FROM r.building_model_id
            AND m.id IS DISTINCT FROM r.previous_model_id THEN NULL::bigint END,
        NULL::bigint
    FROM written d LEFT JOIN collections r ON r.name = d.collection
    JOIN embedding_models m ON m.id IN (coalesce(r.active_model_id,
        default_model_of(tenant_of(d.collection))),
        r.building_model_id, r.previous_model_id)
    WHERE d.content_changed
    ON CONFLICT (document_key, model_id) DO UPDATE SET
        version = excluded.version, lane = excluded.lane, flow = excluded.flow, attempts = 0,
        import_key = excluded.import_key, file_key = excluded.file_key,
        queued_at = CASE WHEN j.failed_at IS NULL THEN j.queued_at ELSE now() END,
        available_at = CASE WHEN j.failed_at IS NULL THEN least(j.available_at, now())
            ELSE now() END, lease_until = NULL, lease_token = NULL,
        error_code = NULL, error_message = NULL, failed_at = NULL
)
SELECT key, content_changed, version > 1 AS replaced FROM written;
ROLLBACK;
