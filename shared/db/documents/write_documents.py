"""Accepting documents: the text, what is owed for it and the event, in one round trip."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, LiteralString

from psycopg.types.json import Jsonb

from shared.db.documents.document_rows import JOINS, STANDING, STATUS, document
from shared.db.documents.documents import read
from shared.db.kit.pool import AsyncConnection
from shared.domain.documents import languages
from shared.domain.documents.document import Document, Lane, NewDocument

_CHANGES: LiteralString = """
    title = {new}.title, content = {new}.content, metadata = {new}.metadata,
    content_hash = {new}.content_hash, updated_at = now(), version = d.version + 1,
    content_version = CASE WHEN d.content_hash = {new}.content_hash
        THEN d.content_version ELSE d.version + 1 END,
    lane = CASE WHEN d.content_hash = {new}.content_hash THEN d.lane ELSE %(lane)s END
"""
_DIFFERS: LiteralString = (
    "(d.content_hash, d.metadata) IS DISTINCT FROM ({new}.content_hash, {new}.metadata)"
)
_INSERT: LiteralString = """
    INSERT INTO documents AS d (collection, id, title, content, metadata, content_hash, lane)
    SELECT collection, id, title, content, metadata, content_hash, %(lane)s
    FROM incoming ORDER BY collection, id
    ON CONFLICT (collection, id)
"""
CREATE: LiteralString = f"{_INSERT} DO NOTHING"
UPSERT: LiteralString = f"""
    {_INSERT} DO UPDATE SET {_CHANGES.format(new="excluded")}
    WHERE {_DIFFERS.format(new="excluded")}
"""
REPLACE_VERSION: LiteralString = f"""
    UPDATE documents AS d SET {_CHANGES.format(new="i")} FROM incoming i
    WHERE d.collection = i.collection AND d.id = i.id AND d.version = %(expected_version)s
      AND {_DIFFERS.format(new="i")}
"""

# The document, what text search reads of it, the job that is owed and the event, or none of
# them. The job row is the outbox: a change of content takes back any lease on the older text,
# ends a wait for the next attempt, and keeps the place in line: edits must not starve a document.
# A change of language alone makes the lexemes anew, and no vector.
# Where the text stayed the same the status did too, and the new version is announced under it,
# unless the write may have waited for somebody who changed it. A pending one is not announced:
# the event of the worker that ends its job has the version, and may come before this one.
_ACCEPT: LiteralString = f"""
WITH incoming AS (
    {{incoming}}
), written AS (
    {{write}}
    RETURNING d.*, d.content_version = d.version AS content_changed
), lexed AS (
    SELECT w.key, w.collection, l.language,
        document_lexemes(l.language, w.title, w.content) AS lexemes
    FROM written w JOIN incoming i USING (collection, id),
        LATERAL (SELECT text_language(i.language) AS language) l
    WHERE w.content_changed OR NOT EXISTS (
        SELECT FROM document_texts t WHERE t.document_key = w.key AND t.language = l.language
    )
), findable AS (
    INSERT INTO document_texts (document_key, collection, language, length, lexemes)
    SELECT key, collection, language, document_length(lexemes), lexemes FROM lexed
    ON CONFLICT (document_key) DO UPDATE SET
        language = excluded.language, length = excluded.length, lexemes = excluded.lexemes
), languages AS (
    INSERT INTO text_languages SELECT DISTINCT language FROM lexed l
    WHERE NOT EXISTS (SELECT FROM text_languages t WHERE t.language = l.language)
    ORDER BY language ON CONFLICT DO NOTHING
), owed AS (
    INSERT INTO jobs AS j (document_key, model_id, version, lane)
    SELECT w.key, m.id, w.version, w.lane
    FROM written w JOIN embedding_models m ON m.state <> 'retired'
    WHERE w.content_changed
    ON CONFLICT (document_key, model_id) DO UPDATE SET
        version = excluded.version, lane = excluded.lane, attempts = 0,
        queued_at = CASE WHEN j.failed_at IS NULL THEN j.queued_at ELSE now() END,
        available_at = CASE WHEN j.failed_at IS NULL THEN least(j.available_at, now())
            ELSE now() END, lease_until = NULL, lease_token = NULL,
        error_code = NULL, error_message = NULL, failed_at = NULL
), standing AS (
    SELECT d.key, d.collection, d.id, d.content_changed, s.*
    FROM written d, LATERAL (
        SELECT {STANDING}, CASE
            WHEN d.content_changed THEN 'pending'
            WHEN EXISTS (SELECT FROM documents o WHERE o.key = d.key AND o.version = d.version - 1)
            THEN nullif({STATUS}, 'pending') END AS announced
        FROM (SELECT) AS one {JOINS} OFFSET 0 -- by index, for a batch is small beside the tables
    ) AS s
), announced AS (
    INSERT INTO events (collection, id, status, version)
    SELECT collection, id, announced, version FROM standing WHERE announced IS NOT NULL
)
"""
# Not arrays of one: psycopg looks into each for the type of its elements.
_ONE: LiteralString = """
    SELECT %(collection)s::text AS collection, %(id)s::text AS id, %(title)s::text AS title,
        %(content)s::text AS content, %(metadata)s::jsonb AS metadata,
        %(content_hash)s::bytea AS content_hash, %(language)s::text AS language
