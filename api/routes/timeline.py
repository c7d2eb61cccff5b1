"""A document's way from its write to `ready`."""

from fastapi import APIRouter

from api.http.below_document import BelowDocument
from api.http.parameters import Caller, Inkdex, ReadDocument
from api.http.paths import ID, TIMELINE
from api.http.responses import NOT_FOUND
from api.schemas.timeline import TimelineOut

router = APIRouter(prefix="/v1/documents", tags=["documents"], route_class=BelowDocument)


@router.get(f"{ID}{TIMELINE}", responses=NOT_FOUND)
async def get_timeline(ref: ReadDocument, inkdex: Inkdex, caller: Caller) -> TimelineOut:
    """Return what happened to a document and when, and how it stands under each model."""
    return TimelineOut.of(ref, await inkdex.inspection.timeline(ref, caller.filter))
