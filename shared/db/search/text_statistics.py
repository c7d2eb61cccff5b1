"""Inputs of BM25: the number of documents, their average length, and the documents per lexeme.

They cover all collections and are estimates, from a sample if the texts are large. They are
refreshed when a notable part of the texts has changed. An error of a factor of two in a frequency
does no harm to the ranking.
"""

from typing import Any, LiteralString

from shared.db.kit.fetch import fetch_one, fetch_value
from shared.db.kit.pool import Connection

SAMPLE_BYTES = 32 * 1024 * 1024
NOTABLE_PART = 0.02

_STATE: LiteralString = """
SELECT s.documents, s.changes AS seen, pg_table_size(t.oid) AS bytes,
    pg_stat_get_tuples_inserted(t.oid) + pg_stat_get_tuples_updated(t.oid)
        + pg_stat_get_tuples_deleted(t.oid) AS changes
FROM (SELECT 'document_texts'::regclass::oid) AS t (oid) LEFT JOIN text_statistics s ON true
"""
_LOCK: LiteralString = "SELECT pg_try_advisory_xact_lock(hashtext('inkdex text statistics'))"

# A lexeme that the sample has once is not listed. Half of all lexemes are so rare, and for them
# `unlisted_documents` is as good an estimate. A frequency is rewritten only if it changed by a
# fifth. REPEATABLE makes both samples the same.
_REFRESH: LiteralString = """
WITH sample AS MATERIALIZED (
    SELECT count(*) AS documents, coalesce(avg(length), 1) AS average_length
    FROM document_texts TABLESAMPLE SYSTEM (100 * %(part)s) REPEATABLE (%(changes)s)
), frequent AS MATERIALIZED (
    SELECT word, ndoc / %(part)s AS documents
    FROM ts_stat(format('SELECT lexemes FROM document_texts'
        ' TABLESAMPLE SYSTEM (%%s) REPEATABLE (%%s)', 100 * %(part)s, %(changes)s::bigint))
    WHERE ndoc > 1
), deleted AS (
    DELETE FROM lexeme_frequencies f
    WHERE NOT EXISTS (SELECT FROM frequent WHERE word = f.lexeme)
), listed AS (
    INSERT INTO lexeme_frequencies AS f (lexeme, documents)
    SELECT word, documents FROM frequent ORDER BY word
    ON CONFLICT (lexeme) DO UPDATE SET documents = excluded.documents
    WHERE excluded.documents NOT BETWEEN 0.8 * f.documents AND 1.25 * f.documents
)
INSERT INTO text_statistics AS s
    (id, documents, average_length, unlisted_documents, changes, refreshed_at)
SELECT 1, documents / %(part)s, greatest(average_length, 1), greatest(0.5 / %(part)s, 1),
    %(changes)s, now()
FROM sample
ON CONFLICT (id) DO UPDATE SET
    (documents, average_length, unlisted_documents, changes, refreshed_at)
    = (excluded.documents, excluded.average_length, excluded.unlisted_documents,
       excluded.changes, excluded.refreshed_at)
"""


def refresh(connection: Connection, sample_bytes: int = SAMPLE_BYTES) -> bool:
    """Refresh the statistics if notably many texts have changed. Return whether that was done.

    If several workers try at once, only one does it.
    """
    state = fetch_one(connection, dict[str, Any], _STATE)
    if not _is_outdated(state):
        return False
    part = min(1.0, sample_bytes / max(state["bytes"], 1))
    with connection.transaction():
        if not fetch_value(connection, _LOCK):
            return False
        connection.execute(_REFRESH, {"part": part, "changes": state["changes"]})
    return True


def _is_outdated(state: dict[str, Any]) -> bool:
    if state["seen"] is None:
        return True
    changed: int = abs(state["changes"] - state["seen"])
    return bool(changed > NOTABLE_PART * state["documents"])
