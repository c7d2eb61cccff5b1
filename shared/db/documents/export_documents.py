"""Export the documents of a collection in the order of their keys, a part at a time."""

from collections.abc import Sequence
from typing import LiteralString

from shared.db.documents import metadata_conditions
from shared.db.kit.fetch import fetch_all_async
from shared.db.kit.pool import AsyncConnection
from shared.domain.documents.exported import ExportedDocument
from shared.domain.documents.filters import Filter
from shared.domain.refs import Collection

PART_DOCUMENTS = 200
PART_BYTES = 1024 * 1024
"""A part ends at so many bytes of text, but has at least one document."""

_PART: LiteralString = """
WITH found AS MATERIALIZED (
    SELECT d.key, octet_length(d.content) AS bytes FROM documents d
    WHERE d.collection = %(collection)s AND d.key > %(after)s AND {conditions}
    ORDER BY d.key LIMIT %(limit)s
), measured AS (
    SELECT key, row_number() OVER sorted AS number, sum(bytes) OVER sorted AS total
    FROM found WINDOW sorted AS (ORDER BY key)
)
SELECT d.key, d.id, d.title, d.content, d.metadata, d.content_hash
FROM measured JOIN documents d USING (key)
WHERE number = 1 OR total <= %(bytes)s ORDER BY d.key
"""


async def part(
    connection: AsyncConnection, collection: Collection, filters: Sequence[Filter], after: int
) -> list[ExportedDocument]:
    """Return the next documents after a key. There are no more if there are none."""
    conditions = " AND ".join(metadata_conditions.by_index(filters)) or "true"
    parameters = {
        "collection": collection,
        "after": after,
        "limit": PART_DOCUMENTS,
        "bytes": PART_BYTES,
        **metadata_conditions.parameters(filters),
    }
    statement = _PART.format(conditions=conditions)
    return await fetch_all_async(connection, ExportedDocument, statement, parameters)
