"""Pairs of questions with nearly the same words and different answers, made from templates."""

from collections.abc import Iterator, Sequence
from itertools import combinations, permutations, product
from typing import NamedTuple

from bench.questions import near_miss_words as words
from bench.questions.other_languages import NEAR_MISSES as OTHER_LANGUAGES
from bench.questions.written_near_misses import WRITTEN


class Pair(NamedTuple):
    """Two questions, and in what they differ or which form they change."""

    kind: str
    first: str
    second: str


def near_misses() -> list[Pair]:
    """Return all pairs, none twice."""
    pairs = [Pair(kind, *pair) for kind, made in _MADE.items() for pair in made()]
    pairs += [Pair(kind, *pair) for kind, given in WRITTEN.items() for pair in given]
    pairs += [Pair(kind, *pair) for kind, given in OTHER_LANGUAGES.items() for pair in given]
    return list({frozenset(pair[1:]): pair for pair in pairs}.values())


Texts = Iterator[tuple[str, str]]


def _reversals() -> Texts:
    for template, (a, b) in product(words.DIRECTED, words.THINGS):
        yield template.format(a=a, b=b), template.format(a=b, b=a)


def _swaps(templates: Sequence[str], pairs: Sequence[tuple[str, str]]) -> Texts:
    for template, (a, b) in product(templates, pairs):
        yield template.format(a), template.format(b)


def _numbers() -> Texts:
    return _swaps(words.NUMBERED, words.NUMBERS)


def _names() -> Texts:
    return _swaps(words.NAMED, words.NAMES)


def _dates() -> Texts:
    return _swaps(words.DATED, words.DATES)


def _units() -> Texts:
    return _swaps(words.MEASURED, words.UNITS)


def _antonyms() -> Texts:
    for (a, b), thing in product(words.ANTONYMS, words.OBJECTS):
        yield f"How do I {a} the {thing}?", f"How do I {b} the {thing}?"


def _scopes() -> Texts:
    for (a, b), rest in product(words.SCOPES, words.SCOPED):
        yield rest.format(a), rest.format(b)


def _orders() -> Texts:
    for (a, b), rest in product(words.ORDERS, words.ORDERED):
        yield rest.format(a), rest.format(b)


def _comparisons() -> Texts:
    return _swaps(words.COMPARED, words.COMPARISONS)


def _negations() -> Texts:
    for (positive, negative), who in product(words.NEGATED, words.PEOPLE):
        yield positive.format(who), negative.format(who)


def _facts() -> Texts:
    for facts, things in words.FACTS:
        for (a, b), thing in product(combinations(facts, 2), things):
            yield f"What is the {a} of {thing}?", f"What is the {b} of {thing}?"


def _question_words() -> Texts:
    for asked, rest in words.ASKED:
        for a, b in combinations(asked, 2):
            yield f"{a} {rest}?", f"{b} {rest}?"


def _tenses() -> Texts:
    for forms, rest in words.TENSES:
        for a, b in combinations(forms, 2):
            yield rest.format(a), rest.format(b)


def _modals() -> Texts:
    for (a, b), rest in product(permutations(["Can", "Must", "Should"], 2), words.MODAL):
        if a < b:
            yield f"{a} {rest}?", f"{b} {rest}?"


_MADE = {
    "reversal": _reversals,
    "number": _numbers,
    "negation": _negations,
    "name": _names,
    "antonym": _antonyms,
    "scope": _scopes,
    "unit": _units,
    "date": _dates,
    "order": _orders,
    "comparison": _comparisons,
    "fact": _facts,
    "question word": _question_words,
    "tense": _tenses,
    "modal": _modals,
}
