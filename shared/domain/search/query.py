"""A search query and its hits, as the database sees them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.domain.embedding.vectors import Vector
from shared.domain.refs import DocumentRef
from shared.domain.search.fusion import Ranked
from shared.domain.search.lexing.queries import Term
from shared.domain.search.query_syntax import ParsedQuery


@dataclass(frozen=True, slots=True)
class QueryVector:
    """A query's vector and the model that returned it."""

    model_id: int
    dimensions: int
    vector: Vector


@dataclass(frozen=True, slots=True)
class Query:
    """A search by words, by meaning or both: without a `vector`, words only.

    If `is_grouped`, near copies of a text are one hit. A search of all collections has a vector for
    each of their models, the `others` besides the first. It does without those of `absent` models.
    A `rehearsed` model may be another than the active one.
    """

    text: str
    vector: QueryVector | None
    by_words: bool
    limit: int
    offset: int = 0
    syntax: ParsedQuery | None = None
    min_similarity: float = -1.0
    is_grouped: bool = False
    others: Sequence[QueryVector] = ()
    absent: Sequence[int] = ()
    rehearsed: bool = False

    @property
    def vectors(self) -> Sequence[QueryVector]:
        return [self.vector, *self.others] if self.vector else []

    @property
    def models(self) -> frozenset[int]:
        """The ids of the models that the collections should have."""
        return frozenset([*(vector.model_id for vector in self.vectors), *self.absent])

    @property
    def wanted(self) -> int:
        """The number of hits up to the end of the page."""
        return self.limit + self.offset


@dataclass(frozen=True, slots=True)
class Nearest:
    """The chunk nearest to the query, its cosine similarity and its offsets in the content.

    `chunks` is their number in the document, and `version` the document's version that they were
    made from. The offsets are None if the content has changed since.
    """

    similarity: float
    start: int | None
    end: int | None
    chunks: int
    version: int


@dataclass(frozen=True, slots=True)
class Passage:
    """The part of a hit's content to quote from, and whether the content begins or ends with it.

    `start` is its offset in the content.
    """

    text: str
    language: str
    is_start: bool
    is_end: bool
    start: int = 0


@dataclass(frozen=True, slots=True)
class Hit:
    """A found document. `rerank_score` is None if the reranker did not score it."""

    ref: DocumentRef
    title: str | None
    metadata: dict[str, Any]
    status: str
    version: int
    updated_at: datetime
    ranked: Ranked
    passage: Passage
    nearest: Nearest | None
    rerank_score: float | None = None


@dataclass(frozen=True, slots=True)
class Total:
    """The number of documents that a search finds, or at least so many."""

    count: int
    is_exact: bool


@dataclass(frozen=True, slots=True)
class HitPage:
    """A page of hits, and the terms of the query. A weight is None if its term was not used.

    `order` are the documents from which the page was cut, and `languages` those of the terms.
    """

    hits: list[Hit]
    total: Total
    terms: Sequence[Term] = ()
    weights: Sequence[float | None] = ()
    languages: Sequence[str] = ()
    order: Sequence[Ranked] = ()
