"""Workers' signs of life, and the housekeeping that one of them does at a time."""

from collections.abc import Sequence
from typing import LiteralString

from shared.db.kit.pool import Connection

ALIVE: LiteralString = "workers WHERE seen_at > now() - interval '10 seconds'"
"""Those that live, for a FROM: they beat more often."""
PURGE_ROWS = 50_000
SWEEP_LOCK = "SELECT pg_try_advisory_xact_lock(hashtext('inkdex sweep')) AS locked"


def record_heartbeat(
    connection: Connection, name: str, paused_reason: str | None, embedding_ms: Sequence[float]
) -> None:
    """Record that a worker lives, why it does not claim work, if it doesn't, and how fast it is."""
    connection.execute(
        """
        INSERT INTO workers (name, paused_reason, embedding_ms) VALUES (%s, %s, %s::real[])
        ON CONFLICT (name) DO UPDATE SET seen_at = now(), paused_reason = excluded.paused_reason,
            embedding_ms = excluded.embedding_ms
        """,
        (name, paused_reason, list(embedding_ms)),
    )


def remove(connection: Connection, name: str) -> None:
    """Record that a worker stopped on purpose."""
    connection.execute("DELETE FROM workers WHERE name = %s", (name,))


def try_sweep_lock(connection: Connection) -> bool:
    """Take the sweep's lock until the end of the transaction; False if another worker has it."""
    row = connection.execute(SWEEP_LOCK).fetchone()
    return bool(row and row["locked"])


def purge(connection: Connection, keep_hours: float) -> None:
    """Forget old events and workers that have been gone for a day."""
    connection.execute(
        "DELETE FROM events WHERE (xid, seq) IN (SELECT xid, seq FROM events"
        " WHERE created_at < now() - make_interval(secs => %s) LIMIT %s)",
        (keep_hours * 3600, PURGE_ROWS),
    )
    connection.execute("DELETE FROM workers WHERE seen_at < now() - interval '1 day'")
