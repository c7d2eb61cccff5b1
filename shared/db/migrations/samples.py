"""A sample of a collection's documents, from which a preflight estimates."""

from dataclasses import dataclass
from typing import LiteralString

from shared.db.kit.fetch import fetch_all_async, fetch_value_async
from shared.db.kit.pool import AsyncConnection
from shared.domain.refs import Collection

DOCUMENTS = 200
CHARACTERS = 20_000
"""Of a longer document only the beginning is read."""

_COUNT: LiteralString = "SELECT count(*) FROM documents WHERE collection = %s"
# The documents are spread evenly over the keys of the collection, and found by its index.
_SAMPLE: LiteralString = f"""
SELECT DISTINCT ON (d.key) d.title, left(d.content, {CHARACTERS}) AS content,
    length(d.content) AS characters
FROM (
    SELECT min(key) AS first, max(key) AS last FROM documents WHERE collection = %(collection)s
) AS keys, generate_series(0, {DOCUMENTS - 1}) AS step, LATERAL (
    SELECT key, title, content FROM documents
    WHERE collection = %(collection)s AND key >= first + (last - first) * step / {DOCUMENTS}
    ORDER BY key LIMIT 1
) AS d
"""


@dataclass(frozen=True, slots=True)
class SampledDocument:
    """The beginning of a document, and the number of characters of all of its content."""

    title: str | None
    content: str
    characters: int


async def count(connection: AsyncConnection, collection: Collection) -> int:
    return int(await fetch_value_async(connection, _COUNT, (collection,)))


async def sample(connection: AsyncConnection, collection: Collection) -> list[SampledDocument]:
    """Return up to DOCUMENTS documents of a collection."""
    return await fetch_all_async(connection, SampledDocument, _SAMPLE, {"collection": collection})
