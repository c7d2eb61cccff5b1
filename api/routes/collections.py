"""Collections with their models, and the migrations from one model to another."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Response

from api.http.body import ShortBodyRoute
from api.http.parameters import Caller, Inkdex, PathCollection
from api.http.paths import COLLECTION
from api.http.responses import JSON_BODY, README, described
from api.schemas.migrations import (
    ActionBody,
    CollectionOut,
    CollectionsOut,
    MigrationBody,
    MigrationOut,
    MigrationsOut,
)
from shared.domain.access.principal import Action
from shared.domain.errors import MigrationNotAllowed, MigrationNotFound, MigrationRunning
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
NOT_NOW: dict[int | str, dict[str, Any]] = {
    409: described(
        "The action is not possible in the state of the migration.",
        MigrationNotAllowed("The migration is done. It cannot be paused."),
    )
}
MigratedCollection = Annotated[Collection, Depends(PathCollection(Action.MODELS))]
ShownCollection = Annotated[Collection, Depends(PathCollection(Action.READ))]
PathMigration = Annotated[
    int,
    Path(ge=1, le=2**63 - 1, description="Its number in the collection.", examples=[1]),
]
PathAction = Annotated[MigrationAction, Path(description="What is to be done.")]


@router.get("")
async def list_collections(inkdex: Inkdex, caller: Caller) -> CollectionsOut:
    """List the collections that have documents and their models, by name, the first hundred."""
    caller.require(Action.READ)
    found = await inkdex.migrations.collections(caller.tenant)
    shown = [each for each in found if caller.allows(Action.READ, each.name)]
    return CollectionsOut(items=[CollectionOut.model_validate(each) for each in shown])


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


@router.post(f"{MIGRATION}/{{action}}", responses=JSON_BODY | NOT_FOUND | NOT_NOW)
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


# Last, because its path is also the beginning of the others.
@router.get(COLLECTION)
async def get_collection(collection: ShownCollection, inkdex: Inkdex) -> CollectionOut:
    """Return a collection's models. Without documents it has the one that its first would get."""
    return CollectionOut.model_validate(await inkdex.migrations.collection(collection))
