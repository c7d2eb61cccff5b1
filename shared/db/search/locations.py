"""Where passages of documents are in the files that the documents were read from."""

from collections.abc import Sequence
from typing import LiteralString

from shared.db.kit.pool import AsyncConnection
from shared.domain.files.locations import Location

# Each array is read once, by its primary key. Locations of a text that was edited since are void.
_LOCATIONS: LiteralString = """
SELECT f.place, l.unit, l.numbers[width_bucket(f.start, l.offsets)] AS number
FROM unnest(%(keys)s::bigint[], %(starts)s::int[]) WITH ORDINALITY AS f (key, start, place)
JOIN documents d ON d.key = f.key
JOIN document_locations l ON l.document_key = d.key AND l.content_hash = d.content_hash
"""


async def read(
    connection: AsyncConnection, keys: Sequence[int], starts: Sequence[int]
) -> list[Location | None]:
    """Return where the text at an offset of each document is in its file, in order."""
    parameters = {"keys": list(keys), "starts": list(starts)}
    cursor = await connection.execute(_LOCATIONS, parameters)
    found = {row["place"]: row for row in await cursor.fetchall() if row["number"] is not None}
    places = (found.get(place) for place in range(1, len(keys) + 1))
    return [Location(row["unit"], row["number"]) if row else None for row in places]
