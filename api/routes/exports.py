"""Export: all documents of a collection as they can be imported, in one stream."""

from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from api.http.export_lines import NDJSON, ExportResponse, beginning, lines_of
from api.http.parameters import Caller, Inkdex, PathCollection
from api.http.paths import COLLECTION
from api.http.query import QueryRoute
from api.http.responses import BUSY
from api.schemas.document_cursors import CURSOR_MAX_CHARACTERS
from api.schemas.filters import OPTIONAL_FILTER, FilterText, filter_of
from api.schemas.key_cursors import KeyCursors
from api.services import Services
from shared.domain.access.principal import Action
from shared.domain.refs import Collection
from shared.ports.sealing import Sealed
from shared.services.documents.export import Export

router = APIRouter(prefix="/v1/collections", tags=["documents"], route_class=QueryRoute)

ExportedCollection = Annotated[Collection, Depends(PathCollection(Action.READ))]
_LINES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "A document a line, as `POST /v1/documents/bulk` takes it.",
        "content": {
            NDJSON: {
                "schema": {"type": "string"},
                "example": '{"id": "readme", "content": "Ink dries.", "cursor": "WzQyXQ"}\n',
            }
        },
    }
}


class ExportParameters(BaseModel):
    """What is exported."""

    filter: FilterText | None = Field(default=None, description=OPTIONAL_FILTER)
    vectors: Annotated[
        bool, Field(description="Add the vectors of documents that are embedded.")
    ] = False
    after: Annotated[
        str | None,
        Field(
            max_length=CURSOR_MAX_CHARACTERS,
            description="`cursor` of the last line that was received, to go on after it.",
        ),
    ] = None


@router.get(f"{COLLECTION}/export", response_class=ExportResponse, responses=_LINES | BUSY)
async def export_documents(
    collection: ExportedCollection,
    parameters: Annotated[ExportParameters, Query()],
    request: Request,
    inkdex: Inkdex,
    caller: Caller,
) -> Response:
    """Export the documents of a collection, oldest first, as NDJSON.

    Each line has the document's `cursor`: `after` goes on from there. Each document is in the
    export once, as it was at some moment of it. One that is created meanwhile may be in it. If the
    export cannot be completed, the connection breaks off, and the answer has no end.
    """
    cursors = KeyCursors(await inkdex.sealing(), caller.tenant, Sealed.EXPORT_CURSOR)
    after = 0 if parameters.after is None else cursors.key(parameters.after, "after")
    filters = (*caller.filter, *filter_of(parameters.filter))
    export = Export(collection, filters, after, parameters.vectors)
    lines = _unless_head(request, _lines(inkdex, export, cursors))
    return ExportResponse(await beginning(lines))


async def _unless_head(request: Request, lines: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Yield no more lines once it shows, when the answer begins, that nobody reads them."""
    async for line in lines:
        yield line
        if request.scope["method"] == "HEAD":
            return


async def _lines(inkdex: Services, export: Export, cursors: KeyCursors) -> AsyncIterator[bytes]:
    """Yield all lines; raises ShuttingDown as well as what the service raises."""
    parts, pauses = inkdex.exports.parts(export), inkdex.long_work.pauses()
    while True:
        async with inkdex.shutdown.interrupts():
            part = await anext(parts, None)
        if part is None:
            return
        for line in lines_of(part, cursors):
            yield line
            await pauses.pause()
