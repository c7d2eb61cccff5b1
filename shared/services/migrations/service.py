"""Migrations as the API offers them: start, read, act."""

from collections.abc import Sequence
from dataclasses import replace

from shared.db.kit.pool import AsyncConnection, AsyncDatabase
from shared.db.migrations import cutover, migrations, removal
from shared.db.models import embedding_models, roles
from shared.domain.access.principal import Principal
from shared.domain.collection_errors import MigrationNotAllowed, MigrationNotFound, MigrationRunning
from shared.domain.embedding.vectors import Vector
from shared.domain.errors import FieldError, InvalidInput, TooBusy
from shared.domain.model_errors import ModelUnavailable
from shared.domain.models.migration import (
    ALLOWED,
    FINISH_OF,
    REVERSIBLE_STATES,
    Migration,
    MigrationAction,
    MigrationRequest,
    MigrationState,
    NewMigration,
)
from shared.domain.reasons import UnavailableReason
from shared.domain.refs import Collection
from shared.services.access.audit_log import done_by, record
from shared.services.migrations.preflight import Preflight, PreflightService

ESTIMATES_MAX = 2
"""At once in a process: each embeds a sample and reads a part of the collection."""
BUSY = "Other changes of a model are being measured. Try again later."
CHANGED = "The migration has just changed. Try again."
LEADS_TO = {
    MigrationAction.CUTOVER: MigrationState.SWITCHED,
    MigrationAction.ROLLBACK: MigrationState.ROLLED_BACK,
}
CHANGES_ROLES = {MigrationAction.ROLLBACK, MigrationAction.FINISH, MigrationAction.ABORT}


class MigrationService:
    """Starts migrations and records what is asked of them. Workers do the work."""

    def __init__(self, database: AsyncDatabase, preflight: PreflightService) -> None:
        self._database = database
        self._preflight = preflight
        self._estimates = 0

    async def start(self, caller: Principal, request: MigrationRequest) -> Migration:
        """Start a migration after its preflight.

        Raises InvalidInput, MigrationRunning and ModelUnavailable.
        """
        async with self._database.connection() as connection:
            if await migrations.is_running(connection, request.collection):
                raise MigrationRunning(request.collection)
        measured, fingerprint = await self._preflight.measure(request.collection, request.identity)
        async with self._database.connection() as connection, connection.transaction():
            number = await _start(connection, request, measured.as_dict(), fingerprint)
            detail = {"migration": number, "model": request.identity.name}
            done = done_by(caller, "model.start", request.collection.name, detail)
            await record(connection, done)
            return await _read(connection, request.collection, number)

    async def estimate(self, request: MigrationRequest) -> Preflight:
        """Return what a migration would take, measured on a sample, without starting it.

        Raises TooBusy, InvalidInput and ModelUnavailable.
        """
        if self._estimates >= ESTIMATES_MAX:
            raise TooBusy(BUSY)
        self._estimates += 1
        try:
            measured, _ = await self._preflight.measure(request.collection, request.identity)
        finally:
            self._estimates -= 1
        return measured

    async def of_collection(self, collection: Collection) -> list[Migration]:
        """Return the migrations of a collection, the newest first."""
        async with self._database.connection() as connection:
            return await migrations.of_collection(connection, collection)

    async def get(self, collection: Collection, number: int) -> Migration:
        """Return a migration; raises MigrationNotFound."""
        async with self._database.connection() as connection:
            return await _read(connection, collection, number)

    async def act(
        self,
        caller: Principal,
        collection: Collection,
        number: int,
        action: MigrationAction,
        allowed_failures: Sequence[str] = (),
    ) -> Migration:
        """Do what is asked of a migration, and return it.

        Raises MigrationNotFound, MigrationNotAllowed and TooBusy.
        """
        async with self._database.connection() as connection, connection.transaction():
            migration = await _lock(connection, collection, number, action)
            possible = migration.state in ALLOWED[action]
            if not (possible and await _act(connection, migration, action, allowed_failures)):
                raise MigrationNotAllowed(_why_not(migration, action))
            done = done_by(caller, f"model.{action}", collection.name, {"migration": number})
            await record(connection, done)
            return await _read(connection, collection, number)


