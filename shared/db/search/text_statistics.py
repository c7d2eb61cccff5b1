"""How many documents there are, how long they are and how many each lexeme is in: BM25's inputs.

They are of all collections together, and estimates: from a sample of bounded size once the
texts outgrow it, and left alone until a notable part of the texts has changed. Ranking takes
half or double of a frequency without harm.
"""

from shared.db.kit.pool import Connection

SAMPLE_BYTES = 32 * 1024 * 1024
NOTABLE_PART = 0.02

_STATE = """
    SELECT s.documents, s.changes AS seen, pg_table_size(t.oid) AS bytes,
        pg_stat_get_tuples_inserted(t.oid) + pg_stat_get_tuples_updated(t.oid)
            + pg_stat_get_tuples_deleted(t.oid) AS changes
    FROM (SELECT 'document_texts'::regclass::oid) AS t (oid) LEFT JOIN text_statistics s ON true
"""

# Only frequencies that moved are written. A lexeme that the sample shows once is not listed:
# half of all lexemes are such, and what stands for them is as near as their own figure.
_REFRESH = """
WITH sample AS MATERIALIZED (
    SELECT count(*) AS documents, coalesce(avg(length), 1) AS average_length
    FROM document_texts TABLESAMPLE SYSTEM (100 * %(part)s) REPEATABLE (%(changes)s)
), frequent AS MATERIALIZED (
    SELECT word, ndoc / %(part)s AS documents
    FROM ts_stat(format('SELECT lexemes FROM document_texts'
        ' TABLESAMPLE SYSTEM (%%s) REPEATABLE (%%s)', 100 * %(part)s, %(changes)s::bigint))
    WHERE ndoc > 1
), forgotten AS (
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
    """Bring the statistics up to date if they are notably out of it; return whether it was done.

    Of several workers that ask at once, one does it.
    """
    state = connection.execute(_STATE).fetchone()
    assert state is not None
    if state["seen"] is not None:
        changed = abs(state["changes"] - state["seen"])
        if changed <= NOTABLE_PART * state["documents"]:
            return False
    part = min(1.0, sample_bytes / max(state["bytes"], 1))
    with connection.transaction():
        lock = "SELECT pg_try_advisory_xact_lock(hashtext('inkdex text statistics')) AS locked"
        row = connection.execute(lock).fetchone()
        if row is None or not row["locked"]:
            return False
        connection.execute(_REFRESH, {"part": part, "changes": state["changes"]})
    return True
