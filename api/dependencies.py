"""What routes ask for: services, and the parameters that many of them share.

All of it is asynchronous though it waits for nothing: what is not, runs in a thread of a pool,
and the way there and back takes longer than a write does.
"""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Header, Path, Query, Request

from api.checker import Checker
from shared.adapters.metrics import ApiMetrics
from shared.config import Settings
from shared.domain.documents import (
    DEFAULT_COLLECTION,
    ID_MAX_CHARACTERS,
    check_identifier,
)
from shared.domain.errors import VersionConflict
from shared.services.bulk import BulkImport
from shared.services.changes import Changes
from shared.services.documents import DocumentService
from shared.services.gauges import GaugeService
from shared.services.search import SearchService
from shared.services.status import StatusService
from shared.services.webhooks import WebhookService


@dataclass(frozen=True, slots=True)
class Services:
    """The application's services, built once by `api.app`."""

    settings: Settings
    checker: Checker
    documents: DocumentService
    search: SearchService
    changes: Changes
    status: StatusService
    gauges: GaugeService
    metrics: ApiMetrics
    webhooks: WebhookService

    def bulk_import(self) -> AbstractContextManager[BulkImport]:
        """Start an import, if not too many are under way; raises TooBusy."""
        return self.documents.bulk_import(self.settings.bulk_batch_documents)


async def services(request: Request) -> Services:
    """Return the services of the application that serves the request."""
    found: Services = request.app.state.services
    return found


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


def etag(version: int) -> str:
    """Return the entity tag of a version."""
    return f'"{version}"'


def expected_version(if_match: str | None) -> int | None:
    """Return the version that If-Match names; None where any will do.

    A tag that is none of ours matches no version: raises VersionConflict.
    """
    if if_match is None or if_match.strip() == "*":
        return None
    versions = [tag.strip().strip('"') for tag in if_match.split(",")]
    if len(versions) != 1 or not versions[0].isdecimal() or len(versions[0]) > 18:
        raise VersionConflict
    return int(versions[0])


def is_known(version: int, if_none_match: str | None) -> bool:
    """Return whether If-None-Match names this version: the client has it already."""
    if if_none_match is None:
        return False
    tags = [tag.strip().removeprefix("W/") for tag in if_none_match.split(",")]
    return etag(version) in tags or "*" in tags