async def _start(
    connection: AsyncConnection,
    request: MigrationRequest,
    preflight: dict[str, object],
    fingerprint: Vector,
) -> int:
    active = await migrations.active_model_id(connection, request.collection)
    if active is None:
        raise ModelUnavailable(
            UnavailableReason.MODEL_MISSING, "No worker has reached the model server yet."
        )
    to_model = await embedding_models.register_async(
        connection, request.collection.tenant, request.identity, fingerprint
    )
    if to_model == active:
        raise InvalidInput(FieldError(("model",), "the collection uses this model already"))
    new = NewMigration(
        request.collection, to_model, request.cutover, request.rollback_hours, preflight
    )
    number = await migrations.start(connection, new)
    if number is None:
        raise MigrationRunning(request.collection)
    return number


async def _read(connection: AsyncConnection, collection: Collection, number: int) -> Migration:
    migration = await migrations.read(connection, collection, number)
    if migration is None:
        raise MigrationNotFound(collection, number)
    return migration


async def _lock(
    connection: AsyncConnection, collection: Collection, number: int, action: MigrationAction
) -> Migration:
    """Lock the migration, and before it the roles of the models if the action changes them.

    A worker that counts documents has the migration for a while, and stores need the roles.
    """
    asked = await _read(connection, collection, number)
    if has_roles := _changes_roles(asked, action):
        await roles.lock_async(connection, collection)
    await migrations.lock_async(connection, collection, number)
    migration = await _read(connection, collection, number)
    if _changes_roles(migration, action) and not has_roles:
        raise TooBusy(CHANGED, 1.0)
    return migration


def _changes_roles(migration: Migration, action: MigrationAction) -> bool:
    """Return whether the action is done at once. Workers do the others."""
    if action is MigrationAction.CUTOVER:
        return migration.state is MigrationState.ROLLED_BACK
    return action in CHANGES_ROLES


async def _act(
    connection: AsyncConnection,
    migration: Migration,
    action: MigrationAction,
    allowed_failures: Sequence[str],
) -> bool:
    """Return False if the state has changed meanwhile."""
    changes: dict[str, object]
    match action:
        case MigrationAction.PAUSE:
            changes = {"paused": True}
        case MigrationAction.RESUME:
            changes = {"paused": False, "detail": None}
        case MigrationAction.CUTOVER if migration.state is not MigrationState.ROLLED_BACK:
            allowed = _allowed(migration, allowed_failures)
            changes = {"cutover_asked": True, "paused": False, "allowed_failures": allowed}
        case _:
            allowing = replace(migration, allowed_failures=_allowed(migration, allowed_failures))
            finish = FINISH_OF.get(migration.state, MigrationState.ABORTING)
            return await _change_roles(connection, allowing, LEADS_TO.get(action, finish))
    return await migrations.update_async(connection, migration, **changes)


def _allowed(migration: Migration, more: Sequence[str]) -> list[str]:
    return sorted({*migration.allowed_failures, *more})


async def _change_roles(
    connection: AsyncConnection, migration: Migration, state: MigrationState
) -> bool:
    """Swap the models' roles, or take that of the one that is not active."""
    if state in REVERSIBLE_STATES:
        if state is MigrationState.ROLLED_BACK:
            swapped = await cutover.swap_back(connection, migration)
        else:
            swapped = await cutover.swap_again(connection, migration)
        return swapped and await migrations.update_async(connection, migration, state=state)
    await removal.end_role_async(connection, migration.collection)
    return await migrations.update_async(
        connection, migration, state=state, filled_to=0, detail=None, paused=False
    )


def _why_not(migration: Migration, action: MigrationAction) -> str:
    possible = [str(each) for each, states in ALLOWED.items() if migration.state in states]
    if action in possible:
        return (
            "The cut-over would take documents from searches that are not embedded under the new "
            "model. Wait until they are, or allow those that fail by `allow_failed`."
        )
    offer = f"Possible: {', '.join(possible)}." if possible else "It has ended."
    return f"The migration is {migration.state}, so it cannot {action} now. {offer}"
