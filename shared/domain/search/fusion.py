"""Ranks documents by meaning and by words together, as a weighted sum of both scores.

Each score is divided by the best one of the search, so that a rare word that only one document has
outweighs small differences of meaning.
"""

from collections.abc import Sequence
from operator import attrgetter
from typing import NamedTuple

MEANING_WEIGHT = 0.8
LEAST_SCALE = 1e-6


class Candidate(NamedTuple):
    """A document that a search found. A score that it was not given is None, and so is its rank.

    `similarity` is the cosine of its nearest chunk, which is at `start` to `end` of the content.
    `word_score` is its BM25 score. The ranks by meaning and by words begin with 1.
    """

    key: int
    similarity: float | None
    start: int | None
    end: int | None
    word_score: float | None
    semantic_rank: int | None = None
    text_rank: int | None = None


class Ranked(NamedTuple):
    """A candidate with its score, at most 1.

    `copies` is the number of near copies that it stands for, None if they were not grouped.
    """

    candidate: Candidate
    score: float
    copies: int | None = None


def fused(candidates: Sequence[Candidate]) -> list[Ranked]:
    """Return the candidates, best first."""
    ordered = sorted(candidates, key=attrgetter("key"))
    ranked = list(map(Ranked, ordered, _scores(ordered)))
    ranked.sort(key=attrgetter("score"), reverse=True)
    return ranked


def _scores(candidates: Sequence[Candidate]) -> Sequence[float]:
    """Return the score of each candidate. One kind of score alone has all the weight."""
    meaning = _by_meaning([each.similarity for each in candidates])
    words = _by_words([each.word_score for each in candidates])
    if not meaning or not words:
        return meaning or words or [0.0] * len(candidates)
    weight, rest = MEANING_WEIGHT, 1 - MEANING_WEIGHT
    return [weight * each + rest * word for each, word in zip(meaning, words, strict=True)]


def _by_meaning(similarities: Sequence[float | None]) -> list[float]:
    """Return the similarities in relation to the best, all shifted to be positive.

    A document that is not among the nearest is at most as similar as the last of them.
    """
    known = [each for each in similarities if each is not None]
    if not known:
        return []
    least, scale = min(known), max(1 + max(known), LEAST_SCALE)
    return [(1 + (least if each is None else each)) / scale for each in similarities]


def _by_words(scores: Sequence[float | None]) -> list[float]:
    """Return the scores in relation to the best."""
    known = [each for each in scores if each is not None]
    if not known:
        return []
    best = max(known) or 1.0
    return [(each or 0.0) / best for each in scores]
