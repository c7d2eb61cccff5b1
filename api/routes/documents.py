"""Documents: create, replace, change, read, list, delete, retry."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response

from api.http.body import StrictRoute
from api.http.counted import count_for
from api.http.etags import etag, expected_version, is_known
from api.http.parameters import (
    Caller,
    IfMatch,
    IfNoneMatch,
    Inkdex,
    OptionalCollection,
    ReadCollection,
    ReadDocument,
    WrittenCollection,
    WrittenDocument,
    client_of,
)
from api.http.paths import ID
from api.http.responses import (
    BUSY,
    CONFLICT,
    JSON_BODY,
    NOT_FOUND,
    PRECONDITION,
    document_response,
)
from api.schemas.document_cursors import ListCursors
from api.schemas.document_lists import (
    ChangedOut,
    DeletedOut,
    FilteredParameters,
    FilteredPatchBody,
    ListParameters,
)
from api.schemas.document_states import FetchBody, FetchedOut, StatesBody, StatesOut
from api.schemas.documents import (
    DocumentBody,
    DocumentOut,
    DocumentPatch,
    PageOut,
    RetriedOut,
)
from api.schemas.excerpts import ExcerptOut, ExcerptPageOut
from api.services import Services
from shared.domain.access.principal import Action
from shared.domain.documents.document import Document, NewDocument
from shared.domain.documents.filters import Filter
from shared.domain.errors import (
    DocumentExists,
    FieldError,
    InvalidInput,
    ShuttingDown,
    VersionConflict,
)
from shared.domain.operations.client import Client
from shared.domain.refs import DocumentRef

router = APIRouter(prefix="/v1/documents", tags=["documents"], route_class=StrictRoute)


@router.post(
    "",
    status_code=201,
    response_model=DocumentOut,
    responses=JSON_BODY | CONFLICT | BUSY,
)
async def create_document(
    body: DocumentBody, inkdex: Inkdex, caller: Caller, in_url: OptionalCollection
) -> Response:
    """Store a new document at once as `pending`. A worker embeds it."""
    collection = caller.collection(Action.WRITE, body.collection_name(in_url))
    count_for(collection)
    new = body.document(None, collection)
    return document_response(await inkdex.documents.create(new), 201)


@router.get("", responses=BUSY)
async def list_documents(
    inkdex: Inkdex,
    caller: Caller,
    collection: ReadCollection,
    parameters: Annotated[ListParameters, Query()],
) -> PageOut | ExcerptPageOut:
    """List documents, newest first. A page of large documents can be shorter than its limit."""
    cursors = ListCursors(await inkdex.sealing(), caller.tenant)
    listing = parameters.listing(collection, caller.filter, cursors)
    if parameters.excerpts:
        found = await inkdex.documents.excerpts(listing)
        after = cursors.next(listing.order, found.next_after)
        return ExcerptPageOut(items=list(map(ExcerptOut.of, found.excerpts)), next_cursor=after)
    page = await inkdex.documents.page(listing)
    after = cursors.next(listing.order, page.next_after)
    return PageOut(items=list(map(DocumentOut.of, page.documents)), next_cursor=after)


@router.delete("", responses=BUSY)
async def delete_documents(
    inkdex: Inkdex,
    caller: Caller,
    collection: WrittenCollection,
    parameters: Annotated[FilteredParameters, Query()],
) -> DeletedOut:
    """Delete the documents of a collection that meet a filter.

    They are deleted in batches. If the request breaks off, what was deleted stays deleted, and
    the same request deletes the rest.
    """
    filters = parameters.filters()
    async with inkdex.shutdown.interrupts():
        deleted = await inkdex.documents.delete_filtered(caller, collection, filters)
    return DeletedOut(deleted=deleted)


@router.patch("", responses=JSON_BODY | BUSY)
async def patch_documents(
    inkdex: Inkdex,
    caller: Caller,
    collection: WrittenCollection,
    parameters: Annotated[FilteredParameters, Query()],
    body: FilteredPatchBody,
) -> ChangedOut:
    """Change the metadata of the documents of a collection that meet a filter.

    Each gets a new version, and nothing is embedded again. They are changed in batches. If the
    request breaks off, what was changed stays changed, and the same request changes the rest.
    """
    filters = parameters.filters()
    async with inkdex.shutdown.interrupts():
        changed = await inkdex.documents.patch_filtered(caller, collection, filters, body.metadata)
    return ChangedOut(changed=changed)


@router.post("/fetch", responses=JSON_BODY | BUSY)
async def fetch_documents(
    body: FetchBody, inkdex: Inkdex, caller: Caller, in_url: OptionalCollection
) -> FetchedOut:
    """Return up to two hundred documents by their ids."""
    collection = caller.collection(Action.READ, body.collection_name(in_url))
    fetched = await inkdex.documents.fetch(collection, body.checked_ids(), caller.filter)
    return FetchedOut.of(fetched)


@router.post("/states", responses=JSON_BODY)
async def read_states(
    body: StatesBody, inkdex: Inkdex, caller: Caller, in_url: OptionalCollection
) -> StatesOut:
    """Return the states of up to a thousand documents, without their texts."""
    collection = caller.collection(Action.READ, body.collection_name(in_url))
    states = await inkdex.documents.states(collection, body.checked_ids(), caller.filter)
    return StatesOut.of(states)


@router.post("/retry", status_code=202, responses=BUSY)
async def retry_documents(
    inkdex: Inkdex,
    caller: Caller,
    collection: OptionalCollection,
    status: Annotated[  # noqa: ARG001 - required, so that the request says what it retries
        Literal["failed"], Query(description="Only `failed` documents can be retried.")
    ],
) -> RetriedOut:
    """Make all failed documents pending again, of one collection or of all.

    After a 429, some may be. The same request retries the rest.
    """
    within = caller.within(Action.WRITE, collection)
    return RetriedOut(retried=await inkdex.documents.retry_all(within))


@router.post(f"{ID}/retry", status_code=202, response_model=DocumentOut, responses=NOT_FOUND | BUSY)
async def retry_document(ref: WrittenDocument, inkdex: Inkdex) -> Response:
    """Make a failed document pending again. Others stay as they are."""
    return document_response(await inkdex.documents.retry(ref), 202)


@router.put(
    ID,
    response_model=DocumentOut,
    responses=JSON_BODY | PRECONDITION | BUSY | {201: {}},
)
async def put_document(
    ref: WrittenDocument,
    body: DocumentBody,
    inkdex: Inkdex,
    if_match: IfMatch = None,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Create or replace a document. An unchanged text stays `ready` and is not embedded again."""
    new = body.document(ref.id, ref.collection)
    if if_none_match is not None or if_match is not None:
        inkdex.documents.check(new)
    if if_none_match is not None:
        return document_response(await _create_only(inkdex, new, if_none_match), 201)
    if if_match is not None:
        document = await inkdex.documents.replace(new, expected_version(if_match))
        return document_response(document)
    document, created = await inkdex.documents.put(new)
    return document_response(document, 201 if created else 200)


