-- A write, sent by shared.db.documents.write_documents.accept, with example values.
-- To see its plan, put EXPLAIN (ANALYZE, BUFFERS) before WITH.
BEGIN;
WITH incoming AS (
    SELECT
        'notes'::text AS collection,
        'ink-1'::text AS id,
        'How ink dries'::text AS title,
        'Iron gall ink darkens on paper within a day.'::text AS content,
        '{"lang": "en", "year": 2024}'::jsonb::jsonb AS metadata,
        '\xa82b0a0a6671c7c5258b71facd02db3af8e5899e01fd25bec087e9ad117b0849'::bytea::bytea AS content_hash,
        'english'::text AS language,
        '''how'':1A,5A,9A ''ink'':2A,6A,10A,13B,18 ''dri'':3A,7A,11A ''ink-1'':13B ''1'':14B ''iron'':16 ''gall'':17 ''darken'':19 ''on'':20 ''paper'':21 ''within'':22 ''a'':23 ''day'':24'::tsvector AS lexemes,
        8::integer AS length,
        NULL::text AS default_language
), written AS (
    INSERT INTO documents AS d (collection, id, title, content, metadata, content_hash, lane)
    SELECT collection, id, title, content, metadata, content_hash, 'interactive'
    FROM incoming ORDER BY collection, id
    ON CONFLICT (collection, id) DO UPDATE SET
        title = excluded.title,
        content = excluded.content,
        metadata = excluded.metadata,
        content_hash = excluded.content_hash,
        updated_at = now(), version = d.version + 1,
        content_version = CASE WHEN d.content_hash = excluded.content_hash THEN d.content_version ELSE d.version + 1 END,
        lane = CASE WHEN d.content_hash = excluded.content_hash THEN d.lane ELSE 'interactive' END
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
), states AS (
    SELECT d.key, d.collection, d.id, d.content_changed, s.*
    FROM written d, LATERAL (
        SELECT d.version, d.lane, d.created_at, d.updated_at, CASE WHEN j.failed_at IS NOT NULL THEN 'failed'
        WHEN j.document_key IS NULL AND e.document_key IS NOT NULL THEN 'ready'
        ELSE 'pending' END AS status,
    j.error_code, j.error_message, j.attempts,
    CASE WHEN j.failed_at IS NULL THEN j.available_at END AS retry_at,
    m.name AS model, m.dimensions, e.chunks, e.version AS embedded_version, e.embedded_at,
        CASE WHEN d.content_changed THEN 'pending'
            WHEN EXISTS (SELECT FROM documents o WHERE o.key = d.key AND o.version = d.version - 1)
                AND NOT EXISTS (SELECT FROM jobs o WHERE o.document_key = d.key)
            THEN nullif(CASE WHEN j.failed_at IS NOT NULL THEN 'failed'
        WHEN j.document_key IS NULL AND e.document_key IS NOT NULL THEN 'ready'
        ELSE 'pending' END, 'pending') END AS announced
        FROM (SELECT) AS one
        LEFT JOIN collections r ON r.name = d.collection
    LEFT JOIN embedding_models m ON m.id = coalesce(r.active_model_id,
        default_model_of(tenant_of(d.collection)))
    LEFT JOIN jobs j ON j.document_key = d.key AND j.model_id = m.id
    LEFT JOIN embeddings e ON e.document_key = d.key AND e.model_id = m.id OFFSET 0
    ) AS s
), announced AS (
    INSERT INTO events (collection, id, status, version)
    SELECT collection, id, announced, version FROM states WHERE announced IS NOT NULL
)
SELECT * FROM states;
ROLLBACK;
