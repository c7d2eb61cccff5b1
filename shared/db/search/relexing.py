"""Recompute the lexemes of old texts in batches by key. The last key is stored.

A new document is lexed when it is written. A process of an older version leaves its `lexing` at 0,
and the next batch finds it.
"""

from collections.abc import Sequence
from typing import LiteralString, NamedTuple

from shared.db.kit.fetch import fetch_all, fetch_value
from shared.db.kit.pool import Connection
from shared.domain.search.searchable_text import LEXING, searchable_text

BATCH_DOCUMENTS = 500
BATCH_BYTES = 512 * 1024
"""A batch exceeds this size by at most one document. It takes about a second."""

_LOCK: LiteralString = "SELECT pg_try_advisory_xact_lock(hashtext('inkdex relexing'))"
_BATCH: LiteralString = """
SELECT key, language, content_hash, title, CASE WHEN is_old THEN content END AS content
FROM (
    SELECT *, sum(bytes) OVER (ORDER BY key) - bytes AS bytes_before
    FROM (
        SELECT d.key, t.language, d.content_hash, d.title, d.content, o.is_old,
            CASE WHEN o.is_old THEN octet_length(d.content) ELSE 0 END AS bytes
        FROM document_texts t JOIN documents d ON d.key = t.document_key,
            LATERAL (SELECT t.lexing < %(lexing)s) AS o (is_old)
        WHERE t.document_key > coalesce(
            (SELECT last_key FROM relexing WHERE lexing = %(lexing)s), 0)
        ORDER BY t.document_key LIMIT %(documents)s
    ) AS following
) AS sized
WHERE bytes_before < %(bytes)s ORDER BY key
"""
# A write may have replaced the text since it was read. It made new lexemes itself.
_RELEX: LiteralString = """
WITH lexed AS MATERIALIZED (
    SELECT d.key, i.language, document_lexemes(i.language, i.title, i.content) AS lexemes
    FROM unnest(%(keys)s::bigint[], %(languages)s::text[], %(hashes)s::bytea[], %(titles)s::text[],
        %(contents)s::text[]) AS i (key, language, content_hash, title, content)
    JOIN documents d ON d.key = i.key AND d.content_hash = i.content_hash
)
UPDATE document_texts t
SET lexemes = l.lexemes, length = document_length(l.lexemes), lexing = %(lexing)s
FROM lexed l
WHERE t.document_key = l.key AND t.language = l.language AND t.lexing < %(lexing)s
  AND t.lexemes IS DISTINCT FROM l.lexemes
"""
_ADVANCE: LiteralString = """
INSERT INTO relexing (lexing, last_key) VALUES (%(lexing)s, %(key)s)
ON CONFLICT (lexing) DO UPDATE SET last_key = excluded.last_key
"""


class _Text(NamedTuple):
    """A text as it is stored. `content` is None if its lexemes are of the current version."""

    key: int
    language: str
    content_hash: bytes
    title: str | None
    content: str | None


def relex(connection: Connection, documents: int = BATCH_DOCUMENTS) -> bool:
    """Check the next texts and lex the old ones. Return whether there were any.

    If several workers try at once, only one does it.
    """
    with connection.transaction():
        texts = _following(connection, documents)
        if texts:
            _lex(connection, [text for text in texts if text.content is not None])
            _advance(connection, texts[-1].key)
    return bool(texts)


def skip(connection: Connection) -> None:
    """Leave the lexemes of the next text as they are."""
    with connection.transaction():
        for text in _following(connection, 1):
            _advance(connection, text.key)


def _following(connection: Connection, documents: int) -> list[_Text]:
    if not fetch_value(connection, _LOCK):
        return []
    limits = {"lexing": LEXING, "documents": documents, "bytes": BATCH_BYTES}
    return fetch_all(connection, _Text, _BATCH, limits)


def _lex(connection: Connection, texts: Sequence[_Text]) -> None:
    parameters = {
        "lexing": LEXING,
        "keys": [text.key for text in texts],
        "languages": [text.language for text in texts],
        "hashes": [text.content_hash for text in texts],
        "titles": [searchable_text(text.title or "") for text in texts],
        "contents": [searchable_text(text.content or "") for text in texts],
    }
    connection.execute(_RELEX, parameters)


def _advance(connection: Connection, key: int) -> None:
    connection.execute(_ADVANCE, {"lexing": LEXING, "key": key})
