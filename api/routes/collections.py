"""Collections, and the migrations from one model to another."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Response

from api.http.body import ShortBodyRoute
from api.http.parameters import Caller, Inkdex, PathCollection
from api.http.paths import COLLECTION
from api.http.responses import BUSY, JSON_BODY, README, described
from api.schemas.collections import (
    CollectionBody,
    CollectionCursors,
    CollectionListParameters,
    CollectionOut,
    CollectionPatch,
    CollectionsOut,
)
from api.schemas.migrations import (
    ActionBody,
    MigrationBody,
    MigrationEstimateOut,
    MigrationOut,
    MigrationsOut,
)
from shared.domain.access.principal import Action
from shared.domain.collection_errors import (
    CollectionExists,
    CollectionNotEmpty,
    CollectionNotFound,
    CollectionTooLarge,
    MigrationNotAllowed,
    MigrationNotFound,
    MigrationRunning,
)
from shared.domain.models.migration import MigrationAction
from shared.domain.refs import Collection

router = APIRouter(prefix="/v1/collections", tags=["collections"], route_class=ShortBodyRoute)

MIGRATIONS = f"{COLLECTION}/migrations"
MIGRATION = f"{MIGRATIONS}/{{migration}}"
RUNNING: dict[int | str, dict[str, Any]] = {
    409: described(
        "A migration of the collection runs, or can be rolled back.",
        MigrationRunning(README.collection),
    )
}
NOT_FOUND: dict[int | str, dict[str, Any]] = {
    404: described("There is no such migration.", MigrationNotFound(README.collection, 7))
}
NO_COLLECTION: dict[int | str, dict[str, Any]] = {
    404: described("There is no such collection.", CollectionNotFound(README.collection))
}
NOT_EMPTY: dict[int | str, dict[str, Any]] = {
    409: described(
        "The collection has documents, so only a migration changes its model.",
        CollectionNotEmpty(README.collection),
    )
}
NOT_RENAMED: dict[int | str, dict[str, Any]] = {
    409: described(
        "The name is taken, the collection is too large, or its model changes.",
        CollectionExists(README.collection),
        CollectionTooLarge(README.collection, 50_000),
        MigrationRunning(README.collection),
    )
}
NOT_NOW: dict[int | str, dict[str, Any]] = {
    409: described(
        "The action is not possible in the state of the migration.",
        MigrationNotAllowed("The migration is done. It cannot be paused."),
    )
}
MigratedCollection = Annotated[Collection, Depends(PathCollection(Action.MODELS))]
ChangedCollection = Annotated[Collection, Depends(PathCollection(Action.WRITE))]
ShownCollection = Annotated[Collection, Depends(PathCollection(Action.READ))]
PathMigration = Annotated[
    int,
    Path(ge=1, le=2**63 - 1, description="Its number in the collection.", examples=[1]),
]
PathAction = Annotated[MigrationAction, Path(description="What is to be done.")]


@router.get("", responses=BUSY)
async def list_collections(
    inkdex: Inkdex, caller: Caller, parameters: Annotated[CollectionListParameters, Query()]
) -> CollectionsOut:
    """List the collections, their descriptions, models and numbers of documents, by name."""
    caller.require(Action.READ)
    cursors = CollectionCursors(await inkdex.sealing(), caller.tenant)
    after = None if parameters.cursor is None else cursors.name(parameters.cursor)
    page = await inkdex.collections.page(caller, after, parameters.limit)
    return CollectionsOut(
        items=[CollectionOut.of(each) for each in page.collections],
        next_cursor=None if page.next_after is None else cursors.text(page.next_after),
    )


@router.post(MIGRATIONS, status_code=202, responses=JSON_BODY | RUNNING)
async def start_migration(
    collection: MigratedCollection,
    body: MigrationBody,
    inkdex: Inkdex,
    caller: Caller,
    response: Response,
) -> MigrationOut:
    """Change the collection's embedding model while it is written and searched.

    The response has what the change will take, measured on a sample. Searches use the former model
    until all documents are embedded under the new one, and then change at one moment.
    """
    request = body.request(collection, inkdex.settings.chunk_tokens)
    migration = await inkdex.migrations.start(caller, request)
    response.headers["Location"] = f"migrations/{migration.number}"
    return MigrationOut.model_validate(migration)


@router.post(f"{MIGRATIONS}/estimate", responses=JSON_BODY | BUSY)
async def estimate_migration(
    collection: MigratedCollection, body: MigrationBody, inkdex: Inkdex
) -> MigrationEstimateOut:
    """Return what a change of the model would take, measured on a sample, without starting it."""
    request = body.request(collection, inkdex.settings.chunk_tokens)
    return MigrationEstimateOut.model_validate(await inkdex.migrations.estimate(request))


@router.get(MIGRATIONS)
async def list_migrations(collection: MigratedCollection, inkdex: Inkdex) -> MigrationsOut:
    """List the migrations of a collection, the newest first, up to a hundred."""
    found = await inkdex.migrations.of_collection(collection)
    return MigrationsOut(items=[MigrationOut.model_validate(each) for each in found])


@router.get(MIGRATION, responses=NOT_FOUND)
async def get_migration(
    collection: MigratedCollection, migration: PathMigration, inkdex: Inkdex
) -> MigrationOut:
    """Return a migration's state, its progress and what it waits for."""
    return MigrationOut.model_validate(await inkdex.migrations.get(collection, migration))


