"""Chooses the model of a collection that has no documents."""

from dataclasses import replace

from shared.db.collections import listing, own_models, settings
from shared.db.kit.pool import AsyncConnection, AsyncDatabase
from shared.db.models import embedding_models, roles
from shared.domain.collection_errors import CollectionNotEmpty, MigrationRunning
from shared.domain.collections.collection import ModelChoice
from shared.domain.embedding.vectors import Vector
from shared.domain.model_errors import ModelUnavailable
from shared.domain.models.identity import BY_NAME, ModelIdentity, identify
from shared.domain.reasons import UnavailableReason
from shared.domain.refs import Collection
from shared.services.migrations.preflight import PreflightService


class ModelChooser:
    """Finds out what the model server knows of a model before a collection gets it."""

    def __init__(
        self, database: AsyncDatabase, preflight: PreflightService, chunk_tokens: int
    ) -> None:
        self._database = database
        self._preflight = preflight
        self._chunk_tokens = chunk_tokens

    async def choose(self, collection: Collection, choice: ModelChoice) -> None:
        """Give an empty collection the chosen model, unless it has it already.

        Raises CollectionNotEmpty, MigrationRunning, InvalidInput, ModelUnavailable and TooBusy.
        """
        async with self._database.connection() as connection:
            current = await _current(connection, collection)
            wanted = self._wanted(current, choice)
            if wanted == current:
                return
            await _require_empty(connection, collection)
        fingerprint = await self._preflight.fingerprint(wanted)
        async with self._database.connection() as connection, connection.transaction():
            await _store(connection, collection, wanted, fingerprint)

    def _wanted(self, current: ModelIdentity, choice: ModelChoice) -> ModelIdentity:
        if choice.model in {None, current.name}:
            return replace(current, chunk_tokens=choice.chunk_tokens or current.chunk_tokens)
        chunk_tokens = choice.chunk_tokens or self._chunk_tokens
        return identify(str(choice.model), BY_NAME, BY_NAME, chunk_tokens=chunk_tokens)


async def _current(connection: AsyncConnection, collection: Collection) -> ModelIdentity:
    models = await embedding_models.active_async(connection, collection)
    if not models:
        raise ModelUnavailable(
            UnavailableReason.MODEL_MISSING, "No worker has reached the model server yet."
        )
    return models[0].identity


async def _require_empty(connection: AsyncConnection, collection: Collection) -> None:
    if await listing.has_documents(connection, collection):
        raise CollectionNotEmpty(collection)
    if await own_models.is_migrating(connection, collection):
        raise MigrationRunning(collection)


async def _store(
    connection: AsyncConnection, collection: Collection, wanted: ModelIdentity, fingerprint: Vector
) -> None:
    await settings.lock(connection, collection)
    model_id = await embedding_models.register_async(
        connection, collection.tenant, wanted, fingerprint
    )
    await roles.lock_with_migrations(connection, collection)
    await settings.stop_writes(connection)
    await _require_empty(connection, collection)
    await own_models.choose(connection, collection, model_id)
