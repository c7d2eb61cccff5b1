"""Recompute lexemes in batches, while searches and writes go on.

A document is lexed when it is written. A process of an older version writes its own version to
`lexing`, and the index on old versions finds that text again. If the language of a collection
changes, its documents are looked through.
"""

from collections.abc import Sequence
from typing import LiteralString, NamedTuple

from psycopg.types.json import Jsonb

from shared.db.documents.write_statements import LANGUAGES_OF_LEXED
from shared.db.kit.fetch import fetch_all, fetch_value
from shared.db.kit.pool import Connection
from shared.domain.documents.languages import FIELDS, language_of
from shared.domain.search.lexing.documents import LEXING, Lexed, lexed

BATCH_DOCUMENTS = 500
BATCH_BYTES = 512 * 1024
"""A batch exceeds this size by at most one document. It takes about a second."""

# The transaction waits while Python lexes. It holds nothing that others wait for.
_BEGIN: LiteralString = """
SELECT pg_try_advisory_xact_lock(hashtext('inkdex relexing'))
FROM set_config('idle_in_transaction_session_timeout', '10min', true)
"""
_IS_OLD: LiteralString = f"lexing < {LEXING}"
_OLD: LiteralString = f"""
SELECT document_key AS key FROM document_texts
WHERE {_IS_OLD} AND document_key > %(after)s ORDER BY document_key LIMIT %(documents)s
"""
_OF_COLLECTION: LiteralString = """
SELECT key FROM documents
WHERE collection = %(collection)s AND key > %(after)s ORDER BY key LIMIT %(documents)s
"""
_PAIRS: LiteralString = ", ".join(f"'{field}', d.metadata->>'{field}'" for field in FIELDS)
_NAMED: LiteralString = f"jsonb_build_object({_PAIRS})"
# The content of a text that has the language of its collection already is not read.
_BATCH: LiteralString = f"""
SELECT key, id, content_hash, language, lexing, metadata, of_collection, title,
    CASE WHEN is_due THEN content END AS content
FROM (
    SELECT *, sum(bytes) OVER (ORDER BY key) - bytes AS bytes_before
    FROM (
        SELECT d.key, d.id, d.content_hash, d.title, d.content, t.language, t.lexing,
            {_NAMED} AS metadata, s.language AS of_collection, due.is_due,
            CASE WHEN due.is_due THEN octet_length(d.content) ELSE 0 END AS bytes
        FROM ({{keys}}) AS k JOIN documents d USING (key)
        JOIN document_texts t ON t.document_key = d.key
        LEFT JOIN collection_settings s ON s.collection = d.collection
        CROSS JOIN LATERAL (
            SELECT t.{_IS_OLD} OR t.language <> coalesce(s.language, %(default)s) AS is_due
        ) AS due
    ) AS found
) AS sized
WHERE bytes_before < %(bytes)s ORDER BY key
"""
# A write may have replaced the text or its language since they were read. It made lexemes itself.
# The documents are locked in the order in which writes lock them, so that none comes in between.
_RELEX: LiteralString = f"""
WITH read AS (
    SELECT * FROM unnest(%(keys)s::bigint[], %(hashes)s::bytea[], %(metadata)s::jsonb[],
        %(languages)s::text[], %(lexemes)s::tsvector[], %(lengths)s::int[])
        AS r (key, content_hash, metadata, language, lexemes, length)
), same AS MATERIALIZED (
    SELECT d.key FROM documents d
    JOIN read r ON r.key = d.key AND r.content_hash = d.content_hash AND r.metadata = {_NAMED}
    ORDER BY d.collection, d.id FOR NO KEY UPDATE OF d
), lexed AS (
    UPDATE document_texts t SET language = r.language, lexemes = r.lexemes, length = r.length,
        lexing = {LEXING}
    FROM read r JOIN same USING (key) WHERE t.document_key = r.key
    RETURNING t.collection, t.language
), {LANGUAGES_OF_LEXED}
SELECT count(*) FROM lexed
"""
_NEXT_OLD: LiteralString = f"""
SELECT min(document_key) FROM document_texts WHERE {_IS_OLD} AND document_key > %(after)s
"""
_NEXT_OF_COLLECTION: LiteralString = """
SELECT min(key) FROM documents WHERE collection = %(collection)s AND key > %(after)s
"""
_GIVE_UP: LiteralString = f"""
UPDATE document_texts SET lexing = {LEXING} WHERE document_key = %s AND {_IS_OLD}
"""


class _Text(NamedTuple):
    """A text as it is stored, and what its language depends on."""

    key: int
    id: str
    content_hash: bytes
    language: str
    lexing: int
    metadata: dict[str, str | None]
    of_collection: str | None
    title: str | None
    content: str | None


def relex(
    connection: Connection,
    default_language: str,
    after: int,
    documents: int = BATCH_DOCUMENTS,
    collection: str | None = None,
) -> int | None:
    """Lex the next texts behind the key `after` that are old or in the wrong language.

    With the key of a collection, only its documents are looked through, else all old texts. Return
    the last key, 0 if none is left. Return None if another worker lexes: only one does at a time.
    """
    with connection.transaction():
        if not fetch_value(connection, _BEGIN):
            return None
        texts = _read(connection, default_language, after, documents, collection)
        _store(connection, texts, default_language)
        return texts[-1].key if texts else 0


def _read(
    connection: Connection,
    default_language: str,
    after: int,
    documents: int,
    collection: str | None = None,
) -> list[_Text]:
    parameters = {
        "default": default_language,
        "after": after,
        "documents": documents,
        "bytes": BATCH_BYTES,
        "collection": collection,
    }
    keys = _OLD if collection is None else _OF_COLLECTION
    return fetch_all(connection, _Text, _BATCH.format(keys=keys), parameters)


def _store(connection: Connection, texts: Sequence[_Text], default_language: str) -> None:
    found = [(text, *each) for text in texts if (each := _lexed(text, default_language))]
    if not found:
        return
    parameters = {
        "keys": [text.key for text, _, _ in found],
        "hashes": [text.content_hash for text, _, _ in found],
        "metadata": [Jsonb(text.metadata) for text, _, _ in found],
        "languages": [language for _, language, _ in found],
        "lexemes": [each.lexemes for _, _, each in found],
        "lengths": [each.length for _, _, each in found],
    }
    connection.execute(_RELEX, parameters)


def _lexed(text: _Text, default_language: str) -> tuple[str, Lexed] | None:
    """Return the language and the lexemes of a text, None if it has the right ones."""
    language = language_of(text.metadata, text.of_collection, default_language)
    if text.content is None or (text.lexing >= LEXING and text.language == language):
        return None
    return language, lexed(language, text.id, text.title, text.content)


def next_text(connection: Connection, after: int, collection: str | None = None) -> int | None:
    """Return the key of the next text that `relex` looks at, None if none is left."""
    statement = _NEXT_OLD if collection is None else _NEXT_OF_COLLECTION
    key: int | None = fetch_value(connection, statement, {"after": after, "collection": collection})
    return key


def give_up(connection: Connection, key: int) -> None:
    """Leave the lexemes of a text as they are."""
    connection.execute(_GIVE_UP, (key,))
