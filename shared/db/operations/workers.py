"""Heartbeats of workers, and the maintenance that one worker does at a time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
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
INSERT INTO workers (name, paused_reason, models_paused, embedding_ms, tokens_per_second,
    requests_at_a_time)
VALUES (%(name)s, %(paused_reason)s, %(models_paused)s, %(embedding_ms)s::real[],
    %(tokens_per_second)s, %(requests_at_a_time)s)
ON CONFLICT (name) DO UPDATE SET seen_at = now(), paused_reason = excluded.paused_reason,
    models_paused = excluded.models_paused, embedding_ms = excluded.embedding_ms,
    tokens_per_second = excluded.tokens_per_second,
    requests_at_a_time = excluded.requests_at_a_time
"""
_SWEEP_LOCK: LiteralString = "SELECT pg_try_advisory_xact_lock(hashtext('inkdex sweep'))"


@dataclass(frozen=True, slots=True)
class WorkerState:
    """What a worker reports of itself.

    `paused_reason` says why it claims no work at all, and `models_paused` why none of a model, by
    the model's id. `embedding_ms` are recent durations of calls, and `tokens_per_second` is the
    speed within a call, None before the first one.
    """

    paused_reason: str | None = None
    models_paused: Mapping[int, str] = field(default_factory=dict)
    embedding_ms: Sequence[float] = ()
    tokens_per_second: float | None = None
    requests_at_a_time: int = 1


def record_heartbeat(connection: Connection, name: str, state: WorkerState) -> None:
    """Record that a worker runs, and its state."""
    paused = {str(model_id): reason for model_id, reason in state.models_paused.items()}
    parameters = {
        "name": name,
        "paused_reason": state.paused_reason,
        "models_paused": Jsonb(paused),
        "embedding_ms": list(state.embedding_ms),
        "tokens_per_second": state.tokens_per_second,
        "requests_at_a_time": state.requests_at_a_time,
    }
    connection.execute(_HEARTBEAT, parameters)


def remove(connection: Connection, name: str) -> None:
    connection.execute("DELETE FROM workers WHERE name = %s", (name,))


def try_sweep_lock(connection: Connection) -> bool:
    """Take the sweep's lock until the transaction ends. Return False if another worker has it."""
    return bool(fetch_value(connection, _SWEEP_LOCK))


def forget_stopped(connection: Connection) -> None:
    """Delete the rows of workers that stopped a day ago."""
    connection.execute("DELETE FROM workers WHERE seen_at < now() - interval '1 day'")
