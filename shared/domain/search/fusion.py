"""Ranking by meaning and by words together, by a weighted sum of both scores.

Each score is divided by the best one of the search, so that a rare word that only one document has
outweighs small differences of meaning. The search statement computes it
(`shared.db.search.fusion`).
"""

from typing import NamedTuple

MEANING_WEIGHT = 0.8


class Ranked(NamedTuple):
    """A document that a search found, with its score, at most 1.

    `similarity` is the cosine of its nearest chunk, which is at `start` to `end` of the content.
    `word_score` is its BM25 score. What it was not found by is None, and so is that rank; ranks
    begin with 1. `copies` is the number of near copies that it stands for, None if they were not
    grouped.
    """

    key: int
    score: float
    similarity: float | None = None
    start: int | None = None
    end: int | None = None
    word_score: float | None = None
    semantic_rank: int | None = None
    text_rank: int | None = None
    copies: int | None = None
