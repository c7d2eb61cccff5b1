"""How many documents are in a scope. It decides whether a search compares all of them."""

from typing import LiteralString

from shared.db.kit.fetch import fetch_all_async
from shared.db.kit.pool import AsyncConnection
from shared.db.search import scope_conditions
from shared.domain.resilience.recent import Recent
from shared.domain.search.scope import Scope

KEEP_SECONDS = 3.0
SCOPES_MAX = 500
KEY_CHARACTERS = 1000

_COUNT: LiteralString = """
SELECT count(*) AS documents
FROM (SELECT FROM documents d WHERE {scope} LIMIT %(most)s + 1) AS in_scope
"""


class ScopeSizes:
    """Counts the documents of scopes, and remembers the counts for a short time."""

    def __init__(self) -> None:
        self._counts = Recent[tuple[str, int], int](KEEP_SECONDS, SCOPES_MAX)

    async def get(self, connection: AsyncConnection, scope: Scope, most: int) -> int:
        """Return the number of documents in a scope, or more than `most` if there are more."""
        key = (repr(scope), most)
        known = self._counts.get(key)
        if known is not None:
            return known
        count = await _count(connection, scope, most)
        if len(key[0]) <= KEY_CHARACTERS:
            self._counts.put(key, count)
        return count


async def _count(connection: AsyncConnection, scope: Scope, most: int) -> int:
    statement = _COUNT.format(scope=scope_conditions.filter_by_index(scope))
    parameters = {**scope_conditions.parameters(scope), "most": most}
    (count,) = await fetch_all_async(connection, dict[str, int], statement, parameters)
    return count["documents"]
