"""The statement that accepts documents: text, lexemes, job and the event of one in one round trip.

The events of a batch are those of a second statement of its transaction: it waits for some of its
documents after its position is known.

docs/sql shows it written out, with example values.
"""

from typing import LiteralString

from shared.db.documents.document_columns import COMPARED, IDENTIFYING, TYPES, WRITTEN
from shared.db.documents.document_rows import DOCUMENT_STATE, STATE_JOINS, STATUS
from shared.db.events.telling import TELL
from shared.db.models.roles import MODELS_OF_A_WRITE
from shared.db.tables.job_flow import FLOW
from shared.domain.documents.document import SOURCE
from shared.domain.documents.writes import WriteMode
from shared.domain.search.lexing.documents import LEXING

_COMMA = ",\n        "


def _columns(table: str, names: tuple[str, ...]) -> str:
    return ", ".join(f"{table}.{name}" for name in names)


def _changes(new: str) -> str:
    assignments = _COMMA.join(f"{name} = {new}.{name}" for name in WRITTEN)
    same_text = f"d.content_hash = {new}.content_hash"
    return f"""{assignments},
        updated_at = now(), version = d.version + 1,
        content_version = CASE WHEN {same_text} THEN d.content_version ELSE d.version + 1 END,
        lane = CASE WHEN {same_text} THEN d.lane ELSE %(lane)s END"""


def _differs(new: str) -> str:
    return f"({_columns('d', COMPARED)}) IS DISTINCT FROM ({_columns(new, COMPARED)})"


def _same_source(new: str) -> str:
    """Say whether a document may be replaced by an import that leaves those of others alone.

    One without a source is of an import that recorded none, if its text is the same.
    """
    stored, sent = f"d.metadata->'{SOURCE}'", f"{new}.metadata->'{SOURCE}'"
    return f"""({stored} IS NOT DISTINCT FROM {sent}
        OR {stored} IS NULL AND d.content_hash = {new}.content_hash)"""


_STORED = ", ".join((*IDENTIFYING, *WRITTEN))
_INSERT = f"""INSERT INTO documents AS d ({_STORED}, lane)
    SELECT {_STORED}, %(lane)s
    FROM incoming ORDER BY collection, id
    ON CONFLICT (collection, id)"""
_UPSERT = f"""{_INSERT} DO UPDATE SET
        {_changes("excluded")}
    WHERE {_differs("excluded")}"""
_WRITES = {
    WriteMode.CREATE: f"{_INSERT} DO NOTHING",
    WriteMode.UPSERT: _UPSERT,
    WriteMode.UPSERT_SAME_SOURCE: f"""{_UPSERT}
      AND {_same_source("excluded")}""",
    WriteMode.REPLACE_VERSION: f"""UPDATE documents AS d SET
        {_changes("i")}
    FROM incoming i
    WHERE d.collection = i.collection AND d.id = i.id AND d.version = %(expected_version)s
      AND {_differs("i")}""",
}

_SENT = TYPES | {
    "language": "text",
    "lexemes": "tsvector",
    "length": "integer",
    "default_language": "text",
}

# Arrays of one element would be slower: psycopg inspects the elements of each array.
_ONE = "SELECT\n        " + _COMMA.join(
    f"%({name})s::{type_} AS {name}" for name, type_ in _SENT.items()
)


def _rows_of_many(types: dict[str, str]) -> str:
    arrays = _COMMA.join(f"%({name})s::{type_}[]" for name, type_ in types.items())
    return f"""SELECT * FROM unnest(
        {arrays}
    ) AS i ({", ".join(types)})"""


_MANY = _rows_of_many(_SENT)

LANGUAGES_OF_LEXED: LiteralString = """languages AS (
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
)"""
"""The parts of a statement by which queries are read in the languages of its part `lexed`."""