"""
_MANY: LiteralString = """
    SELECT * FROM unnest(
        %(collections)s::text[], %(ids)s::text[], %(titles)s::text[], %(contents)s::text[],
        %(metadatas)s::jsonb[], %(hashes)s::bytea[], %(languages)s::text[]
    ) AS i (collection, id, title, content, metadata, content_hash, language)
"""
_ACCEPT_ONE: LiteralString = f"{_ACCEPT} SELECT * FROM standing"
_ACCEPT_MANY: LiteralString = f"""
{_ACCEPT.format(incoming=_MANY, write=UPSERT)} SELECT key, content_changed, announced FROM standing
"""
_OWED = {"status": "pending", "error_code": None}
"""Where a document stands whose text is new, whatever was said of the former one."""

# Only a snapshot that is newer than the write can tell whether a worker it waited for has made
# the document ready.
_ANNOUNCE_STANDING: LiteralString = f"""
WITH standing AS (
    SELECT d.collection, d.id, {STANDING} FROM documents d {JOINS} WHERE d.key = ANY(%s)
), announced AS (
    INSERT INTO events (collection, id, status, version)
    SELECT collection, id, status, version FROM standing WHERE status <> 'pending'
)
SELECT * FROM standing
"""


@dataclass(frozen=True, slots=True)
class Written:
    """What became of a write: `document` is None where its condition did not hold."""

    document: Document | None
    created: bool = False
    owed: bool = False


async def accept(
    connection: AsyncConnection,
    new: NewDocument,
    lane: Lane,
    write: LiteralString = UPSERT,
    expected_version: int | None = None,
) -> Written:
    """Store one document and the job it owes, by CREATE, UPSERT or REPLACE_VERSION."""
    given = _given(new)
    cursor = await connection.execute(
        _accept_one(write),
        given
        | {
            "metadata": Jsonb(new.metadata),
            "language": languages.configuration(new.metadata),
            "lane": lane,
            "expected_version": expected_version,
        },
    )
    row = await cursor.fetchone()
    if row is None:
        return await _not_written(connection, new, write, expected_version)
    if row["content_changed"]:
        return Written(document(row | given | _OWED), created=row["version"] == 1, owed=True)
    if row["announced"]:
        return Written(document(row | given))
    cursor = await connection.execute(_ANNOUNCE_STANDING, ([row["key"]],))
    standing = await cursor.fetchone()
    return Written(document(standing | given | {"version": row["version"]}) if standing else None)


@cache
def _accept_one(write: LiteralString) -> LiteralString:
    return _ACCEPT_ONE.format(incoming=_ONE, write=write)


def _given(new: NewDocument) -> dict[str, Any]:
    """Return the columns that the writer decides."""
    return {
        "id": new.id,
        "collection": new.collection,
        "title": new.title,
        "content": new.content,
        "metadata": new.metadata,
        "content_hash": new.content_hash,
    }


async def _not_written(
    connection: AsyncConnection,
    new: NewDocument,
    write: LiteralString,
    expected_version: int | None,
) -> Written:
    """Tell a write that changed nothing from one whose condition did not hold."""
    if write is CREATE:
        return Written(None)
    current = await read(connection, new.collection, new.id)
    held = current is not None and expected_version in {None, current.version}
    return Written(current if held else None)


async def accept_many(
    connection: AsyncConnection, batch: Sequence[NewDocument], lane: Lane
) -> tuple[int, int]:
    """Upsert documents of distinct ids; return how many were written, and how many of them owe."""
    cursor = await connection.execute(
        _ACCEPT_MANY,
        {
            "collections": [new.collection for new in batch],
            "ids": [new.id for new in batch],
            "titles": [new.title for new in batch],
            "contents": [new.content for new in batch],
            "metadatas": [Jsonb(new.metadata) for new in batch],
            "hashes": [new.content_hash for new in batch],
            "languages": [languages.configuration(new.metadata) for new in batch],
            "lane": lane,
        },
    )
    rows = await cursor.fetchall()
    if unsaid := [row["key"] for row in rows if row["announced"] is None]:
        await connection.execute(_ANNOUNCE_STANDING, (unsaid,))
    return len(rows), sum(row["content_changed"] for row in rows)
