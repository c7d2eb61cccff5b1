"""A search query, its hits, and the vector that finds them."""

from dataclasses import dataclass
from typing import Any

from shared.domain.embedding.vectors import Vector
from shared.domain.refs import DocumentRef


@dataclass(frozen=True, slots=True)
class QueryVector:
    """A query's vector and the model that made it."""

    model_id: int
    dimensions: int
    vector: Vector


@dataclass(frozen=True, slots=True)
class Query:
    """What is looked for, which of the two ways, and which page of it."""

    text: str
    vector: QueryVector | None
    by_words: bool
    limit: int
    offset: int = 0

    @property
    def wanted(self) -> int:
        """The number of hits that make the page full."""
        return self.limit + self.offset


@dataclass(frozen=True, slots=True)
class Nearest:
    """The chunk nearest to the query: how alike they are, and where it is in the content.

    `version` is the document's when its `chunks` were made. The offsets are None where the
    content is no longer the one that they cut.
    """

    similarity: float
    start: int | None
    end: int | None
    chunks: int
    version: int


@dataclass(frozen=True, slots=True)
class Hit:
    """A found document; `snippet` has the matched words between START and END of its search."""

    ref: DocumentRef
    title: str | None
    metadata: dict[str, Any]
    status: str
    score: float
    semantic_rank: int | None
    text_rank: int | None
    snippet: str
    nearest: Nearest | None


@dataclass(frozen=True, slots=True)
class Found:
    """A page of hits and the marks around the matched words in their snippets."""

    hits: list[Hit]
    mark_start: str
    mark_end: str
