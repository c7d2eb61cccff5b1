"""Migrations: start them, read them, and record what was asked of them."""

from collections.abc import Mapping
from typing import Any, LiteralString

from psycopg.types.json import Jsonb

from shared.db.kit.fetch import (
    fetch_all,
    fetch_all_async,
    fetch_optional,
    fetch_optional_async,
    fetch_value_async,
)
from shared.db.kit.pool import AsyncConnection, Connection
from shared.db.kit.short_waits import waiting_shortly
from shared.db.models.collection_models import SUMMARY
from shared.db.models.roles import ACTIVE_MODEL_OF, DEFAULT_MODEL_OF, migration_is_busy
from shared.domain.models.embedding_model import ModelSummary
from shared.domain.models.migration import (
    Cutover,
    Migration,
    MigrationState,
    NewMigration,
)
from shared.domain.refs import Collection

# Migrations that a former version started have no number. Their id is greater than all before it.
_NUMBER: LiteralString = "coalesce(g.number, g.id)"
_COLUMNS: LiteralString = f"""g.id, {_NUMBER} AS number, g.collection,
    {SUMMARY.format(m="f")} AS from_model,
    {SUMMARY.format(m="t")} AS to_model, g.state, g.cutover,
    g.rollback_hours, g.paused, g.cutover_asked, g.allowed_failures, g.filled_to, g.detail,
    g.preflight, g.progress, g.comparison, g.queries_embedded_at, g.created_at, g.filled_at,
    g.switched_at, g.rollback_until, g.ended_at"""
_SELECT: LiteralString = f"""
SELECT {_COLUMNS} FROM model_migrations g
JOIN embedding_models f ON f.id = g.from_model_id
JOIN embedding_models t ON t.id = g.to_model_id
"""
_RUNNING: LiteralString = f"{_SELECT} WHERE g.state NOT IN ('done', 'aborted') ORDER BY g.id"
_RECENT: LiteralString = f"""{_SELECT}
WHERE g.state NOT IN ('done', 'aborted') OR g.ended_at > now() - interval '30 seconds'
ORDER BY g.id LIMIT 100
"""
_OF_COLLECTION: LiteralString = f"{_SELECT} WHERE g.collection = %s ORDER BY g.id DESC LIMIT 100"
_ONE: LiteralString = f"{_SELECT} WHERE g.collection = %s AND {_NUMBER} = %s"
_ADD_COLLECTION: LiteralString = f"""
INSERT INTO collections (name, active_model_id)
SELECT %(collection)s, {DEFAULT_MODEL_OF.format(tenant="tenant_of(%(collection)s)")}
ON CONFLICT DO NOTHING
"""
_START: LiteralString = f"""
WITH changed AS (
    UPDATE collections SET building_model_id = %(to)s
    WHERE name = %(collection)s AND building_model_id IS NULL AND previous_model_id IS NULL
      AND active_model_id <> %(to)s
    RETURNING active_model_id
)
INSERT INTO model_migrations
    (collection, number, from_model_id, to_model_id, cutover, rollback_hours, preflight)
SELECT %(collection)s, 1 + coalesce((
        SELECT max({_NUMBER}) FROM model_migrations g WHERE g.collection = %(collection)s
    ), 0), active_model_id, %(to)s, %(cutover)s, %(hours)s, %(preflight)s
FROM changed
ON CONFLICT DO NOTHING RETURNING number
"""
_ACTIVE_ID: LiteralString = f"SELECT {ACTIVE_MODEL_OF.format(collection='%(collection)s')}"


_IS_RUNNING: LiteralString = """
SELECT EXISTS (
    SELECT FROM model_migrations WHERE collection = %s AND state NOT IN ('done', 'aborted')
)
"""
_LOCK: LiteralString = f"""{_SELECT}
WHERE g.id = %s AND g.state NOT IN ('done', 'aborted') FOR UPDATE OF g SKIP LOCKED
"""
_LOCK_ASKED: LiteralString = f"""
SELECT FROM model_migrations g WHERE g.collection = %s AND {_NUMBER} = %s FOR UPDATE
"""


