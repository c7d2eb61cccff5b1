"""When a search has found everything, so that its total is exact and no wider statement follows."""

from dataclasses import replace

import pytest

from shared.db.search.candidates import Found
from shared.db.search.order import Order
from shared.db.search.search import EXACT_FIRST, INDEXED_FIRST
from shared.db.search.text_ranking import CANDIDATES_MAX
from shared.domain.search.fusion import Ranked
from shared.domain.search.lexing.queries import query_terms
from shared.domain.search.query import Query, QueryVector, Total
from shared.domain.search.word_plan import WordPlan, WordStatistics, planned

TEXT = Query("ink", None, by_words=True, limit=10)
HYBRID = replace(TEXT, vector=QueryVector(1, 1, [1.0]), min_similarity=0.5)
INK = "('ink')"
PLAN = WordPlan(
    [], 500.0, 100.0, INK, INK, None, None, has_phrase=False, skips_words=False, skips_all=False
)
INDEXED, EXACT = INDEXED_FIRST, EXACT_FIRST


def found(count: int, candidates: int, matching: int, *, prefixes: bool = False) -> Found:
    """Return what a tier found, with one document of the page and one rejected candidate."""
    page = [Ranked(1, 1.0, word_score=1.0)]
    return Found(page, count, matching, candidates, candidates - 1, ("english",), prefixes)


def total(query: Query, result: Found, plan: WordPlan = PLAN, *, exact: bool = False) -> Total:
    order = Order(query)
    order.add([], plan, result, EXACT if exact else INDEXED)
    return order.total


@pytest.mark.parametrize("matching", [0, 7, 100])
def test_a_rejected_candidate_ends_the_search_by_meaning(matching: int) -> None:
    assert total(HYBRID, found(150, 120, matching)) == Total(119, is_exact=True)


@pytest.mark.parametrize("exact", [False, True])
def test_other_documents_may_match_by_words(*, exact: bool) -> None:
    """500 documents match, of which 100 are candidates."""
    assert total(HYBRID, found(550, 150, 500), exact=exact) == Total(149, is_exact=False)


def by_words(count: int, *, prefixes: bool = False) -> Found:
    result = found(count, min(count, 100), count, prefixes=prefixes)
    return replace(result, accepted=result.candidates)


def test_all_that_the_index_finds_is_exact() -> None:
    assert total(TEXT, by_words(70)) == Total(70, is_exact=True)


def test_a_full_list_of_the_index_may_lack_others() -> None:
    result = replace(by_words(CANDIDATES_MAX), candidates=CANDIDATES_MAX)
    assert not total(TEXT, result).is_exact


def test_words_that_were_not_looked_up_may_be_elsewhere() -> None:
    assert not total(TEXT, by_words(70), PLAN._replace(selective="('gall')")).is_exact
    assert not total(TEXT, by_words(70), PLAN._replace(skips_words=True)).is_exact
    assert not total(TEXT, by_words(70), PLAN._replace(prefixes="('ink') | 'ink':*")).is_exact
    extended = PLAN._replace(prefixes="('ink') | 'ink':*", selective="('gall')")
    assert total(TEXT, by_words(70, prefixes=True), extended).is_exact
    assert total(TEXT, by_words(70), PLAN._replace(selective="('gall')"), exact=True).is_exact


TERMS = query_terms("gall ink", ("english",))
KNOWN = planned(TERMS, WordStatistics(100, 10, 1, [None, 7.0]), expected=500, common=50)


@pytest.mark.parametrize(
    ("query", "plan", "matching", "are_used"),
    [
        (HYBRID, KNOWN, 3, True),
        (HYBRID, KNOWN, 0, False),
        (HYBRID, KNOWN._replace(skips_words=True), 0, True),  # common words are not looked up
        (replace(HYBRID, by_words=False), KNOWN, 0, True),
    ],
)
def test_words_that_no_text_has_are_not_used(
    query: Query, plan: WordPlan, matching: int, *, are_used: bool
) -> None:
    order = Order(query)
    order.add(TERMS, plan, found(20, 20, matching), INDEXED)
    assert [weight is not None for weight in order.weights] == [are_used, are_used]