@router.patch(
    ID,
    response_model=DocumentOut,
    responses=JSON_BODY | NOT_FOUND | PRECONDITION,
)
async def patch_document(
    ref: WrittenDocument,
    body: DocumentPatch,
    inkdex: Inkdex,
    if_match: IfMatch = None,
) -> Response:
    """Change parts of a document by a JSON merge patch. Metadata alone is not embedded again."""
    changes = body.changes(ref)
    document = await inkdex.documents.patch(ref, changes, expected_version(if_match))
    return document_response(document)


@router.get(
    ID,
    response_model=DocumentOut,
    responses=NOT_FOUND | {304: {"description": "The client has this version."}},
)
async def get_document(
    request: Request,
    ref: ReadDocument,
    inkdex: Inkdex,
    caller: Caller,
    wait: Annotated[
        float, Query(ge=0, le=30, description="Seconds to wait until it is no longer pending.")
    ] = 0.0,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Return a document, at once or as soon as it is no longer pending."""
    document = await _settled(inkdex, ref, wait, client_of(request, caller), caller.filter)
    if is_known(document.version, if_none_match):
        return Response(status_code=304, headers={"ETag": etag(document.version)})
    return document_response(document)


@router.delete(
    ID,
    status_code=204,
    responses=NOT_FOUND | PRECONDITION,
)
async def delete_document(ref: WrittenDocument, inkdex: Inkdex, if_match: IfMatch = None) -> None:
    """Delete a document; it is in no search from this moment."""
    await inkdex.documents.delete(ref, expected_version(if_match))


async def _settled(
    inkdex: Services, ref: DocumentRef, seconds: float, client: Client, visible: Sequence[Filter]
) -> Document:
    """Return a document once it is no longer pending, after `seconds`, or when the server stops."""
    with suppress(ShuttingDown):
        async with inkdex.shutdown.interrupts():
            return await inkdex.documents.wait(ref, seconds, client, visible)
    return await inkdex.documents.get(ref, visible)


async def _create_only(inkdex: Services, new: NewDocument, if_none_match: str) -> Document:
    if if_none_match.strip() != "*":
        raise InvalidInput(FieldError(("header", "If-None-Match"), "must be * in a PUT"))
    try:
        return await inkdex.documents.create(new)
    except DocumentExists:
        raise VersionConflict from None
