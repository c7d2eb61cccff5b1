"""The handles of imports: how many of their documents are ready."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Query

from api.http.body import ShortBodyRoute
from api.http.parameters import Caller, Inkdex, OptionalCollection, WrittenCollection
from api.http.responses import JSON_BODY, described
from api.schemas.document_cursors import CURSOR_MAX_CHARACTERS
from api.schemas.imports import (
    ImportFailureOut,
    ImportFailuresOut,
    ImportOut,
    ImportRejectionOut,
    ImportRejectionsOut,
    ImportsOut,
    SkippedRequest,
)
from api.schemas.key_cursors import KeyCursors
from shared.domain.access.principal import Action
from shared.domain.errors import ImportNotFound
from shared.ports.sealing import Sealed

router = APIRouter(prefix="/v1/imports", tags=["imports"], route_class=ShortBodyRoute)

ImportId = Annotated[UUID, Path(description="`import` of the answer to a bulk import.")]
Cursor = Annotated[
    str | None,
    Query(max_length=CURSOR_MAX_CHARACTERS, description="`next_cursor` of the page before."),
]
NOT_FOUND: dict[int | str, dict[str, Any]] = {
    404: described(
        "There is no such import.", ImportNotFound(UUID("0193a5c8-7b1e-7c3a-9d55-2f1b8e0c4a10"))
    )
}


@router.get("")
async def list_imports(
    inkdex: Inkdex,
    caller: Caller,
    collection: OptionalCollection,
    limit: Annotated[int, Query(ge=1, le=200, description="Imports a page, at most.")] = 50,
    cursor: Cursor = None,
) -> ImportsOut:
    """List the bulk imports of the last seven days, the newest first.

    Shown are those into collections that the key may write to, and with `collection` only those
    into that one, also together with others. A page can be shorter than `limit`, even empty:
    `next_cursor` says whether there may be more.
    """
    caller.require(Action.WRITE)
    cursors = KeyCursors(await inkdex.sealing(), caller.tenant, Sealed.IMPORT_CURSOR)
    before = None if cursor is None else cursors.key(cursor, "cursor")
    if collection is None:
        found, next_before = await inkdex.imports.page(caller, before, limit)
    else:
        into = caller.collection(Action.WRITE, collection)
        found, next_before = await inkdex.imports.page_into(caller, into, before, limit)
    return ImportsOut(
        items=[ImportOut.model_validate(each) for each in found],
        next_cursor=None if next_before is None else cursors.text(next_before),
    )


@router.get("/{id}", responses=NOT_FOUND)
async def get_import(inkdex: Inkdex, caller: Caller, id: ImportId) -> ImportOut:  # noqa: A002
    """Return how far a bulk import is: what was received, and how many documents are ready."""
    return ImportOut.model_validate(await inkdex.imports.get(caller, id))


@router.get("/{id}/rejected", responses=NOT_FOUND)
async def list_rejections(
    inkdex: Inkdex,
    caller: Caller,
    id: ImportId,  # noqa: A002
    limit: Annotated[int, Query(ge=1, le=1000, description="Rejections a page, at most.")] = 200,
    cursor: Cursor = None,
    *,
    skipped: Annotated[
        bool, Query(description="List what the client skipped, instead of the rejections.")
    ] = False,
) -> ImportRejectionsOut:
    """List the lines and files of an import that were rejected, or skipped, with the reasons."""
    caller.require(Action.WRITE)
    cursors = KeyCursors(await inkdex.sealing(), caller.tenant, Sealed.REJECTION_CURSOR)
    after = 0 if cursor is None else cursors.key(cursor, "cursor")
    whole, found, next_after = await inkdex.imports.rejected(
        caller, id, after, limit, are_skipped=skipped
    )
    return ImportRejectionsOut(
        items=[ImportRejectionOut.model_validate(each) for each in found],
        total=whole.skipped if skipped else whole.rejected,
        next_cursor=None if next_after is None else cursors.text(next_after),
    )


@router.post("/{id}/skipped", status_code=204, responses=JSON_BODY | NOT_FOUND)
async def add_skipped(
    inkdex: Inkdex,
    caller: Caller,
    collection: WrittenCollection,
    id: Annotated[UUID, Path(description="The client's own id of the import, new or known.")],  # noqa: A002
    body: SkippedRequest,
) -> None:
    """Tell what the client did not send, so that it is kept with the import.

    A name that the import keeps counts once, and a request with no new name counts nothing. An
    import that has ended keeps its state. A known import has to be one that the key sees.
    """
    await inkdex.imports.tell(caller, id, body.not_sent(collection))


@router.post("/{id}/end", status_code=204, responses=NOT_FOUND)
async def end_import(inkdex: Inkdex, caller: Caller, id: ImportId) -> None:  # noqa: A002
    """Say that all is sent: the import waits for no further request, only for its documents.

    While a request of it is still open, it ends a few seconds after that. One that follows begins
    the import again.
    """
    await inkdex.imports.end(caller, id)


@router.get("/{id}/failed", responses=NOT_FOUND)
async def list_import_failures(
    inkdex: Inkdex,
    caller: Caller,
    id: ImportId,  # noqa: A002
    limit: Annotated[int, Query(ge=1, le=1000, description="Failures at most.")] = 200,
) -> ImportFailuresOut:
    """List the files and documents of an import that have failed, each with its reason."""
    found, complete = await inkdex.imports.failed(caller, id, limit)
    return ImportFailuresOut(items=[ImportFailureOut.of(each) for each in found], complete=complete)
