"""Search, by GET for links and by POST for programs."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic_core import from_json

from api.checker import agreed
from api.http.body import StrictRoute
from api.http.parameters import Collection, Inkdex, OptionalCollection
from api.http.responses import JSON_BODY, UNAVAILABLE
from api.schemas.search import (
    DegradedOut,
    HitDocument,
    HitOut,
    NearestOut,
    RanksOut,
    SearchBody,
    SearchOut,
    TimingsOut,
)
from api.services import Services
from shared.adapters.observability.api_metrics import ApiMetrics
from shared.domain.documents.document import DEFAULT_COLLECTION, Status
from shared.domain.documents.validation import check_identifier, check_text
from shared.domain.errors import FieldError, QueryInvalid
from shared.domain.search.filters import parse_filter
from shared.domain.search.query import Hit
from shared.domain.search.request import Mode, SearchRequest, SearchResult
from shared.domain.search.scope import Scope

router = APIRouter(
    prefix="/v1/search",
    tags=["search"],
    route_class=StrictRoute,
    responses=UNAVAILABLE,
)


@router.get("")
async def search(
    inkdex: Inkdex,
    collection: Collection,
    q: Annotated[
        str,
        Query(min_length=1, max_length=10_000, examples=["fast drying ink"]),
    ],
    mode: Mode = Mode.HYBRID,
    limit: Annotated[int, Query(ge=1, le=100)] = 10,
    offset: Annotated[int, Query(ge=0, le=1000)] = 0,
    filter: Annotated[  # noqa: A002 - its name in the URL
        str | None,
        Query(
            max_length=20_000,
            description="JSON over metadata: eq, ne, gt, gte, lt, lte, in, exists.",
            examples=['{"lang": "en", "year": {"gte": 2020}}'],
        ),
    ] = None,
) -> SearchOut:
    """Find documents by meaning, by words or by both."""
    scope = Scope(collection, parse_filter(_filter(filter)))
    return await _search(SearchRequest(q, scope, mode, limit, offset), inkdex)


@router.post("", responses=JSON_BODY)
async def search_by_body(
    body: SearchBody, inkdex: Inkdex, collection: OptionalCollection
) -> SearchOut:
    """Find documents; the same names as in GET, in JSON."""
    collection = agreed("collection", body.collection, collection) or DEFAULT_COLLECTION
    check_identifier(collection, "collection")
    scope = Scope(collection, parse_filter(body.filter))
    request = SearchRequest(body.q, scope, body.mode, body.limit, body.offset)
    return await _search(request, inkdex)


async def _search(request: SearchRequest, inkdex: Services) -> SearchOut:
    check_text(request.query, "q")
    if not request.query.strip():
        raise QueryInvalid(FieldError(("q",), "must not be blank"))
    result = await inkdex.search.search(request)
    _measure(inkdex.metrics, result)
    return _answer(result)


def _measure(metrics: ApiMetrics, result: SearchResult) -> None:
    milliseconds = {"query": result.query_ms, "total": result.total_ms}
    if result.request.mode is not Mode.TEXT:
        milliseconds["embed"] = result.embed_ms
    seconds = {part: each / 1000 for part, each in milliseconds.items()}
    metrics.searched(result.request.mode, seconds, degraded=result.degraded)


def _filter(raw: str | None) -> Any:  # noqa: ANN401 - checked by parse_filter
    if raw is None:
        return {}
    try:
        return from_json(raw, allow_inf_nan=False)
    except (ValueError, RecursionError) as error:
        raise QueryInvalid(FieldError(("query", "filter"), f"is not valid JSON: {error}")) from None


def _answer(result: SearchResult) -> SearchOut:
    return SearchOut(
        query=result.request.query,
        mode=result.request.mode,
        degraded=DegradedOut() if result.degraded else None,
        hits=[_hit(*pair) for pair in zip(result.hits, result.snippets, strict=True)],
        timings_ms=TimingsOut(embed=result.embed_ms, query=result.query_ms, total=result.total_ms),
        query_embedding=result.query_embedding,
    )


def _hit(hit: Hit, snippet: str) -> HitOut:
    return HitOut(
        document=HitDocument(
            id=hit.id,
            collection=hit.collection,
            title=hit.title,
            metadata=hit.metadata,
            status=Status(hit.status),
        ),
        score=hit.score,
        snippet=snippet,
        ranks=RanksOut(semantic=hit.semantic_rank, text=hit.text_rank),
        nearest=None if hit.nearest is None else NearestOut.model_validate(hit.nearest),
    )
