"""The models of collections without documents. Whoever changes them has stopped all writes."""

from typing import LiteralString

from shared.db.kit.fetch import fetch_value_async
from shared.db.kit.pool import AsyncConnection
from shared.domain.refs import Collection

_NO_DOCUMENTS: LiteralString = (
    "NOT EXISTS (SELECT FROM documents WHERE collection = %(collection)s)"
)
_SET: LiteralString = """
INSERT INTO collections (name, active_model_id) VALUES (%(collection)s, %(model)s)
ON CONFLICT (name) DO UPDATE SET active_model_id = excluded.active_model_id,
    building_model_id = NULL, previous_model_id = NULL
"""
_COPY: LiteralString = """
INSERT INTO collections (name, active_model_id, building_model_id, previous_model_id)
SELECT %(to)s, active_model_id, building_model_id, previous_model_id
FROM collections WHERE name = %(collection)s
ON CONFLICT (name) DO UPDATE SET active_model_id = excluded.active_model_id,
    building_model_id = excluded.building_model_id,
    previous_model_id = excluded.previous_model_id
"""
_FORGET: LiteralString = f"""
WITH migrations AS (
    DELETE FROM model_migrations WHERE collection = %(collection)s AND {_NO_DOCUMENTS}
)
DELETE FROM collections WHERE name = %(collection)s AND {_NO_DOCUMENTS}
"""
_IS_MIGRATING: LiteralString = """
SELECT EXISTS (
    SELECT FROM model_migrations
    WHERE collection = %s AND state NOT IN ('done', 'aborted')
)
"""


async def choose(connection: AsyncConnection, collection: Collection, model_id: int) -> None:
    await connection.execute(_SET, {"collection": collection, "model": model_id})


async def copy(connection: AsyncConnection, collection: Collection, to: Collection) -> None:
    await connection.execute(_COPY, {"collection": collection, "to": to})


async def is_migrating(connection: AsyncConnection, collection: Collection) -> bool:
    """Return whether a migration of the collection has not ended."""
    return bool(await fetch_value_async(connection, _IS_MIGRATING, (collection,)))


async def forget(connection: AsyncConnection, collection: Collection) -> None:
    """Delete the models and migrations of a collection, unless it has documents."""
    await connection.execute(_FORGET, {"collection": collection})
