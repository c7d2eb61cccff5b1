"""How relevant a hit probably is, in words that mean the same for every model.

Cosines of different models do not compare. What does is how far a similarity lies on the way from
that of two random texts, their mean, to that of equal ones, 1.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from shared.domain.search.complete import CompleteTexts
from shared.domain.search.fusion import Ranked
from shared.domain.search.lexing.queries import Term, only_stop_words
from shared.domain.search.query import Hit, HitPage
from shared.domain.search.query_syntax import parse_query
from shared.domain.search.snippets.near_words import NearWords


class Relevance(StrEnum):
    """How relevant a hit probably is."""

    STRONG = "strong"
    FAIR = "fair"
    WEAK = "weak"


@dataclass(frozen=True, slots=True)
class HitRelevance:
    """How relevant a hit probably is: the better of meaning and words, and by meaning alone.

    None if it is not known.
    """

    best: Relevance | None
    by_meaning: Relevance | None


@dataclass(frozen=True, slots=True)
class SimilarityScale:
    """The similarity of random pairs of chunks: their mean and their standard deviation."""

    mean: float
    deviation: float


STRONG_SHARE = 0.35
FAIR_SHARE = 0.2
"""How much of that way. In four collections, the best hits of 78 to 97% of the queries are strong,
and none of random letters (docs/search.md)."""
STRONG_COVERAGE = 0.3
FAIR_COVERAGE = 0.15
"""The part of the query's weight. A text of average length that has every word once has 0.45. Words
make a hit strong only if it has all of them, because one rare word has most of the weight."""


def relevances(
    page: HitPage, near: NearWords, scale: SimilarityScale | None, query: str = ""
) -> list[HitRelevance]:
    """Return how relevant each hit of a page probably is.

    If no document has a word of the query, it may be on another subject, or none at all. Then a
    meaning that is only fair is weak.
    """
    languages = {hit.passage.language for hit in page.hits}
    most = {each: word_weight(page.terms, page.weights, each) for each in languages}
    most |= dict.fromkeys(_saying_nothing(query, languages), 0.0)
    complete = CompleteTexts(page, query, near)
    found: list[HitRelevance] = []
    are_unknown = _has_unknown_words(page)
    for hit in page.hits:
        meaning = by_meaning(hit.ranked, scale)
        if are_unknown and meaning is Relevance.FAIR:
            meaning = Relevance.WEAK
        best = meaning
        if meaning is not Relevance.STRONG:
            best = _better(meaning, _by_words(hit, most[hit.passage.language], complete))
        found.append(HitRelevance(best, meaning))
    return found


def _has_unknown_words(page: HitPage) -> bool:
    """Return whether the query was compared by words, and no document has one of them."""
    return bool(page.terms) and all(weight is None for weight in page.weights)


def _better(*levels: Relevance | None) -> Relevance | None:
    known = [level for level in levels if level is not None]
    return min(known, key=list(Relevance).index, default=None)


def _saying_nothing(query: str, languages: set[str]) -> set[str]:
    """Return the languages in which a query has stop words only. A phrase says something."""
    parsed = parse_query(query)
    return set() if parsed.required else only_stop_words(parsed.text, languages)


def word_weight(terms: Sequence[Term], weights: Sequence[float | None], language: str) -> float:
    """Return the weight of all terms that texts of a language can have."""
    found = zip(terms, weights, strict=True)
    return math.fsum(weight or 0.0 for term, weight in found if language in term.languages)


def by_meaning(found: Ranked, scale: SimilarityScale | None) -> Relevance | None:
    """Return the level of a similarity. None if there is none, or nothing to compare it with."""
    if found.similarity is None or scale is None:
        return None
    share = (found.similarity - scale.mean) / max(1 - scale.mean, 1e-6)
    return _level(share, STRONG_SHARE, FAIR_SHARE)


def _by_words(hit: Hit, most_words: float, complete: CompleteTexts) -> Relevance | None:
    """Return the level of a score by words. `most_words` is the weight of the query's terms."""
    if hit.ranked.word_score is None:
        return None
    if not most_words:
        return Relevance.WEAK
    level = _level(hit.ranked.word_score / most_words, STRONG_COVERAGE, FAIR_COVERAGE)
    if complete.has(hit):  # at least fair, also in a text that is long beside the others
        return level if level is Relevance.STRONG else Relevance.FAIR
    return Relevance.FAIR if level is Relevance.STRONG else level


def _level(value: float, strong: float, fair: float) -> Relevance:
    if value >= strong:
        return Relevance.STRONG
    return Relevance.FAIR if value >= fair else Relevance.WEAK
