"""Documents that are similar to a given one."""

from typing import Annotated

from fastapi import APIRouter, Query

from api.http.below_document import BelowDocument
from api.http.parameters import Caller, Inkdex, ReadDocument
from api.http.paths import ID, SIMILAR
from api.http.responses import NOT_FOUND, NOT_READY
from api.schemas.similar import SimilarOut, SimilarParameters

router = APIRouter(prefix="/v1/documents", tags=["search"], route_class=BelowDocument)


@router.get(f"{ID}{SIMILAR}", responses=NOT_FOUND | NOT_READY)
async def similar_documents(
    ref: ReadDocument,
    inkdex: Inkdex,
    caller: Caller,
    parameters: Annotated[SimilarParameters, Query()],
) -> SimilarOut:
    """Find the documents whose meaning is nearest to that of a document. Needs no model server."""
    return SimilarOut.of(await inkdex.similar.similar(parameters.request(ref, caller)))
