"""The scale of each model's similarities, measured from time to time."""

import time

from shared.db.kit.pool import AsyncConnection
from shared.db.search.similarity_sample import similarity_scale
from shared.domain.search.relevance import SimilarityScale

KEEP_SECONDS = 600.0
RETRY_SECONDS = 5.0
"""How soon a model is measured again that had too few documents."""


class SimilarityScales:
    """Measures a model's scale on the first search of each KEEP_SECONDS."""

    def __init__(self) -> None:
        self._scales: dict[int, tuple[SimilarityScale | None, float]] = {}

    async def get(self, connection: AsyncConnection, model_id: int) -> SimilarityScale | None:
        scale, expires_at = self._scales.get(model_id, (None, 0.0))
        if time.monotonic() >= expires_at:
            scale = await similarity_scale(connection, model_id)
            keep = KEEP_SECONDS if scale else RETRY_SECONDS
            self._scales[model_id] = (scale, time.monotonic() + keep)
        return scale
