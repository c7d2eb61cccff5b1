"""Moves migrations forward, step by step. Whatever ends a worker, another one goes on."""

import time
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import structlog

from shared.db.kit.pool import Connection, Database
from shared.db.migrations import backfill, cutover, migrations, removal
from shared.db.migrations.cutover import Lost
from shared.db.models import vector_indexes
from shared.db.operations import table_analysis
from shared.domain.documents.document import Lane
from shared.domain.models.embedding_model import INDEXED_DIMENSIONS_MAX
from shared.domain.models.migration import Migration, MigrationState
from shared.services.maintenance.migration_progress import MigrationProgress

log = structlog.get_logger()

STEP_SECONDS = 1.0
"""A step does not work for longer, so that another migration gets its turn."""
WRITERS_SECONDS = 5.0
ENDS_AS = {
    MigrationState.DROPPING: MigrationState.DONE,
    MigrationState.ABORTING: MigrationState.ABORTED,
}


class MigrationEngine:
    """Performs the next step of each running migration. One worker at a time does it."""

    def __init__(self, database: Database, wake: Callable[[Iterable[Lane]], None]) -> None:
        self._database = database
        self._wake = wake
        self._progress = MigrationProgress()
        self._steps: Mapping[MigrationState, Callable[[Connection, Migration], None]] = {
            MigrationState.PREPARING: self._prepare,
            MigrationState.FILLING: self._fill,
            MigrationState.READY: self._finish_filling,
            MigrationState.SWITCHED: self._end_window,
            MigrationState.ROLLED_BACK: self._end_window,
            MigrationState.DROPPING: self._drop,
            MigrationState.ABORTING: self._drop,
        }

    def work(self) -> None:
        """Perform one step of each migration."""
        with self._database.connection() as connection:
            running = migrations.running(connection)
        for migration in running:
            self._step(migration)
        self._progress.forget_others(running)

    def _step(self, migration: Migration) -> None:
        with self._database.transaction() as connection:
            if not migrations.try_lock(connection, migration):
                return
            self._steps[migration.state](connection, migration)
        if migration.state is MigrationState.FILLING and not migration.paused:
            self._wake([Lane.BACKFILL])

    def _prepare(self, connection: Connection, migration: Migration) -> None:
        """Wait for the index, and for writes that began before the model had its role."""
        phase = vector_indexes.phase(connection, migration.to_model.id)
        if migration.to_model.dimensions is None:
            self._say(connection, migration, "A worker has yet to reach the new model.")
        elif not _is_usable(phase, migration):
            self._say(connection, migration, f"The vector index is not there yet: {phase}.")
        elif not _outwaited(connection):
            self._say(connection, migration, "A long write that began before must end first.")
        else:
            self._change(connection, migration, state=MigrationState.FILLING, detail=None)

    def _fill(self, connection: Connection, migration: Migration) -> None:
        """Keep the queue filled until all documents were looked at, and embedded or refused."""
        if migration.paused:
            self._hold(connection, migration)
            return
        self._progress.record(connection, migration)
        if self._queue(connection, migration):
            changes = {"state": MigrationState.READY, "filled_at": datetime.now(UTC)}
            self._change(connection, migration, **changes)

    def _queue(self, connection: Connection, migration: Migration) -> bool:
        """Queue more if few are waiting. Return True if none is waiting and none is left."""
        waiting = backfill.queued(connection, migration)
        until = time.monotonic() + STEP_SECONDS
        while waiting < backfill.QUEUE_MAX // 2 and time.monotonic() < until:
            found = backfill.queue_more(connection, migration)
            if found.last is None:
                return not waiting
            waiting += found.queued
            migration = migrations.moved(connection, migration, found.last)
        return False

    def _hold(self, connection: Connection, migration: Migration) -> None:
        """Empty the queue of a paused migration. It is filled again from the beginning."""
        backfill.unqueue(connection, migration)
        changes = {"state": MigrationState.FILLING, "filled_to": 0, "detail": "It is paused."}
        if migration.state is not MigrationState.FILLING or migration.filled_to:
            self._change(connection, migration, **changes)

    def _finish_filling(self, connection: Connection, migration: Migration) -> None:
        """Switch once the gate is open."""
        if migration.paused:
            self._hold(connection, migration)
            return
        self._progress.record(connection, migration)
        lost = cutover.lost(connection, migration)
        if lost.missing:
            changes = {"state": MigrationState.FILLING, "filled_to": 0, "detail": None}
            self._change(connection, migration, **changes)
        elif waits_for := self._gate(connection, migration, lost):
            self._say(connection, migration, waits_for)
        elif cutover.switch(connection, migration):
            log.info("model.switched", migration=migration.id, model=migration.to_model.name)

    def _gate(self, connection: Connection, migration: Migration, lost: Lost) -> str | None:
        """Return what the cut-over waits for, or None if nothing."""
        if lost.waiting:
            return f"{lost.waiting:,} documents are still to be embedded."
        if lost.failing:
            return (
                f"{lost.failing:,} documents fail under the new model and not under the former "
                "one. Change them, allow them by id with the cut-over, or abort."
            )
        phase = vector_indexes.phase(connection, migration.to_model.id)
        if not _is_usable(phase, migration):
            return f"The vector index is not usable yet: {phase}."
        if not migration.progress.get("analyzed"):
            table_analysis.analyze_embeddings(connection)
            self._progress.analyzed(connection, migration)
        if not migration.queries_are_embedded:
            return "The API has yet to embed the most frequent queries of the last day."
        return None if migration.may_switch else "It is ready. Ask for the cut-over."

    def _end_window(self, connection: Connection, migration: Migration) -> None:
        """Give up the way back when its time is over."""
        self._progress.record(connection, migration)
        if migration.rollback_until and datetime.now(UTC) >= migration.rollback_until:
            removal.end_role(connection, migration.collection)
            self._change(connection, migration, state=MigrationState.DROPPING, filled_to=0)

    def _drop(self, connection: Connection, migration: Migration) -> None:
        """Delete what the model without a role has: its index first, then its vectors."""
        model_id = removal.model_without_role(connection, migration)
        if waits_for := _blocked(connection, migration, model_id):
            self._say(connection, migration, waits_for)
            return
        removal.delete_jobs(connection, migration.collection, model_id)
        last = _delete(connection, migration, model_id)
        if last is None:
            ended, now = ENDS_AS[migration.state], datetime.now(UTC)
            self._change(connection, migration, state=ended, detail=None, ended_at=now)
        else:
            self._change(connection, migration, filled_to=last)

    def _say(self, connection: Connection, migration: Migration, detail: str) -> None:
        if migration.detail != detail:
            migrations.update(connection, migration, detail=detail)

    def _change(self, connection: Connection, migration: Migration, **changes: Any) -> None:  # noqa: ANN401
        migrations.update(connection, migration, **changes)
        state = changes.get("state", migration.state)
        if state is not migration.state:
            log.info("migration.state", migration=migration.id, state=state)


