"""Which vector index a model has. Without one, all vectors in scope are compared.

A search by an index that is not there would read the chunks of all tenants.
"""

from collections.abc import Mapping, Sequence
from typing import LiteralString

from shared.db.kit.fetch import fetch_value_async
from shared.db.kit.pool import AsyncConnection
from shared.db.models.index_kinds import REMEMBERED_SECONDS, IndexKind
from shared.domain.resilience.recent import Recent

MODELS_MAX = 10_000

_VALID: LiteralString = """
SELECT array_agg(kind ORDER BY place)
FROM unnest(%(kinds)s::text[]) WITH ORDINALITY AS kinds (kind, place)
JOIN pg_index i ON i.indisvalid
    AND i.indexrelid = to_regclass('chunks_' || kind || '_' || %(model)s::int)
"""
_PREFERRED = (IndexKind.BITS, IndexKind.VECTORS)
"""While a model gets another index, it has both for a moment."""


class IndexedModels:
    """Asks for the index of each model, and remembers the answer for a short time."""

    def __init__(self) -> None:
        self._known = Recent[int, Sequence[IndexKind]](REMEMBERED_SECONDS, MODELS_MAX)

    async def kinds(
        self, connection: AsyncConnection, model_ids: Sequence[int]
    ) -> Mapping[int, IndexKind]:
        """Return the kind of the index that each of these models has, if it has a valid one."""
        valid = {each: await self._valid(connection, each) for each in model_ids}
        return {each: kinds[0] for each, kinds in valid.items() if kinds}

    async def _valid(self, connection: AsyncConnection, model_id: int) -> Sequence[IndexKind]:
        known = self._known.get(model_id)
        if known is None:
            values = {"kinds": list(_PREFERRED), "model": model_id}
            found = await fetch_value_async(connection, _VALID, values)
            known = [IndexKind(each) for each in found or ()]
            self._known.put(model_id, known)
        return known
