"""The statistics that a query's words are ranked by, remembered for its next pages.

docs/sql shows the statement written out, with example values.
They are refreshed while documents are written. If that happened between two pages of a search, one
document could be on both of them.
"""

from collections.abc import Sequence
from typing import Any, LiteralString

from psycopg.rows import tuple_row

from shared.db.kit.pool import AsyncConnection
from shared.domain.refs import Tenant
from shared.domain.resilience.recent import Recent
from shared.domain.search.lexing.queries import Term
from shared.domain.search.word_plan import WordStatistics

KEEP_SECONDS = 60.0
QUERIES_MAX = 300
"""Those of a long query take up to 40 KB."""

STATEMENT: LiteralString = """
SELECT greatest(max(s.documents), 1)::float8, coalesce(max(s.average_length), 1)::float8,
    coalesce(max(s.unlisted_documents), 1)::float8,
    ARRAY(SELECT sum(f.documents)::float8
        FROM unnest(%(terms)s::int[], %(lexemes)s::text[]) AS l (term, lexeme)
        LEFT JOIN tenant_lexeme_frequencies f ON f.tenant = %(tenant)s AND f.lexeme = l.lexeme
        GROUP BY l.term ORDER BY l.term)
FROM tenant_text_statistics s WHERE s.tenant = %(tenant)s
"""


async def read(
    connection: AsyncConnection, tenant: Tenant, terms: Sequence[Term]
) -> WordStatistics:
    """Return the statistics of terms in the texts of a tenant."""
    cursor = connection.cursor(row_factory=tuple_row, binary=True)
    (row,) = await (await cursor.execute(STATEMENT, parameters(tenant, terms))).fetchall()
    return WordStatistics(*row)


def parameters(tenant: Tenant, terms: Sequence[Term]) -> dict[str, Any]:
    """Return the statement's parameters."""
    counted = [(n, lexeme) for n, term in enumerate(terms) for lexeme in term.form.counted]
    return {
        "tenant": tenant.name,
        "terms": [n for n, _ in counted],
        "lexemes": [lexeme for _, lexeme in counted],
    }


_Key = tuple[Tenant, str, tuple[str, ...]]


class RememberedStatistics:
    """The statistics of recent queries, by tenant, text and languages, from the first search on."""

    def __init__(self) -> None:
        self._known = Recent[_Key, WordStatistics](KEEP_SECONDS, QUERIES_MAX)

    async def get(
        self,
        connection: AsyncConnection,
        tenant: Tenant,
        text: str,
        languages: tuple[str, ...],
        terms: Sequence[Term],
    ) -> WordStatistics:
        """Return the statistics of a query's terms in these languages."""
        key = (tenant, text, languages)
        known = self._known.get(key)
        if known is None:
            known = await read(connection, tenant, terms)
            self._known.put(key, known)
        return known