# The job row is the outbox. A change of content takes back any lease on the older text and ends
# a wait for a retry, and the document keeps its position in the queue: edits must not starve it.
# A change of language alone makes new lexemes and no new vector. The import that a document belongs
# to is that of its last text, and only its job under the active model counts.
#
# A document is lexed before this statement sees the language of its collection. If that was another
# one, the lexemes are stored as if they were of an old version, and a worker makes them again.
_ACCEPT = f"""WITH incoming AS (
    {{incoming}}
), written AS (
    {{write}}
    RETURNING d.*, d.content_version = d.version AS content_changed
), lexed AS (
    SELECT w.key, w.collection, i.language, i.lexemes, i.length,
        CASE WHEN i.default_language IS NULL OR i.language = coalesce((
            SELECT s.language FROM collection_settings s WHERE s.collection = w.collection
        ), i.default_language) THEN {LEXING} ELSE 0 END AS lexing
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
), {LANGUAGES_OF_LEXED}, queued AS (
    INSERT INTO jobs AS j (document_key, model_id, version, lane, flow, import_key, file_key)
    SELECT d.key, m.id, d.version, d.lane, {FLOW},
        CASE WHEN m.id IS DISTINCT FROM r.building_model_id
            AND m.id IS DISTINCT FROM r.previous_model_id THEN %(import)s::bigint END,
        %(file)s::bigint
    FROM written d {MODELS_OF_A_WRITE}
    WHERE d.content_changed
    ON CONFLICT (document_key, model_id) DO UPDATE SET
        version = excluded.version, lane = excluded.lane, flow = excluded.flow, attempts = 0,
        import_key = excluded.import_key, file_key = excluded.file_key,
        queued_at = CASE WHEN j.failed_at IS NULL THEN j.queued_at ELSE now() END,
        available_at = CASE WHEN j.failed_at IS NULL THEN least(j.available_at, now())
            ELSE now() END, lease_until = NULL, lease_token = NULL,
        error_code = NULL, error_message = NULL, failed_at = NULL
)"""
# If the text is unchanged, so is the status, and the new version is announced with it. There are
# two exceptions. The write may have waited for another one that changed the status, or for a retry
# or a swap of models, which change that of documents with jobs only. And a pending document is not
# announced, because the event that ends its job carries the version and may come first.
_ANNOUNCED = f""", states AS (
    SELECT d.key, d.collection, d.id, d.content_changed, s.*
    FROM written d, LATERAL (
        SELECT {DOCUMENT_STATE},
        CASE WHEN d.content_changed THEN 'pending'
            WHEN EXISTS (SELECT FROM documents o WHERE o.key = d.key AND o.version = d.version - 1)
                AND NOT EXISTS (SELECT FROM jobs o WHERE o.document_key = d.key)
            THEN nullif({STATUS}, 'pending') END AS announced
        FROM (SELECT) AS one
        {STATE_JOINS} OFFSET 0
    ) AS s
), announced AS (
    INSERT INTO events (collection, id, status, version)
    SELECT collection, id, announced, version FROM states WHERE announced IS NOT NULL
)
SELECT * FROM states
"""
ACCEPT_ONE = {
    mode: _ACCEPT.format(incoming=_ONE, write=write) + _ANNOUNCED for mode, write in _WRITES.items()
}
ACCEPT_MANY = {
    mode: _ACCEPT.format(incoming=_MANY, write=_WRITES[mode])
    + "\nSELECT key, content_changed, version > 1 AS replaced FROM written"
    for mode in (WriteMode.UPSERT, WriteMode.UPSERT_SAME_SOURCE)
}

_OF_SOURCE = (*IDENTIFYING, "metadata", "content_hash")
# A statement of its own: the snapshot of the write misses a document that came meanwhile.
OF_OTHER_SOURCES = f"""
WITH incoming AS (
    {_rows_of_many({name: TYPES[name] for name in _OF_SOURCE})}
)
SELECT d.collection, d.id, d.metadata->>'{SOURCE}' AS source
FROM documents d JOIN incoming i USING (collection, id)
WHERE NOT {_same_source("i")}
"""

# The statement of a transaction that has written the documents. Only a snapshot that is newer than
# their locks shows what the write waited for. A pending document is announced if its text changed.
ANNOUNCE = f"""
WITH states AS (
    SELECT d.collection, d.id, d.content_version = d.version AS content_changed, s.*
    FROM documents d, LATERAL (
        -- OFFSET 0 makes the planner join each document by index. A batch is small.
        SELECT {DOCUMENT_STATE} FROM (SELECT) AS one
        {STATE_JOINS} OFFSET 0
    ) AS s
    WHERE d.key = ANY(%(keys)s)
), announced AS (
    {TELL.format(changed="states WHERE content_changed OR status <> 'pending'", status="status")}
)
SELECT * FROM states
"""
