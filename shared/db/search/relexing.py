"""Recompute the lexemes of old texts in batches, while searches and writes go on.

A document is lexed when it is written. A process of an older version writes its own version to
`lexing`, and the index on old versions finds that text again.
"""

from collections.abc import Sequence
from typing import LiteralString, NamedTuple

from shared.db.kit.fetch import fetch_all, fetch_value
from shared.db.kit.pool import Connection
from shared.domain.search.lexing.documents import LEXING, lexed

BATCH_DOCUMENTS = 500
BATCH_BYTES = 512 * 1024
"""A batch exceeds this size by at most one document. It takes about a second."""

# The transaction waits while Python lexes. It holds nothing that others wait for.
_BEGIN: LiteralString = """
SELECT pg_try_advisory_xact_lock(hashtext('inkdex relexing'))
FROM set_config('idle_in_transaction_session_timeout', '10min', true)
"""
_IS_OLD: LiteralString = f"lexing < {LEXING}"
_BATCH: LiteralString = f"""
SELECT key, id, language, content_hash, title, content
FROM (
    SELECT d.*, t.language,
        sum(octet_length(d.content)) OVER (ORDER BY d.key) - octet_length(d.content) AS bytes_before
    FROM (
        SELECT document_key, language FROM document_texts
        WHERE {_IS_OLD} AND document_key > %(after)s ORDER BY document_key LIMIT %(documents)s
    ) AS t JOIN documents d ON d.key = t.document_key
) AS sized
WHERE bytes_before < %(bytes)s ORDER BY key
"""
# A write may have replaced the text since it was read. It made lexemes itself.
_RELEX: LiteralString = f"""
UPDATE document_texts t SET lexemes = i.lexemes, length = i.length, lexing = {LEXING}
FROM unnest(%(keys)s::bigint[], %(languages)s::text[], %(hashes)s::bytea[],
    %(lexemes)s::tsvector[], %(lengths)s::int[]) AS i (key, language, content_hash, lexemes, length)
JOIN documents d ON d.key = i.key AND d.content_hash = i.content_hash
WHERE t.document_key = i.key AND t.language = i.language AND t.{_IS_OLD}
"""
_SKIP: LiteralString = f"""
UPDATE document_texts SET lexing = {LEXING} WHERE document_key = (
    SELECT min(document_key) FROM document_texts WHERE {_IS_OLD} AND document_key > %(after)s
)
"""


class _Text(NamedTuple):
    """A text as it is stored."""

    key: int
    id: str
    language: str
    content_hash: bytes
    title: str | None
    content: str


def relex(connection: Connection, after: int, documents: int = BATCH_DOCUMENTS) -> int | None:
    """Lex the next old texts behind the key `after`. Return the last key, or None if none is left.

    If several workers try at once, only one does it.
    """
    with connection.transaction():
        if not fetch_value(connection, _BEGIN):
            return None
        limits = {"after": after, "documents": documents, "bytes": BATCH_BYTES}
        texts = fetch_all(connection, _Text, _BATCH, limits)
        if not texts:
            return None
        _store(connection, texts)
        return texts[-1].key


def skip(connection: Connection, after: int) -> None:
    """Leave the lexemes of the next text as they are."""
    connection.execute(_SKIP, {"after": after})


def _store(connection: Connection, texts: Sequence[_Text]) -> None:
    found = [lexed(text.language, text.id, text.title, text.content) for text in texts]
    parameters = {
        "keys": [text.key for text in texts],
        "languages": [text.language for text in texts],
        "hashes": [text.content_hash for text in texts],
        "lexemes": [each.lexemes for each in found],
        "lengths": [each.length for each in found],
    }
    connection.execute(_RELEX, parameters)
