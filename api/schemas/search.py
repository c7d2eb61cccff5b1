"""Searches on the wire."""

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_serializer

from api.schemas.fields import CollectionQuery, Identifier, Request
from api.schemas.filters import OPTIONAL_FILTER, FilterText, json_of
from api.schemas.hits import HitOut, TotalOut
from api.schemas.search_cursors import (
    CURSOR_MAX_CHARACTERS,
    START_WORD,
    cursor_text,
    parse_cursor,
)
from shared.domain.access.principal import Action, Principal
from shared.domain.documents.filters import parse_filter
from shared.domain.documents.validation import check_text
from shared.domain.errors import FieldError, InvalidInput
from shared.domain.position import SeenChanges
from shared.domain.reasons import RerankFailure
from shared.domain.search.facets import FACETS_MAX, Facets, check_facets
from shared.domain.search.kept_order import Cursor
from shared.domain.search.request import Mode, QueryEmbedding, SearchRequest, SearchResult


class SearchParameters(BaseModel):
    """A search, as GET takes it. POST takes the same fields in JSON."""

    q: Annotated[
        str,
        Field(
            min_length=1,
            max_length=10_000,
            examples=["fast drying ink"],
            description="The query: a question or words, not blank.",
        ),
    ]
    mode: Mode = Field(
        default=Mode.HYBRID, description="Whether to compare meanings, words or both."
    )
    limit: Annotated[
        int,
        Field(
            ge=0,
            le=100,
            description="The most hits. With 0 the answer has `facets` and no hits, and the "
            "query is not embedded, so `total` counts those with its words, exactly only in "
            "`text` mode.",
        ),
    ] = 10
    offset: Annotated[
        int, Field(ge=0, le=1000, description="How many of the best hits to leave out.")
    ] = 0
    filter: FilterText | None = Field(default=None, description=OPTIONAL_FILTER)
    refine: Annotated[
        bool,
        Field(
            description="Search again, with a vector that is nearer to those of the two best hits. "
            "It often finds more, and takes twice the time. Not with `limit=0`."
        ),
    ] = False
    min_similarity: Annotated[
        float,
        Field(
            ge=-1,
            le=1,
            description="Leave out hits whose nearest chunk has a lower cosine similarity, unless "
            "they match by words.",
        ),
    ] = -1
    facets: Annotated[
        list[str],
        Field(
            max_length=FACETS_MAX,
            description="Metadata fields; a URL may separate them by commas. The answer counts "
            "their values in all documents that meet the filter, whatever the query.",
            examples=[["tags,lang"]],
        ),
    ] = []

    group_by: Annotated[
        Literal["text"] | None,
        Field(description="`text` shows identical and nearly identical texts once, as the best."),
    ] = None

    rerank: Annotated[
        bool,
        Field(
            description="Let the reranker of RERANK_URL order the best 20 hits, or that of "
            "RERANK_CHAT_MODEL the best 10. If it fails, they keep their order, and `reranked` in "
            "the answer says so. Not with `limit=0`."
        ),
    ] = False

    cursor: Annotated[
        str | None,
        Field(
            max_length=CURSOR_MAX_CHARACTERS,
            description="`start` keeps the order of the hits, so that writes do not change further "
            "pages. Each answer has the cursor of the next page in `next_cursor`. Repeat the other "
            "fields with it; `limit` may change.",
            examples=[START_WORD],
        ),
    ] = None

    def request(self, collection: str, caller: Principal, seen: SeenChanges) -> SearchRequest:
        """Return the search in a collection; raises InvalidInput and Forbidden."""
        check_text(self.q, "q")
        if not self.q.strip():
            raise InvalidInput(FieldError(("q",), "must not be blank"))
        cursor = self._cursor()
        self._check_limit()
        scope = caller.scope(Action.SEARCH, collection, parse_filter(self._filter()))
        return SearchRequest(
            self.q,
            scope,
            self.mode,
            self.limit,
            self.offset,
            self._facets(),
            self.refine,
            self.min_similarity,
            is_grouped=self.group_by is not None,
            rerank=self.rerank,
            cursor=cursor,
            seen=seen,
        )

    def _cursor(self) -> Cursor | None:
        if self.cursor is None:
            return None
        if self.offset:
            raise InvalidInput(FieldError(("offset",), "cannot be combined with cursor; omit one"))
        if self.rerank:
            message = "cannot be combined with cursor; page by offset"
            raise InvalidInput(FieldError(("rerank",), message))
        if not self.limit:
            raise InvalidInput(FieldError(("limit",), "0 cannot be combined with cursor"))
        return parse_cursor(self.cursor)

    def _check_limit(self) -> None:
        if self.limit:
            return
        for name, is_given in (("refine", self.refine), ("rerank", self.rerank)):
            if is_given:
                message = "needs hits and cannot be combined with limit=0; omit one"
                raise InvalidInput(FieldError((name,), message))

    def _filter(self) -> object:
        return {} if self.filter is None else json_of(self.filter)

    def _facets(self) -> tuple[str, ...]:
        return check_facets([name for each in self.facets for name in each.split(",")])


