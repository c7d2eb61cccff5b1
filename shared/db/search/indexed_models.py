"""Which models have a vector index. Without one, all vectors in scope are compared.

A search by an index that is not there would read the chunks of all tenants.
"""

from collections.abc import Sequence
from typing import LiteralString

from shared.db.kit.fetch import fetch_value_async
from shared.db.kit.pool import AsyncConnection
from shared.db.search.recent import Recent

KEEP_SECONDS = 3.0
MODELS_MAX = 10_000

_IS_INDEXED: LiteralString = """
SELECT EXISTS (
    SELECT FROM pg_index
    WHERE indexrelid = to_regclass('chunks_embedding_' || %s::int) AND indisvalid)
"""


class IndexedModels:
    """Asks for the index of each model, and remembers the answer for a short time."""

    def __init__(self) -> None:
        self._known = Recent[int, bool](KEEP_SECONDS, MODELS_MAX)

    async def have(self, connection: AsyncConnection, model_ids: Sequence[int]) -> bool:
        """Return whether all these models have a valid index."""
        return all([await self._has(connection, each) for each in model_ids])

    async def _has(self, connection: AsyncConnection, model_id: int) -> bool:
        known = self._known.get(model_id)
        if known is None:
            known = bool(await fetch_value_async(connection, _IS_INDEXED, (model_id,)))
            self._known.put(model_id, known)
        return known
