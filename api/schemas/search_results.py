"""The answer to a search, on the wire."""

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, field_serializer

from api.schemas.hits import HitOut, TotalOut
from api.schemas.search_cursors import cursor_text
from shared.domain.reasons import RerankFailure
from shared.domain.search.facets import Facets
from shared.domain.search.request import Mode, QueryEmbedding, SearchResult


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
