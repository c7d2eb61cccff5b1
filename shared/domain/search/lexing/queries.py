"""The terms of a query: what is looked for among the lexemes of texts, in each language."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple

from shared.domain.search.lexing import runs
from shared.domain.search.lexing.characters import folded, normalized
from shared.domain.search.lexing.forms import FOLDED, exact_form, stem
from shared.domain.search.lexing.own_words import stop_words_of
from shared.domain.search.lexing.runs import Place
from shared.domain.search.lexing.stop_words import STOP_WORDS

QUERY_CHARACTERS = 4000
"""The words of a longer query are left out."""
READINGS_MAX = 1024
"""A word is read in each language, in a quarter of the time if its script has no spaces. If a query
needs more readings, its last words are left out, and stop words before others."""
WORDS_MIN = 64
"""So many distinct words are read in any case."""
STOP_WORD_FACTOR = 0.02
WHOLE_FACTOR = 0.2
"""What a text gains that has a compound of the query as a whole, besides its parts."""
EXACT_FACTOR = 0.5
"""What a text gains that has the accents of the query's word."""
CACHED_FORMS = 16 * 1024


class Form(NamedTuple):
    """A word of the query as lexemes, any of which a text may have.

    The occurrences of those in `counted` count, and all of them are looked up. A form that is not
    `sought` finds no texts. It only adds to the score of those that were found.
    """

    lexemes: tuple[str, ...]
    counted: tuple[str, ...]
    factor: float = 1.0
    sought: bool = True

    @property
    def says_something(self) -> bool:
        """Return whether a text that has nothing else of the query may be a hit."""
        return self.factor != STOP_WORD_FACTOR


class Term(NamedTuple):
    """A form, how often the query has it, and the languages in which it does."""

    form: Form
    times: int
    languages: tuple[str, ...]


def normalized_places(text: str) -> list[Place]:
    """Return the places of a query's text, as those of a document would be."""
    return list(_places(text))


def _places(text: str) -> Iterator[Place]:
    plain = normalized(text[:QUERY_CHARACTERS])[:QUERY_CHARACTERS]
    return (place for run in plain.split() for place in runs.places(run))


def only_stop_words(text: str, languages: Iterable[str]) -> set[str]:
    """Return the languages of which almost any text has the words of a query."""
    left = {each: STOP_WORDS.get(each, frozenset[str]()) for each in languages}
    for place in _places(text):
        if place.wholes:
            return set()
        if place.word:
            left = {each: words for each, words in left.items() if place.is_among(words)}
        if not left:
            break
    return set(left)


def query_terms(text: str, languages: Sequence[str]) -> list[Term]:
    """Return the terms of a query. Stop words are sought only if it has no other words."""
    places = Counter(place for place in normalized_places(text) if place.word)
    said = {word for place in places for word in (place.word, *place.spellings[:1])}
    stop_words = stop_words_of(said, languages)
    of_any = frozenset[str]().union(*stop_words.values())
    if all(place.is_among(of_any) for place in places):
        of_any, stop_words = frozenset(), dict.fromkeys(languages, frozenset[str]())
    kept = _bounded(places, len(languages), of_any)
    found = defaultdict[tuple[Form, int], list[str]](list)
    for language in languages:
        for counted in _counted_forms(language, kept, stop_words[language]).items():
            found[counted].append(language)
    return [Term(form, times, tuple(named)) for (form, times), named in found.items()]


def _bounded(
    places: Mapping[Place, int], languages: int, stop_words: frozenset[str]
) -> Mapping[Place, int]:
    """Return as many distinct words as can be read in all languages, stop words last."""
    most = max(READINGS_MAX, WORDS_MIN * languages)
    if len(places) * languages <= most:
        return places
    ordered = sorted(places, key=lambda place: place.is_among(stop_words))
    unspaced = max(1, languages / 4)
    readings = accumulate(languages if place.spaced else unspaced for place in ordered)
    return {
        place: places[place]
        for place, number in zip(ordered, readings, strict=True)
        if number <= most
    }


def _counted_forms(
    language: str, places: Mapping[Place, int], stop_words: frozenset[str]
) -> Counter[Form]:
    counted = Counter[Form]()
    for place, times in places.items():
        for form in _forms(language, place, stop_words):
            counted[form] += times
    return counted


def _forms(language: str, place: Place, stop_words: frozenset[str]) -> Iterator[Form]:
    for whole in place.wholes:
        yield Form((whole,), (whole,), WHOLE_FACTOR)
    if not place.spaced:
        yield Form((place.word,), (place.word,))
    elif place.is_among(stop_words):
        lexemes = word_lexemes(language, place.word)
        yield Form(lexemes, lexemes, STOP_WORD_FACTOR, sought=False)
    else:
        yield from _sought_forms(language, place)


def _sought_forms(language: str, place: Place) -> tuple[Form, ...]:
    words = (place.word, *place.spellings)
    exact = tuple(exact_form(language, word) for word in words)
    return _forms_of(word_lexemes(language, place.word), exact)


@lru_cache(CACHED_FORMS)
def _forms_of(counted: tuple[str, ...], exact: tuple[str, ...]) -> tuple[Form, ...]:
    """Return the form that is looked for, and what only the exact word has.

    A text with the exact word has the plain lexemes as well, so only those are counted in full.
    """
    added = tuple(lexeme for lexeme in dict.fromkeys(exact) if lexeme not in counted)
    found = Form((*counted, *added), counted)
    return (found, Form(added, added, EXACT_FACTOR, sought=False)) if added else (found,)


def word_lexemes(language: str, word: str) -> tuple[str, ...]:
    """Return the lexemes of a query's word, for texts with and without accents."""
    plain = stem(language, folded(word))
    return (plain,) if word.isdecimal() else (plain, FOLDED + plain)
