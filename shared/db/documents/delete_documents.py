"""Delete documents."""

from typing import NamedTuple

from shared.db.kit.fetch import fetch_one_async
from shared.db.kit.pool import AsyncConnection
from shared.domain.refs import DocumentRef

# Foreign keys cascade, so the document's vectors are deleted by the same statement.
_DELETE = """
WITH found AS (
    SELECT key FROM documents WHERE collection = %(collection)s AND id = %(id)s
), deleted AS (
    DELETE FROM documents
    WHERE collection = %(collection)s AND id = %(id)s
      AND (%(version)s::bigint IS NULL OR version = %(version)s)
    RETURNING collection, id, version
), announced AS (
    INSERT INTO events (collection, id, status, version)
    SELECT collection, id, 'deleted', version FROM deleted
)
SELECT EXISTS (SELECT FROM found) AS found, EXISTS (SELECT FROM deleted) AS deleted
"""


class Deletion(NamedTuple):
    """Whether the document existed and whether it was deleted."""

    found: bool
    deleted: bool


async def delete(
    connection: AsyncConnection, ref: DocumentRef, expected_version: int | None
) -> Deletion:
    """Delete a document if it is at the expected version. None stands for any version."""
    parameters = {"collection": ref.collection, "id": ref.id, "version": expected_version}
    return await fetch_one_async(connection, Deletion, _DELETE, parameters)
