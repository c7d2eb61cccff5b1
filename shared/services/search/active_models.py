"""The model that a collection is searched by, remembered for a short time."""

import time

from shared.db.kit.pool import AsyncDatabase
from shared.db.models import embedding_models
from shared.domain.errors import ModelUnavailable, UnavailableReason
from shared.domain.models.embedding_model import EmbeddingModel

KEEP_SECONDS = 1.0
COLLECTIONS_MAX = 1000


class ActiveModels:
    """Reads the active model of a collection, at most once in KEEP_SECONDS."""

    def __init__(self, database: AsyncDatabase) -> None:
        self._database = database
        self._known: dict[str | None, tuple[EmbeddingModel | None, float]] = {}

    async def get(self, collection: str | None) -> EmbeddingModel:
        """Return a collection's active model; raises ModelUnavailable."""
        model, expires_at = self._known.get(collection, (None, 0.0))
        if model is None or time.monotonic() > expires_at:
            model = await self._read(collection, model)
        if model is None or model.dimensions is None:
            self.forget(collection)
            raise ModelUnavailable(
                UnavailableReason.MODEL_MISSING, "No worker has reached the model server yet."
            )
        return model

    def forget(self, collection: str | None) -> None:
        """Read the model again on the next search."""
        self._known.pop(collection, None)

    async def _read(
        self, collection: str | None, former: EmbeddingModel | None
    ) -> EmbeddingModel | None:
        # Searches that begin meanwhile use the former model instead of reading it too.
        self._keep(collection, former)
        async with self._database.connection() as connection:
            models = await embedding_models.active_async(connection, collection)
        model = models[0] if models else None
        self._keep(collection, model)
        return model

    def _keep(self, collection: str | None, model: EmbeddingModel | None) -> None:
        if len(self._known) >= COLLECTIONS_MAX:
            self._known.clear()
        self._known[collection] = (model, time.monotonic() + KEEP_SECONDS)
