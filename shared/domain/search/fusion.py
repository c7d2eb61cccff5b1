"""Ranks documents by meaning and by words together, as a weighted sum of both scores.

Each score is divided by the best one of the search, so that a rare word that only one document has
outweighs small differences of meaning.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

MEANING_WEIGHT = 0.8
LEAST_SCALE = 1e-6


class Candidate(NamedTuple):
    """A document that a search found. A score that it was not given is None.

    `similarity` is the cosine of its nearest chunk, which is at `start` to `end` of the content.
    `word_score` is its BM25 score.
    """

    key: int
    similarity: float | None
    start: int | None
    end: int | None
    word_score: float | None


class Ranked(NamedTuple):
    """A candidate with its score, at most 1, and its ranks by meaning and by words, from 1.

    `copies` is the number of near copies that it stands for, None if they were not grouped.
    """

    candidate: Candidate
    score: float
    semantic_rank: int | None
    text_rank: int | None
    copies: int | None = None


def fused(candidates: Sequence[Candidate]) -> list[Ranked]:
    """Return the candidates, best first."""
    scores = _Scores(candidates)
    semantic = _ranks((each.key, each.similarity) for each in candidates)
    textual = _ranks((each.key, each.word_score) for each in candidates)
    ranked = [
        Ranked(each, scores.of(each), semantic.get(each.key), textual.get(each.key))
        for each in candidates
    ]
    return sorted(ranked, key=lambda each: (-each.score, each.candidate.key))


class _Scores:
    """The scale of a search: its best scores, and which kinds of them there are."""

    def __init__(self, candidates: Sequence[Candidate]) -> None:
        similarities = [each.similarity for each in candidates if each.similarity is not None]
        words = [each.word_score for each in candidates if each.word_score is not None]
        self._best_similarity = max(similarities, default=None)
        self._least_similarity = min(similarities, default=0.0)
        self._best_words = max(words, default=None)

    def of(self, candidate: Candidate) -> float:
        """Return the score of a candidate. One kind of score alone has all the weight."""
        if self._best_similarity is None:
            return self._by_words(candidate)
        if self._best_words is None:
            return self._by_meaning(candidate, self._best_similarity)
        meaning = self._by_meaning(candidate, self._best_similarity)
        return MEANING_WEIGHT * meaning + (1 - MEANING_WEIGHT) * self._by_words(candidate)

    def _by_meaning(self, candidate: Candidate, best: float) -> float:
        """Return the similarity in relation to the best, both shifted to be positive.

        A document that is not among the nearest is at most as similar as the last of them.
        """
        similarity = candidate.similarity
        return (1 + (self._least_similarity if similarity is None else similarity)) / max(
            1 + best, LEAST_SCALE
        )

    def _by_words(self, candidate: Candidate) -> float:
        return (candidate.word_score or 0.0) / self._best_words if self._best_words else 0.0


def _ranks(scored: Iterable[tuple[int, float | None]]) -> dict[int, int]:
    """Return the rank of each key that has a score."""
    found = [(-score, key) for key, score in scored if score is not None]
    return {key: rank for rank, (_, key) in enumerate(sorted(found), 1)}