class SearchQuery(SearchParameters):
    """A search with its collection, as the URL names it."""

    collection: CollectionQuery = None


class SearchBody(Request, SearchParameters):
    """A search, as POST takes it; `collection` may repeat that of the URL."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"q": "fast drying ink", "filter": {"lang": "en"}}]}
    )

    q: Annotated[
        str,
        Field(
            min_length=1,
            max_length=10_000,
            description="The query: a question or words, not blank.",
            examples=["fast drying ink"],
        ),
    ]
    collection: Identifier | None = Field(
        default=None,
        description="The collection; `default` if omitted, all that the key allows if `*`.",
        examples=["default"],
    )
    mode: Annotated[
        Mode, Field(strict=False, description="Whether to compare meanings, words or both.")
    ] = Mode.HYBRID
    filter: dict[str, Any] = Field(
        default_factory=dict,
        description="Conditions on the metadata, as JSON; docs/filters.md has the operators.",
        examples=[{"lang": "en"}],
    )  # type: ignore[assignment]

    def _filter(self) -> object:
        return self.filter

    def _facets(self) -> tuple[str, ...]:
        return check_facets(self.facets)


class DegradedOut(BaseModel):
    """Why a search was served by words only."""

    reason: str = Field(default="model_unavailable", description="What was missing.")
    served: Mode = Field(default=Mode.TEXT, description="How the search was served instead.")


class TimingsOut(BaseModel):
    """The duration of a search and its parts, in milliseconds."""

    embed: float = Field(description="The embedding of the query.", examples=[4.1])
    query: float = Field(description="The statements of the database.", examples=[7.9])
    rerank: float = Field(description="The reranking of the hits.", examples=[0.0])
    total: float = Field(description="Everything.", examples=[12.4])

    @field_serializer("embed", "query", "rerank", "total")
    def _round(self, value: float) -> float:
        return round(value, 2)


class FacetValueOut(BaseModel):
    """A value of a metadata field, and the number of documents that have it."""

    model_config = ConfigDict(from_attributes=True)

    value: str | int | float | bool = Field(description="The value.", examples=["en"])
    count: int = Field(description="How many documents have it.", examples=[12])


class RerankedOut(BaseModel):
    """How many of the best hits the reranker ordered. `reason` says why not all of them."""

    model_config = ConfigDict(from_attributes=True)

    count: int = Field(description="How many hits the reranker ordered.", examples=[20])
    of: int = Field(description="How many hits it was given.", examples=[20])
    reason: RerankFailure | None = Field(
        default=None, description="Why it did not order all of them; null if it did."
    )


class SearchOut(BaseModel):
    """The answer to a search."""

    query: str = Field(description="The query.", examples=["fast drying ink"])
    mode: Mode = Field(description="What was compared.")
    degraded: DegradedOut | None = Field(
        description="Why only words were searched; null if all was.", examples=[None]
    )
    reranked: Annotated[
        RerankedOut | None,
        Field(
            description="How many hits the reranker ordered; null without `rerank`.",
            examples=[None],
        ),
    ]
    hits: list[HitOut] = Field(description="The hits, best first.")
    total: TotalOut = Field(description="How many documents the search finds.")
    next_cursor: Annotated[
        str | None,
        Field(
            description="The cursor of the next page; null without `cursor`, on the last page.",
            examples=[None],
        ),
    ]
    facets: Annotated[
        dict[str, list[FacetValueOut]] | None,
        Field(
            description="By field, its most frequent values; null if none were asked for.",
            examples=[None],
        ),
    ]
    timings_ms: TimingsOut = Field(description="How long the search took, in milliseconds.")
    query_embedding: QueryEmbedding = Field(description="Where the vector of the query came from.")

    @classmethod
    def of(cls, result: SearchResult) -> Self:
        return cls(
            query=result.request.query,
            mode=result.request.mode,
            degraded=DegradedOut() if result.degraded else None,
            reranked=None
            if result.reranked is None
            else RerankedOut.model_validate(result.reranked),
            hits=[
                HitOut.of(*each)
                for each in zip(
                    result.hits,
                    result.quotations,
                    result.relevances,
                    result.locations,
                    strict=True,
                )
            ],
            facets=_facets_out(result.facets),
            total=TotalOut(count=result.total.count, exact=result.total.is_exact),
            next_cursor=cursor_text(result.next_cursor) if result.next_cursor else None,
            timings_ms=TimingsOut(
                embed=result.embed_ms,
                query=result.query_ms,
                rerank=result.rerank_ms,
                total=result.total_ms,
            ),
            query_embedding=result.query_embedding,
        )


def _facets_out(facets: Facets | None) -> dict[str, list[FacetValueOut]] | None:
    if facets is None:
        return None
    return {
        field: [FacetValueOut.model_validate(each) for each in values]
        for field, values in facets.items()
    }
