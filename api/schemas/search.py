"""Searches on the wire."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, field_serializer

from api.schemas.fields import Identifier, Request
from shared.domain.documents.document import Status
from shared.domain.search.request import Mode, QueryEmbedding


class SearchBody(Request):
    """A search, as POST takes it; `collection` may repeat that of the URL."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"q": "fast drying ink", "filter": {"lang": "en"}}]}
    )

    q: Annotated[str, Field(min_length=1, max_length=10_000)]
    collection: Identifier | None = None
    mode: Annotated[Mode, Field(strict=False)] = Mode.HYBRID
    limit: Annotated[int, Field(ge=1, le=100)] = 10
    offset: Annotated[int, Field(ge=0, le=1000)] = 0
    filter: dict[str, Any] = Field(default_factory=dict)


class DegradedOut(BaseModel):
    """Why a search was served by less than was asked for, and by what."""

    reason: str = "model_unavailable"
    served: Mode = Mode.TEXT


class HitDocument(BaseModel):
    """The found document, without its content."""

    id: str
    collection: str
    title: str | None
    metadata: dict[str, Any]
    status: Status


class RanksOut(BaseModel):
    """The hit's place by meaning and by words; null where it was not found that way."""

    semantic: int | None
    text: int | None


class NearestOut(BaseModel):
    """The chunk whose meaning is nearest to the query's, of the document's `chunks`.

    `version` is that of the document when they were made.
    """

    model_config = ConfigDict(from_attributes=True)

    similarity: Annotated[
        float, Field(description="The cosine of the angle between both vectors, at most 1.")
    ]
    start: Annotated[
        int | None,
        Field(
            description="Where it begins in the content, in characters (Unicode code points) from "
            "0; null where text or title were edited since."
        ),
    ]
    end: Annotated[int | None, Field(description="Where it ends, likewise; exclusive.")]
    chunks: int
    version: int

    @field_serializer("similarity")
    def _round(self, value: float) -> float:
        return round(value, 4)


class HitOut(BaseModel):
    """A hit; the snippet is HTML in which only `<mark>` is markup.

    `nearest` is null where the document was not found by meaning.
    """

    document: HitDocument
    score: float
    snippet: str
    ranks: RanksOut
    nearest: NearestOut | None


class TimingsOut(BaseModel):
    """Where a search's time went, in milliseconds."""

    embed: float
    query: float
    total: float

    @field_serializer("embed", "query", "total")
    def _round(self, value: float) -> float:
        return round(value, 2)


class SearchOut(BaseModel):
    """The answer to a search."""

    query: str
    mode: Mode
    degraded: DegradedOut | None
    hits: list[HitOut]
    timings_ms: TimingsOut
    query_embedding: QueryEmbedding
