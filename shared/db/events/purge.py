"""Delete events that are too old or too many, a batch at a time."""

from typing import LiteralString

from shared.db.kit.fetch import fetch_value
from shared.db.kit.pool import Connection

BATCH = 5000

_LOCK: LiteralString = "SELECT pg_try_advisory_xact_lock(hashtext('inkdex purge'))"
# Events are deleted by their time. Those of a restored database may have transaction ids that
# this server has not reached; they do not count as deleted for its readers.
_PURGE: LiteralString = """
WITH newest AS (
    SELECT seq FROM events ORDER BY created_at DESC LIMIT 1
), oldest AS (
    SELECT xid, seq, created_at FROM events ORDER BY created_at LIMIT %(batch)s
), gone AS (
    DELETE FROM events e USING oldest o, newest n
    WHERE (e.xid, e.seq) = (o.xid, o.seq)
      AND (o.created_at < now() - make_interval(secs => %(seconds)s)
           OR o.seq <= n.seq - %(rows)s)
    RETURNING e.xid, e.seq
), horizon AS (
    INSERT INTO event_horizon AS h (xid, seq)
    SELECT xid, seq FROM gone WHERE xid < pg_snapshot_xmax(pg_current_snapshot())
    ORDER BY xid DESC, seq DESC LIMIT 1
    ON CONFLICT (singleton) DO UPDATE SET xid = excluded.xid, seq = excluded.seq
    WHERE (excluded.xid, excluded.seq) > (h.xid, h.seq)
       OR h.xid >= pg_snapshot_xmax(pg_current_snapshot())
)
SELECT count(*) FROM gone
"""


def purge(connection: Connection, keep_hours: float, keep_rows: int) -> int:
    """Delete up to BATCH of the oldest events; return how many.

    Those of the last `keep_hours` stay, but about `keep_rows` at most. While another worker
    deletes, this one does not.
    """
    parameters = {"batch": BATCH, "seconds": keep_hours * 3600, "rows": keep_rows}
    with connection.transaction():
        if not fetch_value(connection, _LOCK):
            return 0
        return int(fetch_value(connection, _PURGE, parameters))
