"""Path and query parameters that several routes share.

All dependencies are asynchronous, though they wait for nothing: FastAPI runs others in a thread
pool, which takes longer than a write. They call each other instead of depending on each other,
because FastAPI resolves each dependency anew for every request.
"""

from typing import Annotated

from fastapi import Depends, Header, Path, Request

from api.schemas.fields import CollectionQuery
from api.services import Services, services
from shared.domain.documents.document import DEFAULT_COLLECTION
from shared.domain.documents.validation import ID_MAX_CHARACTERS, check_identifier
from shared.domain.refs import DocumentRef

IdPath = Annotated[
    str,
    Path(
        min_length=1,
        max_length=ID_MAX_CHARACTERS,
        description="The document's id.",
        examples=["readme"],
    ),
]


def client_address(request: Request) -> str:
    """Return the address of a client, which many limits know it by."""
    return request.client.host if request.client else ""


async def optional_collection(collection: CollectionQuery = None) -> str | None:
    """Return the collection of the query, if it names one; raises InvalidInput."""
    if collection is not None:
        check_identifier(collection, "query", "collection")
    return collection


async def collection(collection: CollectionQuery = None) -> str:
    """Return the collection of the query, or the default one; raises InvalidInput."""
    return await optional_collection(collection) or DEFAULT_COLLECTION


async def collection_of_path(
    collection: Annotated[
        str, Path(min_length=1, max_length=ID_MAX_CHARACTERS, examples=[DEFAULT_COLLECTION])
    ],
) -> str:
    """Return the collection of the path; raises InvalidInput."""
    check_identifier(collection, "path", "collection")
    return collection


async def document_ref(
    id: IdPath,  # noqa: A002 - the name in the URL's template
    collection: CollectionQuery = None,
) -> DocumentRef:
    """Return the document that path and query name; raises InvalidInput."""
    check_identifier(id, "path", "id")
    return DocumentRef(await optional_collection(collection) or DEFAULT_COLLECTION, id)


Inkdex = Annotated[Services, Depends(services)]
Ref = Annotated[DocumentRef, Depends(document_ref)]
Collection = Annotated[str, Depends(collection)]
OptionalCollection = Annotated[str | None, Depends(optional_collection)]

IfMatch = Annotated[
    str | None,
    Header(description="Only if the document is at this version, as given by its ETag."),
]
IfNoneMatch = Annotated[
    str | None, Header(description="Only if the document is not at this version.")
]