def running(connection: Connection) -> list[Migration]:
    """Return the migrations that have not ended, the oldest first."""
    return fetch_all(connection, _migration, _RUNNING)


async def running_async(connection: AsyncConnection) -> list[Migration]:
    """Return the migrations that have not ended, the oldest first."""
    return await fetch_all_async(connection, _migration, _RUNNING)


async def recent(connection: AsyncConnection) -> list[Migration]:
    """Return the migrations that run or ended in the last 30 seconds, the first hundred."""
    return await fetch_all_async(connection, _migration, _RECENT)


async def is_running(connection: AsyncConnection, collection: Collection) -> bool:
    """Return whether a migration of the collection has not ended."""
    return bool(await fetch_value_async(connection, _IS_RUNNING, (collection,)))


async def of_collection(connection: AsyncConnection, collection: Collection) -> list[Migration]:
    """Return the migrations of a collection, the newest first."""
    return await fetch_all_async(connection, _migration, _OF_COLLECTION, (collection,))


async def read(
    connection: AsyncConnection, collection: Collection, number: int
) -> Migration | None:
    return await fetch_optional_async(connection, _migration, _ONE, (collection, number))


async def active_model_id(connection: AsyncConnection, collection: Collection) -> int | None:
    """Return the id of a collection's active model, or None before the first worker."""
    found: int | None = await fetch_value_async(connection, _ACTIVE_ID, {"collection": collection})
    return found


async def start(connection: AsyncConnection, new: NewMigration) -> int | None:
    """Start a migration and return its number, or None if another one runs."""
    await connection.execute(_ADD_COLLECTION, {"collection": new.collection})
    parameters = {
        "collection": new.collection,
        "to": new.to_model_id,
        "cutover": new.cutover,
        "hours": new.rollback_hours,
        "preflight": Jsonb(dict(new.preflight)),
    }
    started: int | None = await fetch_value_async(connection, _START, parameters)
    return started


def update(connection: Connection, migration: Migration, **changes: Any) -> bool:  # noqa: ANN401 - columns of any type
    """Change columns of a migration that is still in its state. Return whether it was."""
    statement, parameters = _update(migration, changes)
    return connection.execute(statement, parameters).rowcount > 0


async def update_async(
    connection: AsyncConnection,
    migration: Migration,
    **changes: Any,  # noqa: ANN401 - columns of any type
) -> bool:
    """Change columns of a migration that is still in its state. Return whether it was."""
    statement, parameters = _update(migration, changes)
    return (await connection.execute(statement, parameters)).rowcount > 0


def lock(connection: Connection, id_: int) -> Migration | None:
    """Lock a running migration until the transaction ends, and return it as it is now.

    Return None if another worker has it or it has ended.
    """
    return fetch_optional(connection, _migration, _LOCK, (id_,))


async def lock_async(connection: AsyncConnection, collection: Collection, number: int) -> None:
    """Lock a migration until the transaction ends. The roles of its models are locked before it.

    Raises TooBusy if a worker has it for long.
    """
    async with waiting_shortly(connection, migration_is_busy()):
        await connection.execute(_LOCK_ASKED, (collection, number))


def _update(migration: Migration, changes: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    values = {
        name: Jsonb(dict(value)) if isinstance(value, Mapping) else value
        for name, value in changes.items()
    }
    assignments = ", ".join(f"{name} = %({name})s" for name in values)
    statement = (
        f"UPDATE model_migrations SET {assignments} WHERE id = %(migration)s AND state = %(was)s"
    )
    return statement, {**values, "migration": migration.id, "was": migration.state}


def _migration(
    *,
    collection: str,
    from_model: dict[str, Any],
    to_model: dict[str, Any],
    state: str,
    cutover: str,
    allowed_failures: list[str],
    **columns: Any,  # noqa: ANN401 - columns of any type
) -> Migration:
    return Migration(
        collection=Collection.of_key(collection),
        from_model=ModelSummary(**from_model),
        to_model=ModelSummary(**to_model),
        state=MigrationState(state),
        cutover=Cutover(cutover),
        allowed_failures=tuple(allowed_failures),
        **columns,
    )
