"""ANALYZE of tables that have changed notably. PostgreSQL then makes the plans on them anew.

Connections keep the plan of a statement. One that was made when a table was small suits no large
table, and autovacuum takes a minute or more to notice, if it runs at all.
"""

from typing import LiteralString

from psycopg import sql

from shared.db.kit.fetch import fetch_value
from shared.db.kit.pool import Connection

_LOCK: LiteralString = "SELECT pg_try_advisory_xact_lock(hashtext('inkdex table analysis'))"
# `reltuples` is -1 for a table that was never analyzed. A crash of PostgreSQL sets the number of
# changes to 0, so the size of the table counts too.
_CHANGED: LiteralString = """
SELECT c.relname AS name
FROM unnest(ARRAY['documents', 'document_texts', 'embeddings', 'chunks', 'jobs', 'events'])
    AS tables (name)
JOIN pg_class c ON c.oid = to_regclass(tables.name)
WHERE (pg_stat_get_mod_since_analyze(c.oid) > 1000 + 0.2 * greatest(c.reltuples, 0)
    OR pg_relation_size(c.oid) / current_setting('block_size')::int > 100 + 2 * c.relpages)
  AND has_table_privilege(c.oid, 'MAINTAIN')
"""
# Without SKIP_LOCKED, it would cancel an autovacuum of the same table.
_ANALYZE = sql.SQL("ANALYZE (SKIP_LOCKED) {}")


def analyze_changed(connection: Connection) -> list[str]:
    """Analyze the tables that have changed notably since they last were. Return their names.

    If several workers try at once, only one does it.
    """
    names = [row["name"] for row in connection.execute(_CHANGED).fetchall()]
    return [name for name in names if _analyze(connection, name)]


def has_changed(connection: Connection, *names: str) -> bool:
    """Return whether one of the tables has changed notably since it was analyzed."""
    return any(row["name"] in names for row in connection.execute(_CHANGED))


def _analyze(connection: Connection, name: str) -> bool:
    with connection.transaction():
        if not fetch_value(connection, _LOCK):
            return False
        connection.execute("SET LOCAL statement_timeout = '5min'")
        connection.execute(_ANALYZE.format(sql.Identifier(name)))
    return True
