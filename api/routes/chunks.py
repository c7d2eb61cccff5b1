"""The chunks of a document."""

from fastapi import APIRouter

from api.http.below_document import BelowDocument
from api.http.parameters import Caller, Inkdex, ReadDocument
from api.http.paths import CHUNKS, ID
from api.http.responses import NOT_FOUND
from api.schemas.chunks import ChunksOut

router = APIRouter(prefix="/v1/documents", tags=["documents"], route_class=BelowDocument)


@router.get(f"{ID}{CHUNKS}", responses=NOT_FOUND)
async def get_chunks(ref: ReadDocument, inkdex: Inkdex, caller: Caller) -> ChunksOut:
    """Return where the chunks of a document are in its text."""
    return ChunksOut.of(ref, await inkdex.inspection.chunks(ref, caller.filter))
