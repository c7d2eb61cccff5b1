"""Hits on the wire, of searches and of similar documents.

They are dataclasses, because a page has over forty, and models take three times as long to make.
"""

from dataclasses import dataclass
from typing import Annotated, Self

from pydantic import Field

from api.schemas.document_fields import (
    DocumentCollection,
    DocumentId,
    DocumentMetadata,
    DocumentStatus,
    DocumentTitle,
    UpdatedAt,
)
from api.schemas.locations import LocationOut
from shared.domain.documents.document import Status
from shared.domain.files.locations import Location
from shared.domain.search.query import Hit, Nearest
from shared.domain.search.relevance import HitRelevance, Relevance
from shared.domain.search.snippets.snippet import Quotation


@dataclass(slots=True)
class HitDocument:
    """The found document, without its content."""

    id: DocumentId
    collection: DocumentCollection
    title: DocumentTitle
    metadata: DocumentMetadata
    status: DocumentStatus
    version: Annotated[
        int, Field(description="The version of the document that was found.", examples=[1])
    ]
    updated_at: UpdatedAt


@dataclass(slots=True)
class RanksOut:
    """The hit's rank by meaning and by words; null if it did not match that way."""

    semantic: Annotated[
        int | None,
        Field(
            description="The rank by meaning, from 1; null if the hit did not match that way.",
            examples=[1],
        ),
    ]
    text: Annotated[
        int | None,
        Field(
            description="The rank by words, from 1; null if the hit did not match that way.",
            examples=[1],
        ),
    ]


@dataclass(slots=True)
class ScoresOut:
    """The hit's cosine similarity, its BM25 score and that of the reranker; null if it has none."""

    semantic: Annotated[
        float | None,
        Field(
            description="The cosine similarity; null if the hit did not match by meaning.",
            examples=[0.71],
        ),
    ]
    text: Annotated[
        float | None,
        Field(
            description="The BM25 score; null if the hit did not match by words.", examples=[3.2]
        ),
    ]
    rerank: Annotated[
        float | None,
        Field(description="The score of the reranker; null without one.", examples=[None]),
    ]

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

    count: Annotated[int, Field(description="How many documents the search finds.", examples=[1])]
    exact: Annotated[
        bool,
        Field(
            description="Whether there are exactly so many; false: at least so many.",
            examples=[True],
        ),
    ]


@dataclass(slots=True)
class NearestOut:
    """The document's chunk that is nearest to the query, one of `chunks`.

    `version` is the document version they were made of.
    """

    similarity: Annotated[
        float,
        Field(
            description="The cosine of the angle between both vectors, at most 1.", examples=[0.71]
        ),
    ]
    start: Annotated[
        int | None,
        Field(
            description="Its start in the content, in characters (Unicode code points) from 0; "
            "null if text or title were edited since.",
            examples=[0],
        ),
    ]
    end: Annotated[
        int | None,
        Field(
            description="Its end, exclusive; null if text or title were edited since.",
            examples=[66],
        ),
    ]
    chunks: Annotated[int, Field(description="How many chunks the document has.", examples=[1])]
    version: Annotated[
        int, Field(description="The version of the document that they were made of.", examples=[1])
    ]

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
class PassageOut:
    """Where the snippet is in the content, in characters (Unicode code points).

    In a text with binary data, or with accents that are not composed, it is not exact.
    """

    start: Annotated[int, Field(description="Where it starts, from 0.", examples=[0])]
    end: Annotated[int, Field(description="Where it ends, exclusively.", examples=[19])]


@dataclass(slots=True)
class HitOut:
    """A hit; both snippets are HTML in which only `<mark>` is markup.

    `title_snippet` is null if the document has no title. `nearest` is null if the
    document matched by words only.
    """

    document: Annotated[HitDocument, Field(description="The found document.")]
    score: Annotated[
        float,
        Field(
            description="At most 1. A hybrid search weighs meaning and words 4 to 1, each in "
            "relation to the best score of the search.",
            examples=[0.94],
        ),
    ]
    snippet: Annotated[
        str,
        Field(
            description="The best passage, as HTML in which only `<mark>` is markup.",
            examples=["<mark>Ink</mark> <mark>dries</mark> in seconds"],
        ),
    ]
    passage: Annotated[PassageOut, Field(description="Where the snippet is in the content.")]
    title_snippet: Annotated[
        str | None,
        Field(
            description="The title, likewise; null if there is none.",
            examples=["About <mark>ink</mark>"],
        ),
    ]
    ranks: Annotated[RanksOut, Field(description="The hit's ranks by meaning and by words.")]
    scores: Annotated[
        ScoresOut, Field(description="The hit's scores by meaning, by words and of the reranker.")
    ]
    relevance: Annotated[
        Relevance | None,
        Field(
            description="How relevant the hit probably is, compared with random pairs of texts and "
            "with the words of the query; null if there are too few documents to tell."
        ),
    ]
    relevance_by_meaning: Annotated[
        Relevance | None,
        Field(
            description="How relevant the hit probably is by meaning alone; null if it matched by "
            "words only, or if there are too few documents to tell."
        ),
    ]
    nearest: Annotated[
        NearestOut | None,
        Field(description="The chunk nearest to the query; null if the hit matched by words only."),
    ]
    location: Annotated[
        LocationOut | None,
        Field(description="Where the snippet begins in the file that the document was read from."),
    ]
    copies: Annotated[
        int | None,
        Field(
            description="The number of near copies that are not shown; null without `group_by`.",
            examples=[None],
        ),
    ]

    @classmethod
    def of(
        cls,
        hit: Hit,
        quotation: Quotation,
        relevance: HitRelevance,
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
                version=hit.version,
                updated_at=hit.updated_at,
            ),
            score=hit.ranked.score,
            snippet=quotation.snippet,
            passage=PassageOut(quotation.start, quotation.end),
            title_snippet=quotation.title,
            ranks=RanksOut(semantic=found.semantic_rank, text=found.text_rank),
            scores=ScoresOut.of(hit),
            relevance=relevance.best,
            relevance_by_meaning=relevance.by_meaning,
            nearest=None if hit.nearest is None else NearestOut.of(hit.nearest),
            location=LocationOut.of(location),
            copies=hit.ranked.copies,
        )


def _rounded(score: float | None) -> float | None:
    return None if score is None else round(score, 4)
