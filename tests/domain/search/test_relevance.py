"""Relevance in words that do not depend on the model."""

from dataclasses import replace

import pytest

from shared.domain.search.fusion import Ranked
from shared.domain.search.lexing.queries import query_terms
from shared.domain.search.query_syntax import parse_query
from shared.domain.search.relevance import (
    Relevance,
    SimilarityScale,
    relevance,
    relevances,
    word_weight,
)
from tests.domain.answers.hit_pages import page_of

SCALE = SimilarityScale(mean=0.2, deviation=0.1)
MOST_WORDS = 10.0


def found(similarity: float | None, words: float | None) -> Ranked:
    return Ranked(1, 1.0, similarity, 0, 1, words)


@pytest.mark.parametrize(
    ("similarity", "words", "expected"),
    [
        (0.5, None, Relevance.STRONG),
        (0.4, None, Relevance.FAIR),
        (0.3, None, Relevance.WEAK),
        (None, 5.0, Relevance.STRONG),
        (None, 2.0, Relevance.FAIR),
        (None, 0.5, Relevance.WEAK),
        (0.3, 5.0, Relevance.STRONG),
        (0.4, 0.5, Relevance.FAIR),
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


@pytest.mark.parametrize("deviation", [0.05, 0.15])
def test_how_alike_the_documents_are_does_not_matter(deviation: float) -> None:
    """Random letters are as near to one of many documents on different subjects."""
    scale = SimilarityScale(mean=0.11, deviation=deviation)
    assert relevance(found(0.345, None), scale, MOST_WORDS) is Relevance.FAIR
    assert relevance(found(0.48, None), scale, MOST_WORDS) is Relevance.STRONG


def test_equal_vectors_have_no_distance() -> None:
    assert relevance(found(1.0, None), SimilarityScale(1.0, 0.0), 0.0) is Relevance.WEAK


@pytest.mark.parametrize(
    ("query", "language", "expected"),
    [
        ("the of", "english", Relevance.WEAK),
        ("the ink", "english", Relevance.STRONG),
        ('"the who"', "english", Relevance.STRONG),
        ("canning", "english", Relevance.STRONG),
        ("to-do", "english", Relevance.STRONG),
        ("and/or", "english", Relevance.STRONG),
        ("die", "german", Relevance.WEAK),
        ("die", "english", Relevance.STRONG),
    ],
)
def test_stop_words_alone_say_nothing(query: str, language: str, expected: Relevance) -> None:
    page = page_of(parse_query(query).text, ["text"], [None], languages=(language,))
    hits = [replace(hit, ranked=found(None, 5.0)) for hit in page.hits]
    assert relevances(replace(page, hits=hits), None, query) == [expected]


def test_only_the_terms_of_a_language_count() -> None:
    terms = query_terms("running houses", ["english", "german"])
    weights = [1.0 for _ in terms]
    assert word_weight(terms, weights, "english") == 2
    assert word_weight(terms, [None] * len(terms), "english") == 0
