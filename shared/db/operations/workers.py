"""Heartbeats of workers, and the maintenance that one worker does at a time."""

from collections.abc import Mapping, Sequence
from typing import LiteralString

from psycopg.types.json import Jsonb

from shared.db.kit.fetch import fetch_value
from shared.db.kit.pool import Connection

ALIVE: LiteralString = (
    "workers WHERE seen_at BETWEEN now() - interval '10 seconds' AND now() + interval '10 seconds'"
)
"""The running workers, for a FROM clause. A worker sends heartbeats more often than that.

A heartbeat from the future comes from before the clock was set back."""

_HEARTBEAT: LiteralString = """
INSERT INTO workers (name, paused_reason, models_paused, embedding_ms)
VALUES (%s, %s, %s, %s::real[])
ON CONFLICT (name) DO UPDATE SET seen_at = now(), paused_reason = excluded.paused_reason,
    models_paused = excluded.models_paused, embedding_ms = excluded.embedding_ms
"""
_SWEEP_LOCK: LiteralString = "SELECT pg_try_advisory_xact_lock(hashtext('inkdex sweep'))"


def record_heartbeat(
    connection: Connection,
    name: str,
    paused_reason: str | None,
    models_paused: Mapping[int, str],
    embedding_ms: Sequence[float],
) -> None:
    """Record that a worker runs, why it claims no work (or None), and its recent durations.

    `models_paused` says why it claims no work of a model, by the model's id.
    """
    paused = Jsonb({str(model_id): reason for model_id, reason in models_paused.items()})
    connection.execute(_HEARTBEAT, (name, paused_reason, paused, list(embedding_ms)))


def remove(connection: Connection, name: str) -> None:
    connection.execute("DELETE FROM workers WHERE name = %s", (name,))


def try_sweep_lock(connection: Connection) -> bool:
    """Take the sweep's lock until the transaction ends. Return False if another worker has it."""
    return bool(fetch_value(connection, _SWEEP_LOCK))


def forget_stopped(connection: Connection) -> None:
    """Delete the rows of workers that stopped a day ago."""
    connection.execute("DELETE FROM workers WHERE seen_at < now() - interval '1 day'")
