"""What routes ask for: services, and the parameters that many of them share.

All of it is asynchronous though it waits for nothing: what is not, runs in a thread of a pool,
and the way there and back takes longer than a write does.
"""

from typing import Annotated

from fastapi import Depends, Header, Path, Query

from api.services import Services, services
from shared.domain.documents.document import DEFAULT_COLLECTION, ID_MAX_CHARACTERS
from shared.domain.documents.validation import check_identifier


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
    """Return the id of the path; raises DocumentInvalid."""
    check_identifier(id, "path", "id")
    return id


CollectionQuery = Annotated[
    str | None,
    Query(
        min_length=1,
        max_length=ID_MAX_CHARACTERS,
        description=f"The collection; `{DEFAULT_COLLECTION}` unless told.",
        examples=[DEFAULT_COLLECTION],
    ),
]


async def optional_collection(collection: CollectionQuery = None) -> str | None:
    """Return the collection of the query, if it names one; raises DocumentInvalid."""
    if collection is not None:
        check_identifier(collection, "query", "collection")
    return collection


async def collection(
    collection: Annotated[str | None, Depends(optional_collection)],
) -> str:
    """Return the collection of the query, or the default one."""
    return DEFAULT_COLLECTION if collection is None else collection


Inkdex = Annotated[Services, Depends(services)]
DocumentId = Annotated[str, Depends(document_id)]
Collection = Annotated[str, Depends(collection)]
OptionalCollection = Annotated[str | None, Depends(optional_collection)]


IfMatch = Annotated[
    str | None,
    Header(description="Only if the document is at this version, as its ETag says it."),
]
IfNoneMatch = Annotated[
    str | None, Header(description="Only if the document is not at this version.")
]
