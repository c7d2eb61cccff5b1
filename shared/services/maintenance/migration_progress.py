"""How far a migration is, and how fast it goes."""

import time
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from shared.db.kit.pool import Connection
from shared.db.migrations import backfill, migrations
from shared.db.migrations.backfill import Counts
from shared.db.models import vector_indexes
from shared.domain.models.migration import Migration

WINDOW_SECONDS = 15.0
"""The rate is that of this time."""
COUNT_SHARE = 0.1
"""Counting never takes more than this share of the time."""


class MigrationProgress:
    """Counts the documents of migrations, and records the counts where all processes see them."""

    def __init__(self) -> None:
        self._samples: dict[int, deque[tuple[float, int]]] = {}
        self._count_again_at: dict[int, float] = {}

    def record(self, connection: Connection, migration: Migration) -> bool:
        """Count and record the progress, unless it was counted a short time ago."""
        if time.monotonic() < self._count_again_at.get(migration.id, 0.0):
            return False
        with self.measured(migration):
            counts = backfill.counts(connection, migration)
        progress = self._described(connection, migration, counts)
        if progress != migration.progress:
            migrations.update(connection, migration, progress=progress)
        return True

    @contextmanager
    def measured(self, migration: Migration) -> Iterator[None]:
        """Measure how long the counting in the block takes. It postpones the next one."""
        started = time.monotonic()
        yield
        ended = time.monotonic()
        before = self._count_again_at.get(migration.id, 0.0)
        pause = (ended - started) / COUNT_SHARE
        self._count_again_at[migration.id] = max(before, ended) + pause

    def forget_others(self, running: Iterable[Migration]) -> None:
        """Forget the migrations that have ended."""
        ids = {migration.id for migration in running}
        for known in (self._samples, self._count_again_at):
            for id_ in known.keys() - ids:
                del known[id_]

    def _described(
        self, connection: Connection, migration: Migration, counts: Counts
    ) -> dict[str, Any]:
        rate = self._rate(migration.id, counts.embedded)
        failures = backfill.failure_reasons(connection, migration) if counts.failed else {}
        return {
            "total": counts.total,
            "embedded": counts.embedded,
            "pending": counts.pending,
            "failed": counts.failed,
            "failures": failures,
            "documents_per_second": rate,
            "seconds_left": round(counts.pending / rate, 1) if rate else None,
            "index": vector_indexes.phase(connection, migration.to_model.id),
        }

    def _rate(self, id_: int, embedded: int) -> float | None:
        """Return the documents per second of the last WINDOW_SECONDS, None if there were none."""
        samples = self._samples.setdefault(id_, deque())
        now = time.monotonic()
        samples.append((now, embedded))
        while samples[0][0] < now - WINDOW_SECONDS:
            samples.popleft()
        (first_at, first), (last_at, last) = samples[0], samples[-1]
        return round((last - first) / (last_at - first_at), 2) if last > first else None
