"""The models of a collection: which one is active, and which are embedded for each write.

A collection without a row of its own uses the default model of its tenant.
"""

from typing import LiteralString

from shared.db.kit.pool import AsyncConnection, Connection
from shared.db.kit.short_waits import waiting_shortly
from shared.db.kit.tenants import OF_TENANT
from shared.domain.embedding.flows import FLOWS_OF_A_SIZE
from shared.domain.errors import TooBusy
from shared.domain.refs import Collection

DEFAULT_MODEL_OF: LiteralString = "default_model_of({tenant})"
"""The id of a tenant's default model, to be formatted."""
_DEFAULT: LiteralString = DEFAULT_MODEL_OF.format(tenant="tenant_of({collection})")
ACTIVE_MODEL_OF: LiteralString = f"""(SELECT coalesce(
        (SELECT active_model_id FROM collections WHERE name = {{collection}}),
        {_DEFAULT}))"""
"""The id of a collection's active model, to be formatted."""

ALL_ACTIVE_MODELS: LiteralString = f"""ARRAY(
        SELECT active_model_id FROM collections WHERE {OF_TENANT.format(collection="name")}
        UNION SELECT {DEFAULT_MODEL_OF.format(tenant="%(tenant)s::text")})"""
"""The ids of the models that searches of a whole tenant need."""

ACTIVE_MODEL_JOINS: LiteralString = f"""LEFT JOIN collections r ON r.name = d.collection
    LEFT JOIN embedding_models m ON m.id = coalesce(r.active_model_id,
        {_DEFAULT.format(collection="d.collection")})"""
"""Joins the active model `m` of a document `d`."""

MODELS_OF_A_WRITE: LiteralString = f"""LEFT JOIN collections r ON r.name = d.collection
    JOIN embedding_models m ON m.id IN (coalesce(r.active_model_id,
        {_DEFAULT.format(collection="d.collection")}),
        r.building_model_id, r.previous_model_id)"""
"""Joins the models `m` that a document `d` is embedded under."""

IS_IN_USE: LiteralString = """m.id IN (
        SELECT id FROM embedding_models WHERE state = 'active'
        UNION SELECT model_id FROM tenants
        UNION SELECT role.id FROM collections CROSS JOIN LATERAL (
            VALUES (active_model_id), (building_model_id), (previous_model_id)
        ) AS role (id))"""
"""A collection uses the model `m`, or new ones would."""

FLOW_OF_COLLECTION: LiteralString = f"{{flow}} & {FLOWS_OF_A_SIZE - 1}"
"""The part of a job's flow that is the hash of its collection, to be formatted."""

ACTIVE_MODEL_OF_JOBS: LiteralString = f"""
    LEFT JOIN collections r ON r.flow = ({FLOW_OF_COLLECTION.format(flow="j.flow")})
    JOIN embedding_models m
        ON m.id = j.model_id AND m.id = coalesce(r.active_model_id,
            {DEFAULT_MODEL_OF.format(tenant="m.tenant")})"""
"""Joins the model `m` of jobs `j`, if it is active."""
ACTIVE_JOBS: LiteralString = f"jobs j{ACTIVE_MODEL_OF_JOBS}"
"""The jobs of active models, for a FROM clause. Their flows tell the collection, so no document is
read. Two collections with the same hash, one in four billion, may be taken for each other."""

# It waits until no worker stores anything of the collection.
_LOCK: LiteralString = "SELECT FROM collections WHERE name = %(collection)s FOR UPDATE"
_LOCK_MIGRATIONS: LiteralString = (
    "SELECT FROM model_migrations WHERE collection = %(collection)s FOR UPDATE"
)


def lock(connection: Connection, collection: Collection) -> None:
    """Lock the roles of a collection's models. It comes first in a transaction.

    A transaction whose first lock waits gets its id afterwards. So its events come after those of
    what it waited for.
    """
    connection.execute(_LOCK, {"collection": collection})


async def lock_async(connection: AsyncConnection, collection: Collection) -> None:
    """Lock the roles of a collection's models. It comes first in a transaction."""
    await connection.execute(_LOCK, {"collection": collection})


async def lock_with_migrations(connection: AsyncConnection, collection: Collection) -> None:
    """Lock the roles of a collection's models, and then its migrations.

    Raises TooBusy if a worker has a migration for long.
    """
    await lock_async(connection, collection)
    async with waiting_shortly(connection, migration_is_busy()):
        await connection.execute(_LOCK_MIGRATIONS, {"collection": collection})


def migration_is_busy() -> TooBusy:
    """Return the error of those who wait for a migration. A worker may count for a minute."""
    return TooBusy("A worker is busy with the migration. Try again.", 5.0)
