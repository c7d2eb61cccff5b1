"""Search results."""

import html
import re
from datetime import datetime
from typing import Any

from inkdex.models.answer import Answer

_MARK = re.compile("</?mark>")


class Location(Answer):
    """Where a passage is in its file: a `page`, `row` or `line`, from 1 on."""

    unit: str
    number: int


class HitDocument(Answer):
    """What a hit says of its document."""

    id: str
    collection: str
    title: str | None
    metadata: dict[str, Any]
    status: str
    version: int | None = None
    updated_at: datetime | None = None


class Ranks(Answer):
    """The hit's places by meaning and by words."""

    semantic: int | None
    text: int | None


class Scores(Answer):
    """The scores that the hit's score was made of."""

    semantic: float | None
    text: float | None
    rerank: float | None


class Nearest(Answer):
    """The document's chunk that is nearest to the query."""

    similarity: float
    start: int | None
    end: int | None
    chunks: int
    version: int


class Passage(Answer):
    """Where the snippet is in the content, in code points."""

    start: int
    end: int


class Hit(Answer):
    """A document that was found."""

    document: HitDocument
    score: float
    snippet: str
    title_snippet: str | None
    ranks: Ranks
    scores: Scores
    relevance: str | None
    nearest: Nearest | None
    copies: int | None
    location: Location | None = None
    passage: Passage | None = None
    relevance_by_meaning: str | None = None

    @property
    def text(self) -> str:
        """The snippet as plain text. In `snippet`, as HTML, the query's words are marked."""
        return html.unescape(_MARK.sub("", self.snippet))


class Total(Answer):
    """How many documents match; a bound if it is not exact."""

    count: int
    exact: bool


class Degraded(Answer):
    """Why a search was served by words only."""

    reason: str = ""
    served: str = ""


class Reranked(Answer):
    """How many hits were reranked, or why none were."""

    count: int
    of: int
    reason: str | None = None


class FacetValue(Answer):
    """A value of the metadata, and how many documents have it."""

    value: str | int | float | bool
    count: int


class SearchTimings(Answer):
    """Milliseconds of the parts of a search."""

    embed: float
    query: float
    rerank: float
    total: float


class SearchResult(Answer):
    """The hits of a search."""

    query: str
    mode: str
    degraded: Degraded | None
    reranked: Reranked | None
    hits: list[Hit]
    total: Total
    next_cursor: str | None
    facets: dict[str, list[FacetValue]] | None
    timings_ms: SearchTimings
    query_embedding: str


class SimilarResult(Answer):
    """The documents most similar to one."""

    hits: list[Hit]
    total: Total


class Embedding(Answer):
    """The vector of one text: numbers, or base64 of them."""

    object: str
    index: int
    embedding: list[float] | str


class EmbeddingsUsage(Answer):
    """The tokens of the texts."""

    prompt_tokens: int
    total_tokens: int


class Embeddings(Answer):
    """The vectors of texts, in OpenAI's shape."""

    object: str
    data: list[Embedding]
    model: str
    usage: EmbeddingsUsage


class ServedModel(Answer):
    """A model in OpenAI's shape."""

    id: str
    object: str = "model"
    created: int = 0
    owned_by: str = ""


class ServedModels(Answer):
    """The models that answer and embed."""

    object: str = "list"
    data: list[ServedModel]
