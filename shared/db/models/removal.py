"""Deletes what a model has in a collection where it has no role any more."""

from typing import Any, LiteralString

from shared.db.kit.fetch import fetch_optional
from shared.db.kit.pool import AsyncConnection, Connection
from shared.db.models.roles import FLOW_OF_COLLECTION

BATCH_DOCUMENTS = 2000

_END_BUILDING: LiteralString = """
UPDATE collections SET building_model_id = NULL
WHERE name = %(collection)s AND building_model_id = %(model)s
"""
_END_PREVIOUS: LiteralString = """
UPDATE collections SET previous_model_id = NULL
WHERE name = %(collection)s AND previous_model_id = %(model)s
"""
# Without its job, nobody can store a document's chunks.
_DELETE_JOBS: LiteralString = f"""
DELETE FROM jobs j
WHERE model_id = %(model)s AND {FLOW_OF_COLLECTION.format(flow="j.flow")} =
    (SELECT flow FROM collections WHERE name = %(collection)s)
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


async def end_role(
    connection: AsyncConnection, collection: str, model_id: int, *, building: bool
) -> bool:
    """Take a model's role in a collection. Return False if it has another role."""
    statement = _END_BUILDING if building else _END_PREVIOUS
    parameters = {"collection": collection, "model": model_id}
    return (await connection.execute(statement, parameters)).rowcount > 0


def end_previous(connection: Connection, collection: str, model_id: int) -> bool:
    """Take the previous model's role. Return False if it has another role."""
    parameters = {"collection": collection, "model": model_id}
    return connection.execute(_END_PREVIOUS, parameters).rowcount > 0


def delete_jobs(connection: Connection, collection: str, model_id: int) -> None:
    connection.execute(_DELETE_JOBS, {"collection": collection, "model": model_id})


def delete_batch(connection: Connection, collection: str, model_id: int, after: int) -> int | None:
    """Delete the vectors of the next documents. Return the last one, or None at the end."""
    parameters: dict[str, Any] = {"collection": collection, "model": model_id, "after": after}
    return fetch_optional(connection, lambda last: last, _DELETE_BATCH, parameters)
