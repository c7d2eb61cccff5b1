"""Deletes what a model has in a collection where it has no role any more."""

from typing import Any, LiteralString

from shared.db.kit.fetch import fetch_value
from shared.db.kit.pool import AsyncConnection, Connection
from shared.db.models.roles import FLOW_OF_COLLECTION, IS_IN_USE
from shared.domain.models.migration import Migration
from shared.domain.refs import Collection

BATCH_DOCUMENTS = 2000

# A collection never has both.
_END_ROLE: LiteralString = """
UPDATE collections SET building_model_id = NULL, previous_model_id = NULL WHERE name = %s
"""
_MODEL_WITHOUT_ROLE: LiteralString = """
SELECT CASE active_model_id WHEN %(from)s THEN %(to)s ELSE %(from)s END
FROM collections WHERE name = %(collection)s
"""
_IS_IN_USE: LiteralString = f"""
SELECT EXISTS (SELECT FROM embedding_models m WHERE m.id = %(model)s AND {IS_IN_USE})
"""
# Without its job, nobody can store a document's chunks.
_DELETE_JOBS: LiteralString = f"""
WITH owed AS MATERIALIZED (
    SELECT d.key FROM documents d
    WHERE d.collection = %(collection)s AND d.key = ANY(ARRAY(
        SELECT document_key FROM jobs j
        WHERE model_id = %(model)s AND {FLOW_OF_COLLECTION.format(flow="j.flow")} =
            (SELECT flow FROM collections WHERE name = %(collection)s)
        LIMIT {BATCH_DOCUMENTS}))
    ORDER BY d.collection, d.id FOR SHARE
)
DELETE FROM jobs j USING owed WHERE j.model_id = %(model)s AND j.document_key = owed.key
"""
# The chunks are deleted with the embedding that they belong to.
_DELETE_BATCH: LiteralString = f"""
WITH next AS MATERIALIZED (
    SELECT key FROM documents
    WHERE collection = %(collection)s AND key > %(after)s ORDER BY key LIMIT {BATCH_DOCUMENTS}
), deleted AS (
    DELETE FROM embeddings WHERE model_id = %(model)s
      AND document_key = ANY(ARRAY(SELECT key FROM next))
)
SELECT max(key) AS last FROM next
"""


def end_role(connection: Connection, collection: Collection) -> None:
    """Take the role of the model that is not active."""
    connection.execute(_END_ROLE, (collection,))


async def end_role_async(connection: AsyncConnection, collection: Collection) -> None:
    """Take the role of the model that is not active."""
    await connection.execute(_END_ROLE, (collection,))


def model_without_role(connection: Connection, migration: Migration) -> int:
    """Return the id of the migration's model that is not active."""
    parameters = {
        "collection": migration.collection,
        "from": migration.from_model.id,
        "to": migration.to_model.id,
    }
    return int(fetch_value(connection, _MODEL_WITHOUT_ROLE, parameters))


def is_in_use(connection: Connection, model_id: int) -> bool:
    """Return whether any collection uses a model, or new ones would."""
    return bool(fetch_value(connection, _IS_IN_USE, {"model": model_id}))


def delete_jobs(connection: Connection, collection: Collection, model_id: int) -> int:
    """Delete the next jobs. Return how many there were, 0 at the end."""
    parameters = {"collection": collection, "model": model_id}
    return connection.execute(_DELETE_JOBS, parameters).rowcount


def delete_batch(
    connection: Connection, collection: Collection, model_id: int, after: int
) -> int | None:
    """Delete the vectors of the next documents. Return the last one, or None at the end."""
    parameters: dict[str, Any] = {"collection": collection, "model": model_id, "after": after}
    last: int | None = fetch_value(connection, _DELETE_BATCH, parameters)
    return last
