"""Small samples of the words of texts, by which near copies are found."""

from collections.abc import Sequence
from typing import LiteralString

from psycopg.rows import tuple_row

from shared.db.kit.pool import AsyncConnection
from shared.domain.search.grouping import SKETCH_VALUES, Sketch

BYTES_MAX = 8 * 1024 * 1024
"""The lexemes that are read for a search, as they are stored. Texts after that have no sketch."""

# Weight B marks words of the id, which differ between copies. Lexemes such as `the~0` hold further
# places of a frequent word. pg_column_size() does not read a stored value, so the lexemes of texts
# that no longer fit are not read.
_READ: LiteralString = f"""
SELECT key, ARRAY(
    SELECT hashtext(lexeme) AS hash
    FROM unnest(tsvector_to_array(ts_filter(lexemes, '{{a,c,d}}'))) AS lexeme
    WHERE lexeme !~ '.~[0-9]+$'
    ORDER BY hash LIMIT {SKETCH_VALUES}
) AS sketch
FROM (
    SELECT f.key, t.lexemes, sum(pg_column_size(t.lexemes)) OVER (ORDER BY f.place) AS bytes
    FROM unnest(%s::bigint[]) WITH ORDINALITY AS f (key, place)
    CROSS JOIN LATERAL (
        -- OFFSET 0 makes the planner look up each text instead of reading the whole table.
        SELECT lexemes FROM document_texts WHERE document_key = f.key OFFSET 0
    ) AS t
) AS texts
WHERE bytes <= {BYTES_MAX}
"""


async def read(connection: AsyncConnection, keys: Sequence[int]) -> dict[int, Sketch]:
    """Return the sketches of texts by document key, as many as fit."""
    cursor = connection.cursor(row_factory=tuple_row, binary=True)
    await cursor.execute(_READ, (list(keys),))
    return dict(await cursor.fetchall())
