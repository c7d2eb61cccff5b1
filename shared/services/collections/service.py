"""Collections: list, read, create, describe, rename and delete."""

from collections.abc import Callable, Sequence

from shared.db.collections import listing, settings
from shared.db.kit.pool import AsyncConnection, AsyncDatabase
from shared.db.models import collection_models
from shared.domain.access.principal import Action, Principal
from shared.domain.collection_errors import CollectionNotFound
from shared.domain.collections.collection import (
    DESCRIPTION_MAX_CHARACTERS,
    CollectionPage,
    CollectionState,
    Described,
    ModelChoice,
    SettingsChange,
)
from shared.domain.documents.document import DEFAULT_COLLECTION
from shared.domain.documents.languages import ACCEPTED, language_named
from shared.domain.documents.validation import check_text
from shared.domain.errors import FieldError, InvalidInput
from shared.domain.refs import Collection, Tenant
from shared.services.access.audit_log import done_by, record
from shared.services.collections import deletion, renaming
from shared.services.collections.model_choice import ModelChooser

NAMES_AT_A_TIME = 1000


class CollectionService:
    """A collection exists once it has a document or file, or was created. `default` always does."""

    def __init__(self, database: AsyncDatabase, chooser: ModelChooser) -> None:
        self._database = database
        self._chooser = chooser

    async def page(self, caller: Principal, after: str | None, limit: int) -> CollectionPage:
        """Return the collections that the caller may read, by name."""
        async with self._database.costly_snapshot(caller.tenant) as connection:

            def is_shown(collection: Collection) -> bool:
                return caller.allows(Action.READ, collection.name)

            found = await _names(connection, caller.tenant, is_shown, after, limit + 1)
            shown = await _states(connection, caller, found[:limit])
        more = len(found) > limit
        return CollectionPage(shown, shown[-1].models.name if more else None)

    async def get(self, caller: Principal, collection: Collection) -> CollectionState:
        """Return a collection; raises CollectionNotFound."""
        async with self._database.costly_snapshot(caller.tenant) as connection:
            if collection.name != DEFAULT_COLLECTION:
                await _require(connection, collection)
            (state,) = await _states(connection, caller, [collection])
        return state

    async def put(
        self,
        caller: Principal,
        collection: Collection,
        change: SettingsChange,
        choice: ModelChoice,
    ) -> bool:
        """Create or describe a collection, and return whether it is new.

        Raises InvalidInput, and what `ModelChooser` raises. A model is chosen before the rest.
        """
        change = _checked(change)
        if choice != ModelChoice(None, None):
            caller.collection(Action.MODELS, collection.name)
            await self._chooser.choose(collection, choice)
        async with self._database.connection() as connection, connection.transaction():
            await settings.lock(connection, collection)
            is_new = not await listing.exists(connection, collection)
            await settings.put(connection, collection, change)
            if is_new:
                await record(connection, done_by(caller, "collection.create", collection.name))
        return is_new

    async def describe(self, collection: Collection, change: SettingsChange) -> None:
        """Change what is said of a collection; raises CollectionNotFound and InvalidInput."""
        change = _checked(change)
        async with self._database.connection() as connection, connection.transaction():
            await settings.lock(connection, collection)
            await _require(connection, collection)
            await settings.put(connection, collection, change)

    async def rename(self, caller: Principal, collection: Collection, name: str) -> Collection:
        """Rename a collection, and return it.

        Raises Forbidden unless the caller may write in both, and what `renaming.rename` raises.
        """
        to = caller.collection(Action.WRITE, name)
        if to != collection:
            await renaming.rename(self._database, caller, collection, to)
        return to

    async def delete(self, caller: Principal, collection: Collection) -> None:
        """Delete a collection with everything in it; raises CollectionNotFound and TooBusy."""
        await deletion.delete(self._database, caller, collection)


async def _names(
    connection: AsyncConnection,
    tenant: Tenant,
    is_shown: Callable[[Collection], bool],
    after: str | None,
    limit: int,
) -> list[Collection]:
    """Return the first collections after a name that are shown."""
    shown: list[Collection] = []
    while len(shown) < limit:
        found = await listing.names(connection, tenant, after, min(NAMES_AT_A_TIME, 2 * limit))
        shown += filter(is_shown, found)
        if not found:
            break
        after = found[-1].name
    return shown[:limit]


async def _states(
    connection: AsyncConnection, caller: Principal, collections: Sequence[Collection]
) -> list[CollectionState]:
    """Return collections in their order. A token with a filter learns of no other documents."""
    if not collections:
        return []
    models = {each.name: each for each in await collection_models.of(connection, collections)}
    described = await listing.described(connection, collections)
    counts = {} if caller.filter else await listing.counts(connection, caller.tenant, collections)
    return [
        CollectionState(models[name], described.get(name, Described()), counts.get(name))
        for name in (each.name for each in collections)
    ]


async def _require(connection: AsyncConnection, collection: Collection) -> None:
    if not await listing.exists(connection, collection):
        raise CollectionNotFound(collection)


def _checked(change: SettingsChange) -> SettingsChange:
    """Return a change with the language's own name; raises InvalidInput."""
    if (description := change.get("description")) is not None:
        _check_description(description)
    if (named := change.get("language")) is None:
        return change
    language = language_named(named)
    if language is None:
        message = f"is not a known language: give a code or an English name, such as {ACCEPTED}"
        raise InvalidInput(FieldError(("language",), message))
    return {**change, "language": language}


def _check_description(description: str) -> None:
    check_text(description, "description")
    if len(description) > DESCRIPTION_MAX_CHARACTERS:
        message = f"must have at most {DESCRIPTION_MAX_CHARACTERS:,} characters"
        raise InvalidInput(FieldError(("description",), message))
