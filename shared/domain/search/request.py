"""A client's search and its result."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256

from shared.domain.documents.filters import Filter
from shared.domain.files.locations import Location
from shared.domain.position import SeenChanges
from shared.domain.refs import DocumentRef
from shared.domain.search.facets import Facets
from shared.domain.search.kept_order import Cursor
from shared.domain.search.query import Hit, HitPage, QueryVector, Total
from shared.domain.search.relevance import HitRelevance, SimilarityScale
from shared.domain.search.reranking import Reranked
from shared.domain.search.scope import Scope
from shared.domain.search.snippets.near_words import NearWords
from shared.domain.search.snippets.snippet import Quotation


class Mode(StrEnum):
    """Whether a search compares meanings, words or both."""

    HYBRID = "hybrid"
    SEMANTIC = "semantic"
    TEXT = "text"


class QueryEmbedding(StrEnum):
    """The source of the query's vector."""

    CACHED = "cached"
    COMPUTED = "computed"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """A validated search."""

    query: str
    scope: Scope
    mode: Mode = Mode.HYBRID
    limit: int = 10
    offset: int = 0
    facets: tuple[str, ...] = ()
    refine: bool = False
    min_similarity: float = -1.0
    is_grouped: bool = False
    rerank: bool = False
    cursor: Cursor | None = None
    seen: SeenChanges = None
    """What the search must see. It changes no order of hits."""

    @property
    def only_counts(self) -> bool:
        """Whether it asks for numbers and no hits, so that it counts as no search."""
        return self.limit == 0

    @property
    def compares_meanings(self) -> bool:
        """Whether it needs the query's vector. The numbers do not depend on it."""
        return self.mode is not Mode.TEXT and not self.only_counts

    @property
    def order_hash(self) -> bytes:
        """A hash of everything that determines the order of the hits."""
        named = (self.query, self.scope, self.mode, self.refine)
        return sha256(repr((named, self.min_similarity, self.is_grouped)).encode()).digest()


@dataclass(frozen=True, slots=True)
class SimilarRequest:
    """A validated search for documents like the one of `ref`, which must meet `visible`."""

    ref: DocumentRef
    scope: Scope
    limit: int = 10
    offset: int = 0
    visible: tuple[Filter, ...] = ()


@dataclass(frozen=True, slots=True)
class SimilarResult:
    """The most similar documents, best first."""

    hits: list[Hit]
    quotations: list[Quotation]
    relevances: list[HitRelevance]
    locations: list[Location | None]
    total: Total


@dataclass(slots=True)
class SearchResult:
    """The hits, best first, how they were found, and the duration of each step in milliseconds.

    `near` has the query's words in the hits of `page`. `vectors` are those of the query, one for
    each model, and `scale` is that of the only model.
    """

    request: SearchRequest
    page: HitPage | None = None
    near: NearWords | None = None
    scale: SimilarityScale | None = None
    vectors: Sequence[QueryVector] = ()
    hits: list[Hit] = field(default_factory=list)
    quotations: list[Quotation] = field(default_factory=list)
    relevances: list[HitRelevance] = field(default_factory=list)
    locations: list[Location | None] = field(default_factory=list)
    total: Total = field(default_factory=lambda: Total(0, is_exact=True))
    next_cursor: Cursor | None = None
    facets: Facets | None = None
    degraded: bool = False
    reranked: Reranked | None = None
    query_embedding: QueryEmbedding = QueryEmbedding.NONE
    embed_ms: float = 0.0
    query_ms: float = 0.0
    rerank_ms: float = 0.0
    total_ms: float = 0.0
