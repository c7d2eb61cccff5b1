"""Relevance in words that do not depend on the model."""

import pytest

from shared.domain.search.fusion import Ranked
from shared.domain.search.lexing.queries import query_terms
from shared.domain.search.relevance import Relevance, SimilarityScale, relevance, word_weight

SCALE = SimilarityScale(mean=0.2, deviation=0.1)
MOST_WORDS = 10.0


def found(similarity: float | None, words: float | None) -> Ranked:
    return Ranked(1, 1.0, similarity, 0, 1, words)


@pytest.mark.parametrize(
    ("similarity", "words", "expected"),
    [
        (0.5, None, Relevance.STRONG),
        (0.35, None, Relevance.FAIR),
        (0.25, None, Relevance.WEAK),
        (None, 5.0, Relevance.STRONG),
        (None, 2.0, Relevance.FAIR),
        (None, 0.5, Relevance.WEAK),
        (0.25, 5.0, Relevance.STRONG),
        (0.35, 0.5, Relevance.FAIR),
        (None, None, None),
    ],
)
def test_the_better_of_meaning_and_words_counts(
    similarity: float | None, words: float | None, expected: Relevance | None
) -> None:
    assert relevance(found(similarity, words), SCALE, MOST_WORDS) is expected


def test_without_a_scale_meaning_is_unknown() -> None:
    assert relevance(found(0.9, None), None, MOST_WORDS) is None
    assert relevance(found(0.9, 5.0), None, MOST_WORDS) is Relevance.STRONG


def test_equal_vectors_have_no_deviation() -> None:
    assert relevance(found(0.9, None), SimilarityScale(0.9, 0.0), 0.0) is Relevance.WEAK


def test_only_the_terms_of_a_language_count() -> None:
    terms = query_terms("running houses", ["english", "german"])
    weights = [1.0 for _ in terms]
    assert word_weight(terms, weights, "english") == 2
    assert word_weight(terms, [None] * len(terms), "english") == 0