def _is_usable(phase: str, migration: Migration) -> bool:
    too_long = (migration.to_model.dimensions or 0) > INDEXED_DIMENSIONS_MAX
    return too_long or phase == "valid"


def _blocked(connection: Connection, migration: Migration, model_id: int) -> str | None:
    """Return what the deletion waits for, or None."""
    phase = vector_indexes.phase(connection, model_id)
    if phase != "missing" and not removal.is_in_use(connection, model_id):
        return "The vector index is dropped first."
    if not migration.filled_to and not _outwaited(connection):
        return "A long write must end first."
    return None


def _delete(connection: Connection, migration: Migration, model_id: int) -> int | None:
    """Delete vectors for STEP_SECONDS. Return the last document, or None at the end."""
    after: int | None = migration.filled_to
    until = time.monotonic() + STEP_SECONDS
    while after is not None and time.monotonic() < until:
        after = removal.delete_batch(connection, migration.collection, model_id, after)
    return after


def _outwaited(connection: Connection) -> bool:
    """Wait for those who may write without knowing the roles of now. Return if they ended."""
    before = backfill.writers(connection)
    until = time.monotonic() + WRITERS_SECONDS
    while before and backfill.are_writing(connection, before):
        if time.monotonic() > until:
            return False
        time.sleep(0.01)
    return True
