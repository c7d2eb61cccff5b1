"""Search, by GET for links and by POST for programs."""

from typing import Annotated

from fastapi import APIRouter, Query

from api.http.body import ShortBodyRoute
from api.http.counted import count_for, leave_out
from api.http.parameters import Caller, Inkdex, OptionalCollection, Seen, optional_collection
from api.http.query import QueryModelRoute
from api.http.responses import BUSY, EXPIRED, JSON_BODY, UNAVAILABLE
from api.http.spending import NoSpending, Spends
from api.schemas.agreement import agreed
from api.schemas.search import SearchBody, SearchQuery
from api.schemas.search_results import SearchOut
from api.services import Services
from shared.domain.documents.document import DEFAULT_COLLECTION
from shared.domain.documents.validation import check_identifier
from shared.domain.search.request import SearchRequest

router = APIRouter(
    prefix="/v1/search",
    tags=["search"],
    route_class=ShortBodyRoute,
    responses=UNAVAILABLE | BUSY | EXPIRED,
)


async def search(
    inkdex: Inkdex,
    caller: Caller,
    spends: Spends,
    parameters: Annotated[SearchQuery, Query()],
    seen: Seen,
) -> SearchOut:
    """Find documents by meaning, by words or by both."""
    named = await optional_collection(parameters.collection) or DEFAULT_COLLECTION
    return await _search(inkdex, parameters.request(named, caller, seen), spends)


router.add_api_route("", search, methods=["GET"], route_class_override=QueryModelRoute)


@router.post("", responses=JSON_BODY)
async def search_by_body(
    body: SearchBody,
    inkdex: Inkdex,
    caller: Caller,
    spends: Spends,
    in_url: OptionalCollection,
    seen: Seen,
) -> SearchOut:
    """Find documents; the same names as in GET, in JSON."""
    named = agreed("collection", body.collection, in_url) or DEFAULT_COLLECTION
    check_identifier(named, "collection")
    return await _search(inkdex, body.request(named, caller, seen), spends)


async def _search(inkdex: Services, request: SearchRequest, spends: NoSpending) -> SearchOut:
    count_for(request.scope.collection)
    if request.only_counts:
        leave_out()
    if request.compares_meanings:
        await spends.tokens([request.query])
    return SearchOut.of(await inkdex.search.search(request))