@router.post(f"{MIGRATION}/{{action}}", responses=JSON_BODY | BUSY | NOT_FOUND | NOT_NOW)
async def act_on_migration(
    collection: MigratedCollection,
    migration: PathMigration,
    action: PathAction,
    inkdex: Inkdex,
    caller: Caller,
    body: ActionBody | None = None,
) -> MigrationOut:
    """Pause or resume a migration, cut over to the new model, roll back, finish or abort.

    `rollback` makes the former model active again at once. `finish` gives up the way back and
    deletes the vectors of the model that is not active. `abort` deletes those of the new model.
    """
    allowed = body.checked() if body else []
    changed = await inkdex.migrations.act(caller, collection, migration, action, allowed)
    return MigrationOut.model_validate(changed)


# Last, because their path is also the beginning of the others.
@router.get(COLLECTION, responses=NO_COLLECTION)
async def get_collection(
    collection: ShownCollection, inkdex: Inkdex, caller: Caller
) -> CollectionOut:
    """Return a collection. One exists once it has a document or file or was created."""
    return CollectionOut.of(await inkdex.collections.get(caller, collection))


@router.put(COLLECTION, responses=JSON_BODY | BUSY | NOT_EMPTY | {201: {"model": CollectionOut}})
async def put_collection(
    collection: ChangedCollection,
    body: CollectionBody,
    inkdex: Inkdex,
    caller: Caller,
    response: Response,
) -> CollectionOut:
    """Create or describe a collection.

    Without documents it can be given another model, which needs `models`.
    """
    created = await inkdex.collections.put(caller, collection, body.change(), body.choice())
    response.status_code = 201 if created else 200
    return CollectionOut.of(await inkdex.collections.get(caller, collection))


@router.patch(COLLECTION, responses=JSON_BODY | BUSY | NO_COLLECTION | NOT_RENAMED)
async def patch_collection(
    collection: ChangedCollection, body: CollectionPatch, inkdex: Inkdex, caller: Caller
) -> CollectionOut:
    """Describe or rename a collection. To rename one takes writing in both names."""
    name, change = body.new_name(), body.change()
    if change:
        await inkdex.collections.describe(collection, change)
    if name is not None:
        collection = await inkdex.collections.rename(caller, collection, name)
    return CollectionOut.of(await inkdex.collections.get(caller, collection))


@router.delete(COLLECTION, status_code=202, responses=BUSY | NO_COLLECTION)
async def delete_collection(collection: ChangedCollection, inkdex: Inkdex, caller: Caller) -> None:
    """Delete a collection with everything in it.

    Afterwards nothing of it is found, and its name and ids are free. A worker deletes the
    documents.
    """
    await inkdex.collections.delete(caller, collection)
