"""The statistics that a query's words are ranked by, remembered for its next pages.

docs/sql shows the statement written out, with example values.
They are refreshed while documents are written. If that happened between two pages of a search, one
document could be on both of them.
"""

from collections.abc import Sequence
from typing import Any, LiteralString

from psycopg.rows import tuple_row

from shared.db.kit.pool import AsyncConnection
from shared.db.search.recent import Recent
from shared.domain.search.lexing.queries import Term
from shared.domain.search.word_plan import WordStatistics

KEEP_SECONDS = 60.0
QUERIES_MAX = 300
"""Those of a long query take up to 40 KB."""

STATEMENT: LiteralString = """
SELECT coalesce(max(s.documents), 1)::float8, coalesce(max(s.average_length), 1)::float8,
    coalesce(max(s.unlisted_documents), 1)::float8,
    ARRAY(SELECT sum(f.documents)::float8
        FROM unnest(%(terms)s::int[], %(lexemes)s::text[]) AS l (term, lexeme)
        LEFT JOIN lexeme_frequencies f USING (lexeme) GROUP BY l.term ORDER BY l.term)
FROM text_statistics s
"""


async def read(connection: AsyncConnection, terms: Sequence[Term]) -> WordStatistics:
    """Return the statistics of terms."""
    cursor = connection.cursor(row_factory=tuple_row, binary=True)
    (row,) = await (await cursor.execute(STATEMENT, parameters(terms))).fetchall()
    return WordStatistics(*row)


def parameters(terms: Sequence[Term]) -> dict[str, Any]:
    """Return the statement's parameters."""
    counted = [(n, lexeme) for n, term in enumerate(terms) for lexeme in term.form.counted]
    return {"terms": [n for n, _ in counted], "lexemes": [lexeme for _, lexeme in counted]}


class RememberedStatistics:
    """The statistics of recent queries, by text and languages, from the first search on."""

    def __init__(self) -> None:
        self._known = Recent[tuple[str, tuple[str, ...]], WordStatistics](KEEP_SECONDS, QUERIES_MAX)

    async def get(
        self,
        connection: AsyncConnection,
        text: str,
        languages: tuple[str, ...],
        terms: Sequence[Term],
    ) -> WordStatistics:
        """Return the statistics of a query's terms in these languages."""
        known = self._known.get((text, languages))
        if known is None:
            known = await read(connection, terms)
            self._known.put((text, languages), known)
        return known
