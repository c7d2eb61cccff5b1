"""Relevance in words that do not depend on the model."""

from dataclasses import replace

import pytest

from shared.domain.search.fusion import Ranked
from shared.domain.search.lexing.queries import query_terms
from shared.domain.search.query_syntax import parse_query
from shared.domain.search.relevance import (
    HitRelevance,
    Relevance,
    SimilarityScale,
    by_meaning,
    relevances,
    word_weight,
)
from shared.domain.search.snippets.near_words import NearWords
from tests.domain.answers.hit_pages import page_of

SCALE = SimilarityScale(mean=0.2, deviation=0.1)


def found(similarity: float | None, words: float | None) -> Ranked:
    return Ranked(1, 1.0, similarity, 0, 1, words)


def judged(
    query: str,
    text: str,
    coverage: float | None,
    similarity: float | None = None,
    scale: SimilarityScale | None = SCALE,
    language: str = "english",
) -> Relevance | None:
    """Return the relevance of a text that has a part of the weight of the query's words."""
    page = page_of(parse_query(query).text, [text], [None], languages=(language,))
    most = word_weight(page.terms, page.weights, language)
    words = None if coverage is None else coverage * most
    hits = [replace(hit, ranked=found(similarity, words)) for hit in page.hits]
    page = replace(page, hits=hits)
    (level,) = relevances(page, NearWords(page), scale, query)
    return level.best


@pytest.mark.parametrize(
    ("similarity", "coverage", "expected"),
    [
        (0.5, None, Relevance.STRONG),
        (0.4, None, Relevance.FAIR),
        (0.3, None, Relevance.WEAK),
        (None, 0.5, Relevance.STRONG),
        (None, 0.2, Relevance.FAIR),
        (None, 0.05, Relevance.FAIR),
        (0.3, 0.5, Relevance.STRONG),
        (0.4, 0.05, Relevance.FAIR),
        (None, None, None),
    ],
)
def test_the_better_of_meaning_and_words_counts(
    similarity: float | None, coverage: float | None, expected: Relevance | None
) -> None:
    assert judged("ink", "About ink.", coverage, similarity) is expected


@pytest.mark.parametrize(
    ("query", "text", "expected"),
    [
        ("ink dries", "The ink is drying.", Relevance.STRONG),
        ("how does the ink dry?", "Inks that dry.", Relevance.STRONG),
        ("ink dries", "The ink.", Relevance.FAIR),
        ("ink of squids in the sea", "A squid.", Relevance.FAIR),
        ("the price of RE-2024-00173", "Invoice RE-2024-00173", Relevance.STRONG),
        ("the price of RE-2024-00173", "The price of RE-2024-00174", Relevance.FAIR),
        ("error E4711 of the printer", "E4711: no ink", Relevance.STRONG),
        ("C++ pointers", "Of C++ pointers", Relevance.STRONG),
        ("café cafe prices", "Prices at the café or cafe", Relevance.STRONG),
        ("cafe café prices", "Prices at the cafe", Relevance.STRONG),
        ("café cafe prices", "The café", Relevance.FAIR),
        ("墨水", "我买了墨水和纸。", Relevance.STRONG),
        ("墨水和笔", "我买了墨水和纸。", Relevance.FAIR),
    ],
)
def test_words_alone_are_strong_only_if_all_are_there(
    query: str, text: str, expected: Relevance
) -> None:
    assert judged(query, text, 0.5) is expected
    assert judged(query, text, 0.5, similarity=0.9) is Relevance.STRONG


def test_a_text_with_all_words_is_fair_however_long_it_is() -> None:
    assert judged("ink squid", "About ink.", 0.05) is Relevance.WEAK
    assert judged("ink squid", "A squid has ink.", 0.05) is Relevance.FAIR


def test_title_and_id_have_words_of_the_query() -> None:
    assert judged("title ink", "About ink.", 0.5) is Relevance.STRONG
    assert judged("d0 ink", "About ink.", 0.5) is Relevance.STRONG


def test_words_far_apart_in_a_long_text_are_fair() -> None:
    assert judged("ink squid", f"Ink.{' Nothing.' * 1000} A squid.", 0.5) is Relevance.FAIR


def test_without_a_scale_meaning_is_unknown() -> None:
    assert judged("ink", "ink", None, 0.9, scale=None) is None
    assert judged("ink", "ink", 0.5, 0.9, scale=None) is Relevance.STRONG


@pytest.mark.parametrize("deviation", [0.05, 0.15])
def test_how_alike_the_documents_are_does_not_matter(deviation: float) -> None:
    """Random letters are as near to one of many documents on different subjects."""
    scale = SimilarityScale(mean=0.11, deviation=deviation)
    assert by_meaning(found(0.345, None), scale) is Relevance.FAIR
    assert by_meaning(found(0.48, None), scale) is Relevance.STRONG


def test_equal_vectors_have_no_distance() -> None:
    assert by_meaning(found(1.0, None), SimilarityScale(1.0, 0.0)) is Relevance.WEAK


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
    text = query.strip('"')
    assert judged(query, text, 0.5, scale=None, language=language) is expected


def test_only_the_terms_of_a_language_count() -> None:
    terms = query_terms("running houses", ["english", "german"])
    weights = [1.0 for _ in terms]
    assert word_weight(terms, weights, "english") == 2
    assert word_weight(terms, [None] * len(terms), "english") == 0


def test_relevance_by_meaning_ignores_the_words() -> None:
    page = page_of("ink", ["ink", "ink"], [None, None])
    both, words_only = found(0.3, 1000.0), found(None, 1000.0)
    hits = [
        replace(hit, ranked=each) for hit, each in zip(page.hits, (both, words_only), strict=True)
    ]
    page = replace(page, hits=hits)
    levels = relevances(page, NearWords(page), SCALE, "ink")
    assert levels == [
        HitRelevance(Relevance.STRONG, Relevance.WEAK),
        HitRelevance(Relevance.STRONG, None),
    ]


@pytest.mark.parametrize(
    ("similarity", "weight", "expected"),
    [
        (0.5, None, Relevance.STRONG),
        (0.4, None, Relevance.WEAK),
        (0.4, 3.0, Relevance.FAIR),
        (0.3, 3.0, Relevance.WEAK),
    ],
)
def test_a_fair_meaning_is_weak_if_no_document_has_a_word_of_the_query(
    similarity: float, weight: float | None, expected: Relevance
) -> None:
    page = page_of("zzkq", ["ink"], [None])
    hits = [replace(page.hits[0], ranked=found(similarity, None))]
    weights = [weight] * len(page.terms)
    page = replace(page, hits=hits, weights=weights)
    levels = relevances(page, NearWords(page), SCALE, "zzkq")
    assert levels == [HitRelevance(expected, expected)]
