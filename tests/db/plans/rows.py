"""The rows of a filled database: a collection, and two more tenants."""

from shared.db.kit.pool import Connection
from shared.db.search import text_statistics
from shared.domain.refs import DEFAULT_TENANT, Collection, Tenant

ROWS = 20_000
FILL = f"""
INSERT INTO documents (collection, id, title, content, metadata, content_hash, lane)
SELECT 'c', n::text, CASE n % 3 WHEN 0 THEN 'Title ' || n % 100 END,
    'document ' || n || ' word' || n % 500, jsonb_build_object('n', n), sha256(n::text::bytea),
    'bulk' FROM generate_series(1, {ROWS}) n;
INSERT INTO document_texts (document_key, collection, language, length, lexemes)
SELECT key, collection, 'english', 3, document_lexemes('english', title, content) FROM documents;
INSERT INTO tenant_languages VALUES ('default', 'english');
INSERT INTO embeddings (document_key, model_id, version, content_hash, chunks)
SELECT d.key, m.id, 1, d.content_hash, 1 FROM documents d, embedding_models m WHERE d.key % 2 = 0;
INSERT INTO chunks (document_key, model_id, start_offset, end_offset, text_hash, embedding)
SELECT e.document_key, e.model_id, 0, 1, e.content_hash,
    ARRAY(SELECT random() + e.document_key * 0 FROM generate_series(1, 8))::vector::halfvec
FROM embeddings e;
INSERT INTO jobs (document_key, model_id, version, lane, error_code, error_message, failed_at)
SELECT d.key, m.id, 1, 'bulk', f.code, f.code, f.at FROM documents d, embedding_models m,
    LATERAL (SELECT CASE WHEN d.key % 999 = 0 THEN 'x' END AS code,
        CASE WHEN d.key % 999 = 0 THEN now() END AS at) f
WHERE d.key % 2 = 1;
INSERT INTO events (collection, id, status, version, created_at)
SELECT 'c', n::text, CASE n % 2 WHEN 0 THEN 'ready' ELSE 'pending' END, 1, now() - interval '1 day'
FROM generate_series(1, {ROWS}) n;
INSERT INTO file_contents DEFAULT VALUES;
INSERT INTO files (collection, id, name, size, sha256, metadata, content_key)
SELECT CASE n WHEN 1 THEN 'unread' ELSE 'c' END, n::text, 'a', 1, '', '{{}}', key
FROM generate_series(1, {ROWS}) n, file_contents;
INSERT INTO imports (tenant, id, collections, receiving_until, ended_at, ended_xid)
SELECT 'default', gen_random_uuid(), ARRAY['other'], now(), now(), pg_current_xact_id()
FROM generate_series(1, {ROWS}) n;
INSERT INTO webhooks (collection, url, secret, xid, seq)
SELECT CASE n WHEN 1 THEN 'c' ELSE 'quiet' || n END, 'https://example.org', 's', '0', 0
FROM generate_series(1, 50) n;
"""
LARGE, SMALL = Tenant("large"), Tenant("small")
DOCUMENTS_OF = {LARGE: 2500, SMALL: 100}
FILL_TENANT = """
WITH model AS (
    INSERT INTO embedding_models (tenant, name, state, dimensions)
    VALUES (%(tenant)s, 'all-minilm', 'retired', 8) RETURNING id
), added AS (
    INSERT INTO tenants (name, model_id) SELECT %(tenant)s, id FROM model
), written AS (
    INSERT INTO documents (collection, id, content, metadata, content_hash, lane)
    SELECT %(collection)s, n::text, 'document ' || n || ' word' || n %% 50, '{}',
        sha256(n::text::bytea), 'bulk' FROM generate_series(1, %(documents)s) n RETURNING *
), texts AS (
    INSERT INTO document_texts (document_key, collection, language, length, lexemes)
    SELECT key, collection, 'english', 3, document_lexemes('english', title, content) FROM written
), embedded AS (
    INSERT INTO embeddings (document_key, model_id, version, content_hash, chunks)
    SELECT key, model.id, 1, content_hash, 1 FROM written, model RETURNING *
)
INSERT INTO chunks (document_key, model_id, start_offset, end_offset, text_hash, embedding)
SELECT document_key, model_id, 0, 1, content_hash,
    ARRAY(SELECT random() + document_key * 0 FROM generate_series(1, 8))::vector::halfvec
FROM embedded
"""


def fill(connection: Connection) -> None:
    connection.execute("SET statement_timeout = 0")
    for statement in FILL.split(";\n"):
        connection.execute(statement)
    text_statistics.refresh_tenant(connection, DEFAULT_TENANT)


def fill_tenant(connection: Connection, tenant: Tenant) -> None:
    values = {
        "tenant": tenant.name,
        "collection": Collection(tenant, "c"),
        "documents": DOCUMENTS_OF[tenant],
    }
    connection.execute(FILL_TENANT, values)
    connection.execute("INSERT INTO tenant_languages VALUES (%s, 'english')", (tenant.name,))
    text_statistics.refresh_tenant(connection, tenant)
