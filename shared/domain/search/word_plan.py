"""How a search uses the words of its query: what each is worth, and which texts are looked at.

Any of the words may match. Texts are looked at if they have one of the rare words, or two of the
common ones. Others would score low. If the query has a phrase, texts with the phrase are.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from shared.domain.search.lexing.forms import any_of, quoted
from shared.domain.search.lexing.queries import Term

WORDS_MAX = 64
"""Of a longer query, the rarest words are used."""
PREFIX_CHARACTERS = 5
"""The length of the shortest word that also finds longer words which begin with it."""


class WordStatistics(NamedTuple):
    """The number of texts, their average length, and the texts that have each term.

    A term that is not listed (None) is so rare that `unlisted_documents` is a good estimate.
    """

    documents: float
    average_length: float
    unlisted_documents: float
    of_terms: Sequence[float | None]


class Word(NamedTuple):
    """A term in use: how many texts have it, and what it adds to the score of a text at most."""

    number: int
    term: Term
    documents: float
    weight: float

    @property
    def literal(self) -> str:
        """The texts with the term, as PostgreSQL's tsquery."""
        return any_of(self.term.form.lexemes)


class WordPlan(NamedTuple):
    """The words in use, and what is looked up, as PostgreSQL's tsquery.

    At most `documents` texts have any of them. `selective` finds about as many as were expected,
    `any_word` all of them, and `prefixes` those with words that begin alike, too. `longer` finds
    the latter alone. None: there is nothing to look up. `has_phrase`: texts must have a phrase.
    `skips_words` and `skips_all`: one word or all of them are too common to be looked up alone.
    """

    words: Sequence[Word]
    documents: float
    average_length: float
    selective: str | None
    any_word: str | None
    prefixes: str | None
    longer: str | None
    has_phrase: bool
    skips_words: bool
    skips_all: bool

    def weights(self, terms: Sequence[Term]) -> list[float | None]:
        """Return the weight of each term, None for those that are not in use."""
        found = {word.number: word.weight for word in self.words}
        return [found.get(number) for number in range(len(terms))]


def planned(
    terms: Sequence[Term],
    statistics: WordStatistics,
    expected: float,
    common: float,
    required: str | None = None,
) -> WordPlan:
    """Plan a search that looks at about `expected` texts.

    A word in more than `common` texts is looked up only together with a rarer one, because the
    index reads all texts of a word before it returns the first. `required` is what texts must have.
    """
    words = _rarest(terms, statistics)
    sought = [word for word in words if word.term.form.sought]
    sums = list(_sums(word.documents for word in sought))
    rare = sum(total <= expected for total in sums)
    allowed = [word for word, total in zip(sought, sums, strict=True) if total <= common]
    alternatives = [
        *(word.literal for word in sought[:rare]),
        *_pairs(sought[rare:], expected, statistics.documents),
    ]
    if not alternatives and allowed:
        alternatives = [" & ".join(word.literal for word in sought)]
    longer = None if required else _longer(allowed)
    return WordPlan(
        words,
        sums[-1] if sums else 0.0,
        statistics.average_length,
        selective=required or _or(alternatives),
        any_word=required or _or(word.literal for word in sought),
        prefixes=_or([*(word.literal for word in allowed), longer]) if longer else None,
        longer=longer,
        has_phrase=required is not None,
        skips_words=len(allowed) < len(sought),
        skips_all=bool(sought) and not allowed,
    )


def _rarest(terms: Sequence[Term], statistics: WordStatistics) -> list[Word]:
    """Return the terms in use: first those that are sought, the rarest first."""
    words = [
        _word(number, term, documents, statistics)
        for number, (term, documents) in enumerate(zip(terms, statistics.of_terms, strict=True))
    ]
    words.sort(key=lambda word: (not word.term.form.sought, word.documents, word.literal))
    return words[:WORDS_MAX]


def _word(number: int, term: Term, documents: float | None, statistics: WordStatistics) -> Word:
    total = statistics.documents
    found = min(total, statistics.unlisted_documents if documents is None else documents)
    rarity = math.log(1 + (total - found + 0.5) / (found + 0.5))
    return Word(number, term, found, term.form.factor * term.times * rarity)


def _pairs(common: Sequence[Word], expected: float, documents: float) -> list[str]:
    """Return pairs of common words that about `expected` texts have.

    Words are taken to be independent. One word of each pair is among the two rarest.
    """
    pairs = [(first, other) for n, first in enumerate(common[:2]) for other in common[n + 1 :]]
    pairs.sort(key=lambda pair: pair[0].documents * pair[1].documents)
    sums = _sums(first.documents * other.documents / documents for first, other in pairs)
    others = defaultdict[Word, list[str]](list)
    for (first, other), total in zip(pairs, sums, strict=True):
        if total <= expected:
            others[first].append(other.literal)
    return [f"({first.literal} & ({' | '.join(found)}))" for first, found in others.items()]


def _sums(values: Iterable[float]) -> Iterable[float]:
    total = 0.0
    for value in values:
        total += value
        yield total


def _longer(words: Sequence[Word]) -> str | None:
    """Return the words that begin like the first lexemes of others, if one of these is long."""
    first = [word.term.form.lexemes[0] for word in words]
    return _or(f"{quoted(each)}:*" for each in first if len(each) >= PREFIX_CHARACTERS)


def _or(alternatives: Iterable[str]) -> str | None:
    return " | ".join(alternatives) or None
