"""The models that collections are searched by, remembered for a short time."""

from collections.abc import Sequence

from shared.db.kit.pool import AsyncDatabase
from shared.db.models import embedding_models
from shared.domain.model_errors import ModelUnavailable
from shared.domain.models.embedding_model import EmbeddingModel
from shared.domain.reasons import UnavailableReason
from shared.domain.refs import Collection, Tenant
from shared.domain.resilience.recent import Recent

KEEP_SECONDS = 1.0
COLLECTIONS_MAX = 1000

Models = Sequence[EmbeddingModel]


class ActiveModels:
    """Reads the active model of a collection, at most once in KEEP_SECONDS."""

    def __init__(self, database: AsyncDatabase) -> None:
        self._database = database
        self._known = Recent[Collection | Tenant, Models](KEEP_SECONDS, COLLECTIONS_MAX)

    async def get(self, within: Collection | Tenant) -> Models:
        """Return the active model of a collection, or of a tenant; raises ModelUnavailable."""
        models = self._known.get(within) or await self._read(within)
        if all(model.dimensions is None for model in models):
            self.forget(within)
            raise ModelUnavailable(
                UnavailableReason.MODEL_MISSING, "No worker has reached the model server yet."
            )
        return models

    def forget(self, within: Collection | Tenant) -> None:
        """Read the model again on the next search."""
        self._known.forget(within)

    async def _read(self, within: Collection | Tenant) -> Models:
        # Searches that begin meanwhile use the former models instead of reading them too.
        self._known.put(within, self._known.last(within) or ())
        async with self._database.connection() as connection:
            models = await embedding_models.active_async(connection, within)
        self._known.put(within, models)
        return models
