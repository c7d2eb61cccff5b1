"""Documents that are similar to a given one."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.routing import Match
from starlette.types import Scope

from api.http.parameters import Caller, Inkdex, ReadDocument
from api.http.paths import ID, SIMILAR
from api.http.query import QueryRoute
from api.http.responses import NOT_FOUND, NOT_READY
from api.schemas.similar import SimilarOut, SimilarParameters


class SimilarRoute(QueryRoute):
    """A route that leaves ids with an encoded slash, as in `a%2Fsimilar`, to other routes."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Compare the path as it was sent, too."""
        if not scope["raw_path"].endswith(SIMILAR.encode()):
            return Match.NONE, {}
        return super().matches(scope)


router = APIRouter(prefix="/v1/documents", tags=["search"], route_class=SimilarRoute)


@router.get(f"{ID}{SIMILAR}", responses=NOT_FOUND | NOT_READY)
async def similar_documents(
    ref: ReadDocument,
    inkdex: Inkdex,
    caller: Caller,
    parameters: Annotated[SimilarParameters, Query()],
) -> SimilarOut:
    """Find the documents whose meaning is nearest to that of a document. Needs no model server."""
    return SimilarOut.of(await inkdex.similar.similar(parameters.request(ref, caller)))
