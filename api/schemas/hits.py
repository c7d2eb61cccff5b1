"""Hits on the wire, of searches and of similar documents.

They are dataclasses, because a page has over forty, and models take three times as long to make.
"""

from dataclasses import dataclass
from typing import Annotated, Any, Self

from pydantic import Field

from api.schemas.locations import LocationOut
from shared.domain.documents.document import Status
from shared.domain.files.locations import Location
from shared.domain.search.query import Hit, Nearest
from shared.domain.search.relevance import Relevance
from shared.domain.search.snippets.snippet import Quotation


@dataclass(slots=True)
class HitDocument:
    """The found document, without its content."""

    id: str
    collection: str
    title: str | None
    metadata: dict[str, Any]
    status: Status


@dataclass(slots=True)
class RanksOut:
    """The hit's rank by meaning and by words; null if it did not match that way."""

    semantic: int | None
    text: int | None


@dataclass(slots=True)
class ScoresOut:
    """The hit's cosine similarity, its BM25 score and that of the reranker; null if it has none."""

    semantic: float | None
    text: float | None
    rerank: float | None

    @classmethod
    def of(cls, hit: Hit) -> Self:
        found = hit.ranked
        return cls(
            semantic=_rounded(found.similarity),
            text=_rounded(found.word_score),
            rerank=_rounded(hit.rerank_score),
        )


@dataclass(slots=True)
class TotalOut:
    """How many documents the search finds. If `exact` is false, there are at least so many."""

    count: int
    exact: bool


@dataclass(slots=True)
class NearestOut:
    """The document's chunk that is nearest to the query, one of `chunks`.

    `version` is the document version they were made of.
    """

    similarity: Annotated[
        float, Field(description="The cosine of the angle between both vectors, at most 1.")
    ]
    start: Annotated[
        int | None,
        Field(
            description="Its start in the content, in characters (Unicode code points) from 0; "
            "null if text or title were edited since."
        ),
    ]
    end: Annotated[int | None, Field(description="Its end, exclusive.")]
    chunks: int
    version: int

    @classmethod
    def of(cls, nearest: Nearest) -> Self:
        return cls(
            similarity=round(nearest.similarity, 4),
            start=nearest.start,
            end=nearest.end,
            chunks=nearest.chunks,
            version=nearest.version,
        )


@dataclass(slots=True)
class HitOut:
    """A hit; both snippets are HTML in which only `<mark>` is markup.

    `title_snippet` is null if the document has no title. `nearest` is null if the
    document matched by words only.
    """

    document: HitDocument
    score: Annotated[
        float,
        Field(
            description="At most 1. A hybrid search weighs meaning and words 4 to 1, each in "
            "relation to the best score of the search."
        ),
    ]
    snippet: str
    title_snippet: str | None
    ranks: RanksOut
    scores: ScoresOut
    relevance: Annotated[
        Relevance | None,
        Field(
            description="How relevant the hit probably is, compared with random pairs of texts and "
            "with the words of the query; null if there are too few documents to tell."
        ),
    ]
    nearest: NearestOut | None
    location: Annotated[
        LocationOut | None,
        Field(description="Where the snippet begins in the file that the document was read from."),
    ]
    copies: Annotated[
        int | None,
        Field(description="The number of near copies that are not shown; null without `group_by`."),
    ]

    @classmethod
    def of(
        cls,
        hit: Hit,
        quotation: Quotation,
        relevance: Relevance | None,
        location: Location | None,
    ) -> Self:
        found = hit.ranked
        return cls(
            document=HitDocument(
                id=hit.ref.id,
                collection=hit.ref.collection.name,
                title=hit.title,
                metadata=hit.metadata,
                status=Status(hit.status),
            ),
            score=hit.ranked.score,
            snippet=quotation.snippet,
            title_snippet=quotation.title,
            ranks=RanksOut(semantic=found.semantic_rank, text=found.text_rank),
            scores=ScoresOut.of(hit),
            relevance=relevance,
            nearest=None if hit.nearest is None else NearestOut.of(hit.nearest),
            location=LocationOut.of(location),
            copies=hit.ranked.copies,
        )


def _rounded(score: float | None) -> float | None:
    return None if score is None else round(score, 4)
