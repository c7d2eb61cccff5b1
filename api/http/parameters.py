"""Path and query parameters that several routes share, and the door: who calls, and what they may.

A route gets a collection or a document only through the caller, who must be allowed to use it.

All dependencies are asynchronous, though they wait for nothing: FastAPI runs others in a thread
pool, which takes longer than a write. They call each other instead of depending on each other,
because FastAPI resolves each dependency anew for every request.
"""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Header, Path, Query, Request

from api.http.counted import count_for
from api.http.paths import POSITION_HEADER
from api.schemas.fields import CollectionQuery
from api.services import Services, services
from shared.domain.access.principal import Action, Principal
from shared.domain.documents.document import DEFAULT_COLLECTION
from shared.domain.documents.validation import ID_MAX_CHARACTERS, check_identifier
from shared.domain.errors import FieldError, InvalidInput
from shared.domain.operations.client import Client
from shared.domain.position import LATEST, Position, SeenChanges
from shared.domain.refs import Collection, DocumentRef

IdPath = Annotated[
    str,
    Path(
        min_length=1,
        max_length=ID_MAX_CHARACTERS,
        description="The document's id.",
        examples=["readme"],
    ),
]
CollectionPath = Annotated[
    str,
    Path(
        min_length=1,
        max_length=ID_MAX_CHARACTERS,
        description="The collection's name.",
        examples=[DEFAULT_COLLECTION],
    ),
]

ImportParameter = Annotated[
    UUID | None,
    Query(
        alias="import",
        description="The client's own id, so that it can watch the import while it sends. "
        "Several requests with one id are one import.",
    ),
]


def client_address(request: Request) -> str:
    """Return the address of a client."""
    return request.client.host if request.client else ""


def client_of(request: Request, caller: Principal) -> Client:
    """Return the client, as limits of what all share know it."""
    return Client(caller.tenant, client_address(request))


async def caller(request: Request) -> Principal:
    """Return who makes the request."""
    found: Principal = request.state.principal
    return found


async def optional_collection(collection: CollectionQuery = None) -> str | None:
    """Return the collection of the query, if it names one; raises InvalidInput."""
    if collection is not None:
        check_identifier(collection, "query", "collection")
    return collection


class QueryCollection:
    """The collection of the query, or the default one.

    Raises InvalidInput, and Forbidden if the caller may not do the action there.
    """

    def __init__(self, action: Action) -> None:
        self._action = action

    async def __call__(self, request: Request, collection: CollectionQuery = None) -> Collection:
        name = await optional_collection(collection) or DEFAULT_COLLECTION
        found = (await caller(request)).collection(self._action, name)
        count_for(found)
        return found


class PathCollection:
    """The collection of the path. Raises InvalidInput, and Forbidden like QueryCollection."""

    def __init__(self, action: Action) -> None:
        self._action = action

    async def __call__(self, request: Request, collection: CollectionPath) -> Collection:
        check_identifier(collection, "path", "collection")
        return (await caller(request)).collection(self._action, collection)


class PathDocument:
    """The document that path and query name. Raises InvalidInput, and Forbidden likewise."""

    def __init__(self, action: Action) -> None:
        self._collection = QueryCollection(action)

    async def __call__(
        self,
        request: Request,
        id: IdPath,  # noqa: A002 - the name in the URL's template
        collection: CollectionQuery = None,
    ) -> DocumentRef:
        check_identifier(id, "path", "id")
        return DocumentRef(await self._collection(request, collection), id)


Inkdex = Annotated[Services, Depends(services)]
Caller = Annotated[Principal, Depends(caller)]
OptionalCollection = Annotated[str | None, Depends(optional_collection)]
ReadCollection = Annotated[Collection, Depends(QueryCollection(Action.READ))]
WrittenCollection = Annotated[Collection, Depends(QueryCollection(Action.WRITE))]
ReadDocument = Annotated[DocumentRef, Depends(PathDocument(Action.READ))]
WrittenDocument = Annotated[DocumentRef, Depends(PathDocument(Action.WRITE))]


async def seen(
    position: Annotated[
        str | None,
        Header(
            alias=POSITION_HEADER,
            description="The position that an earlier answer told of. The search sees all that was "
            "written before, also on a read replica. `latest`: all that is written by now.",
            examples=["0/3000148"],
        ),
    ] = None,
) -> SeenChanges:
    """Return what a search must see; raises InvalidInput."""
    if position is None or position == LATEST.value:
        return LATEST if position else None
    try:
        return Position.parse(position)
    except ValueError:
        message = "must be a position that an answer told of, or latest"
        raise InvalidInput(FieldError(("header", POSITION_HEADER), message)) from None


Seen = Annotated[SeenChanges, Depends(seen)]

IfMatch = Annotated[
    str | None,
    Header(description="Only if the document is at this version, as given by its ETag."),
]
IfNoneMatch = Annotated[
    str | None, Header(description="Only if the document is not at this version.")
]
