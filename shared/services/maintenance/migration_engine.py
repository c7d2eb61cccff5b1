"""Moves migrations forward, step by step. Whatever ends a worker, another one goes on."""

import time
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import structlog
from structlog.contextvars import bound_contextvars

from shared.db.kit.pool import Connection, Database
from shared.db.migrations import backfill, cutover, migrations, removal
from shared.db.migrations.cutover import Lost
from shared.db.models import roles, vector_indexes
from shared.db.operations import table_analysis
from shared.domain.documents.document import Lane
from shared.domain.models.embedding_model import INDEXED_DIMENSIONS_MAX
from shared.domain.models.migration import (
    FINISH_OF,
    REVERSIBLE_STATES,
    Migration,
    MigrationState,
)
from shared.services.maintenance.migration_progress import MigrationProgress

log = structlog.get_logger()

STEP_SECONDS = 1.0
"""A migration does not take longer at a time, so that another one gets its turn."""
WRITERS_SECONDS = 1.0

Step = Callable[[Connection, Migration], bool]
ENDS_AS = {
    MigrationState.DROPPING: MigrationState.DONE,
    MigrationState.ABORTING: MigrationState.ABORTED,
}


class MigrationEngine:
    """Performs the next steps of each running migration. One worker at a time does it.

    Each step is one short transaction, which locks the migration and reads it anew. It returns
    whether there is more to do at once. If a model then gets or loses its role, that is a
    transaction of its own, which locks the roles first.
    """

    def __init__(self, database: Database, wake: Callable[[Iterable[Lane]], None]) -> None:
        self._database = database
        self._wake = wake
        self._progress = MigrationProgress()
        self._steps: Mapping[MigrationState, Step] = {
            MigrationState.PREPARING: self._prepare,
            MigrationState.FILLING: self._fill,
            MigrationState.READY: self._cut_over,
            MigrationState.DROPPING: self._drop,
            MigrationState.ABORTING: self._drop,
        }
        self._role_changes: Mapping[MigrationState, Step] = {
            MigrationState.READY: self._switch,
            MigrationState.SWITCHED: self._end_role,
            MigrationState.ROLLED_BACK: self._end_role,
        }

    def work(self) -> None:
        """Move each migration forward. One that fails does not stop the others."""
        with self._database.connection() as connection:
            running = migrations.running(connection)
        failures = [failure for each in running if (failure := self._attempt(each.id))]
        self._progress.forget_others(running)
        if failures:
            raise failures[0]

    def _attempt(self, id_: int) -> Exception | None:
        until = time.monotonic() + STEP_SECONDS
        try:
            while self._step(id_) and time.monotonic() < until:
                pass
        except Exception as error:  # noqa: BLE001 - raised after the other migrations
            return error
        return None

    def _step(self, id_: int) -> bool:
        with self._database.transaction() as connection:
            migration = migrations.lock(connection, id_)
            if migration is None:
                return False
            with bound_contextvars(tenant=migration.collection.tenant.name):
                more = self._look(connection, migration)
        if more and migration.state in self._role_changes:
            more = self._change_roles(migration)
        if migration.state is MigrationState.FILLING and not migration.paused:
            self._wake([Lane.BACKFILL])
        return more

    def _look(self, connection: Connection, migration: Migration) -> bool:
        if migration.state in REVERSIBLE_STATES:
            return migration.window_is_over
        return self._steps[migration.state](connection, migration)

    def _change_roles(self, before: Migration) -> bool:
        """Change the roles, unless the migration has changed since its step."""
        with self._database.transaction() as connection:
            roles.lock(connection, before.collection)
            migration = migrations.lock(connection, before.id)
            if migration is None or migration.state is not before.state:
                return migration is not None
            with bound_contextvars(tenant=migration.collection.tenant.name):
                return self._role_changes[migration.state](connection, migration)

    def _prepare(self, connection: Connection, migration: Migration) -> bool:
        """Wait for the index, and for writes that began before the model had its role."""
        phase = vector_indexes.phase(connection, migration.to_model.id)
        if migration.to_model.dimensions is None:
            self._say(connection, migration, "A worker has yet to reach the new model.")
        elif not _is_usable(phase, migration):
            self._say(connection, migration, f"The vector index is not there yet: {phase}.")
        elif not _outwaited(connection):
            self._say(connection, migration, "A long write that began before must end first.")
        else:
            return self._change(connection, migration, state=MigrationState.FILLING, detail=None)
        return False

    def _fill(self, connection: Connection, migration: Migration) -> bool:
        """Keep the queue filled until all documents were looked at, and embedded or refused."""
        if migration.paused:
            return self._hold(connection, migration)
        self._progress.record(connection, migration)
        waiting = backfill.queued(connection, migration)
        if waiting >= backfill.QUEUE_MAX // 2:
            return False
        found = backfill.queue_more(connection, migration)
        if found.last is not None:
            return self._change(connection, migration, filled_to=found.last)
        if waiting:
            return False
        now = datetime.now(UTC)
        return self._change(connection, migration, state=MigrationState.READY, filled_at=now)

    def _hold(self, connection: Connection, migration: Migration) -> bool:
        """Empty the queue of a paused migration. It is filled again from the beginning."""
        backfill.unqueue(connection, migration)
        if migration.state is not MigrationState.FILLING or migration.filled_to:
            self._change(
                connection,
                migration,
                state=MigrationState.FILLING,
                filled_to=0,
                detail="It is paused.",
            )
        return False

    def _cut_over(self, connection: Connection, migration: Migration) -> bool:
        """Return whether the gate is open. It is looked at as often as documents are counted."""
        if migration.paused:
            return self._hold(connection, migration)
        if not self._progress.record(connection, migration):
            return False
        with self._progress.measured(migration):
            connection.execute("SET LOCAL statement_timeout = '60s'")
            lost = cutover.lost(connection, migration)
        if lost.missing:
            self._change(
                connection, migration, state=MigrationState.FILLING, filled_to=0, detail=None
            )
            return False
        if waits_for := self._gate(connection, migration, lost):
            self._say(connection, migration, waits_for)
            return False
        return True

    def _switch(self, connection: Connection, migration: Migration) -> bool:
        is_asked = migration.may_switch and not migration.paused
        if is_asked and cutover.switch(connection, migration):
            log.info("model.switched", migration=migration.id, model=migration.to_model.name)
        return False

    def _gate(self, connection: Connection, migration: Migration, lost: Lost) -> str | None:
        """Return what the cut-over waits for, or None if nothing."""
        if lost.waiting:
            return f"Documents that are still to be embedded: {lost.waiting:,}."
        if lost.failing:
            return (
                f"Documents that fail under the new model and not under the former one: "
                f"{lost.failing:,}. Change them, allow them by id with the cut-over, or abort."
            )
        phase = vector_indexes.phase(connection, migration.to_model.id)
        if not _is_usable(phase, migration):
            return f"The vector index is not usable yet: {phase}."
        if table_analysis.has_changed(connection, "embeddings", "chunks"):
            return "PostgreSQL has yet to analyze the new vectors."
        if not migration.queries_are_embedded:
            return "The API has yet to embed the most frequent queries of the last day."
        return None if migration.may_switch else "It is ready. Ask for the cut-over."

    def _end_role(self, connection: Connection, migration: Migration) -> bool:
        """Give up the way back when its time is over."""
        if not migration.window_is_over:
            return False
        removal.end_role(connection, migration.collection)
        following = FINISH_OF[migration.state]
        return self._change(connection, migration, state=following, filled_to=0)

    def _drop(self, connection: Connection, migration: Migration) -> bool:
        """Delete what the model without a role has: its index first, then its vectors."""
        model_id = removal.model_without_role(connection, migration)
        if waits_for := _blocked(connection, migration, model_id):
            self._say(connection, migration, waits_for)
            return False
        collection, after = migration.collection, migration.filled_to
        if removal.delete_jobs(connection, collection, model_id):
            return True
        last = removal.delete_batch(connection, collection, model_id, after)
        if last is not None:
            return self._change(connection, migration, filled_to=last)
        ended, now = ENDS_AS[migration.state], datetime.now(UTC)
        self._change(connection, migration, state=ended, detail=None, ended_at=now)
        return False

    def _say(self, connection: Connection, migration: Migration, detail: str) -> None:
        if migration.detail != detail:
            migrations.update(connection, migration, detail=detail)

    def _change(self, connection: Connection, migration: Migration, **changes: Any) -> bool:  # noqa: ANN401
        """Change a migration. Return True, because another step may be possible."""
        migrations.update(connection, migration, **changes)
        state = changes.get("state", migration.state)
        if state is not migration.state:
            log.info("migration.state", migration=migration.id, state=state)
        return True


def _is_usable(phase: str, migration: Migration) -> bool:
    too_long = (migration.to_model.dimensions or 0) > INDEXED_DIMENSIONS_MAX
    return too_long or phase in {"valid", vector_indexes.UNNECESSARY}


def _blocked(connection: Connection, migration: Migration, model_id: int) -> str | None:
    """Return what the deletion waits for, or None."""
    phase = vector_indexes.phase(connection, model_id)
    absent = {"missing", vector_indexes.UNNECESSARY}
    if phase not in absent and not removal.is_in_use(connection, model_id):
        return "The vector index is dropped first."
    if not migration.filled_to and not _outwaited(connection):
        return "A long write must end first."
    return None


def _outwaited(connection: Connection) -> bool:
    """Wait for those who may write without knowing the roles of now. Return if they ended."""
    before = backfill.writers(connection)
    until = time.monotonic() + WRITERS_SECONDS
    while before and backfill.are_writing(connection, before):
        if time.monotonic() > until:
            return False
        time.sleep(0.01)
    return True
