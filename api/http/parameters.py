"""Path and query parameters that several routes share.

All dependencies are asynchronous, though they wait for nothing: FastAPI runs others in a thread
pool, which takes longer than a write.
"""

from typing import Annotated

from fastapi import Depends, Header, Path, Query

from api.services import Services, services
from shared.domain.documents.document import DEFAULT_COLLECTION
from shared.domain.documents.validation import ID_MAX_CHARACTERS, check_identifier
from shared.domain.refs import DocumentRef


async def document_id(
    id: Annotated[  # noqa: A002 - the name in the URL's template
        str,
        Path(
            min_length=1,
            max_length=ID_MAX_CHARACTERS,
            description="The document's id.",
            examples=["readme"],
        ),
    ],
) -> str:
    """Return the id of the path; raises InvalidInput."""
    check_identifier(id, "path", "id")
    return id


CollectionQuery = Annotated[
    str | None,
    Query(
        min_length=1,
        max_length=ID_MAX_CHARACTERS,
        description=f"The collection; `{DEFAULT_COLLECTION}` if omitted.",
        examples=[DEFAULT_COLLECTION],
    ),
]


async def optional_collection(collection: CollectionQuery = None) -> str | None:
    """Return the collection of the query, if it names one; raises InvalidInput."""
    if collection is not None:
        check_identifier(collection, "query", "collection")
    return collection


async def collection(
    collection: Annotated[str | None, Depends(optional_collection)],
) -> str:
    """Return the collection of the query, or the default one."""
    return DEFAULT_COLLECTION if collection is None else collection


async def document_ref(
    id_: Annotated[str, Depends(document_id)], collection: Annotated[str, Depends(collection)]
) -> DocumentRef:
    """Return the document that path and query name; raises InvalidInput."""
    return DocumentRef(collection, id_)


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
