"""Which vector index a model has. Without one, all vectors in scope are compared.

A search by an index that is not there would read the chunks of all tenants.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import LiteralString

from shared.db.kit.fetch import fetch_all_async
from shared.db.kit.pool import AsyncConnection
from shared.db.models.index_kinds import REMEMBERED_SECONDS, IndexKind
from shared.domain.resilience.recent import Recent

MODELS_MAX = 10_000

_VALID: LiteralString = """
SELECT kind, c.reltuples AS chunks
FROM unnest(%(kinds)s::text[]) WITH ORDINALITY AS kinds (kind, place)
JOIN pg_index i ON i.indisvalid
    AND i.indexrelid = to_regclass('chunks_' || kind || '_' || %(model)s::int)
JOIN pg_class c ON c.oid = i.indexrelid
ORDER BY place LIMIT 1
"""
_PREFERRED = (IndexKind.BITS, IndexKind.VECTORS)
"""While a model gets another index, it has both for a moment."""


@dataclass(frozen=True, slots=True)
class ModelIndex:
    """A valid vector index, and about how many chunks it has: 0 or less if that is not known."""

    kind: IndexKind
    chunks: float


class IndexedModels:
    """Asks for the index of each model, and remembers the answer for a short time."""

    def __init__(self) -> None:
        self._known = Recent[int, Sequence[ModelIndex]](REMEMBERED_SECONDS, MODELS_MAX)

    async def indexes(
        self, connection: AsyncConnection, model_ids: Sequence[int]
    ) -> Mapping[int, ModelIndex]:
        """Return the index that searches use, of each of these models that has a valid one."""
        valid = {each: await self._valid(connection, each) for each in model_ids}
        return {model_id: index for model_id, found in valid.items() for index in found}

    async def _valid(self, connection: AsyncConnection, model_id: int) -> Sequence[ModelIndex]:
        """Return the index, or nothing."""
        known = self._known.get(model_id)
        if known is None:
            values = {"kinds": list(_PREFERRED), "model": model_id}
            rows = await fetch_all_async(connection, ModelIndex, _VALID, values)
            known = [ModelIndex(IndexKind(row.kind), row.chunks) for row in rows]
            self._known.put(model_id, known)
        return known
