"""Reranking: which hits are scored again, in which batches, and the order that results."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from shared.domain.reasons import RerankFailure
from shared.domain.search.query import Hit, HitPage, Query
from shared.domain.search.snippets.near_words import NearWords

FIRST_BATCH = 4
"""The time of the first batch tells how large the next ones can be."""
BATCH_SHARE = 0.5
"""A batch is expected to take this part of the time that is left."""
QUERY_CHARACTERS = 1000
TEXT_CHARACTERS = 2400


@dataclass(frozen=True, slots=True)
class Reranked:
    """How many of the `of` best hits were scored, and why not all of them."""

    count: int
    of: int
    reason: RerankFailure | None = None


def widened(query: Query, hits_max: int) -> Query:
    """Return the query for all hits that must be known to rerank `hits_max` and cut the page."""
    if query.offset >= hits_max:
        return query
    return replace(query, offset=0, limit=max(query.wanted, hits_max))


def texts_to_score(page: HitPage, near: NearWords, hits_max: int) -> list[str]:
    """Return the text of each of the best hits: its title, and the passage around its words."""
    return [_text(hit, near)[:TEXT_CHARACTERS] for hit in page.hits[:hits_max]]


def _text(hit: Hit, near: NearWords) -> str:
    passage = near.part(hit).text.strip()
    return f"{hit.title}\n{passage}" if hit.title else passage


def batch_size(seconds: float, scored: int, seconds_left: float) -> int:
    """Return how many texts to score next, if `scored` took `seconds`."""
    if not scored:
        return FIRST_BATCH
    return max(1, int(BATCH_SHARE * seconds_left * scored / max(seconds, 1e-6)))


def reordered(hits: Sequence[Hit], scores: Sequence[float]) -> list[Hit]:
    """Return the hits with a score, best first, and then the others in their order."""
    scored = [replace(hit, rerank_score=score) for hit, score in zip(hits, scores, strict=False)]
    return [*sorted(scored, key=_descending), *hits[len(scored) :]]


def _descending(hit: Hit) -> float:
    return -(hit.rerank_score or 0.0)
