"""Tell of changes, each after all that was told of its document before."""

from typing import LiteralString

# A join would be a nested loop, because the planner expects that nothing was told meanwhile.
TELL: LiteralString = """INSERT INTO events (xid, collection, id, status, version)
    SELECT coalesce(max(xid), pg_current_xact_id()), collection, id, max(status), max(version)
    FROM (
        SELECT NULL::xid8 AS xid, collection, id, {status} AS status, version FROM {changed}
        UNION ALL
        SELECT xid, collection, id, NULL, NULL FROM events
        WHERE xid > pg_current_xact_id_if_assigned()
          AND xid < pg_snapshot_xmax(pg_current_snapshot())
    ) AS told
    GROUP BY collection, id HAVING max(version) IS NOT NULL ORDER BY collection, id"""
"""Tells of changed documents, to be formatted. They take the last place of their document.

The documents must be locked before the statement begins. A transaction that waits for some of its
documents may have begun before those that changed these. Their events are there already, and no
reader has seen them yet, because readers stop before the oldest transaction that has not ended.
"""
