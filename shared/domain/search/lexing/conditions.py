"""The phrases that a text must or must not have, as tsqueries."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate

from shared.domain.search.lexing.characters import normalized
from shared.domain.search.lexing.forms import FOLDED, any_of, anywhere, exact_form
from shared.domain.search.lexing.queries import QUERY_CHARACTERS, normalized_places, word_lexemes
from shared.domain.search.lexing.runs import Place
from shared.domain.search.query_syntax import ParsedQuery

PHRASES_MAX = 16
"""The phrases of a query behind the first ones are words."""
WORDS_MAX = 16
"""The phrases of a query share this number, because each word is compared at all of its places in a
text. Further words of a phrase are not compared. An excluded phrase is compared as a whole or left
out, since its beginning alone excludes more."""
WORDS_MIN = 8
"""So many words of each phrase are compared in any case."""
CACHED_CONDITIONS = 64
"""A search asks for its condition several times."""


@dataclass(frozen=True, slots=True)
class WordCondition:
    """A tsquery that texts must meet, and the part of it that an index can look up, if any."""

    whole: str
    required: str | None


@lru_cache(CACHED_CONDITIONS)
def word_condition(parsed: ParsedQuery, languages: tuple[str, ...]) -> WordCondition | None:
    """Return the condition of a query on texts in `languages`."""
    groups, excluded = parsed.required[:PHRASES_MAX], parsed.excluded[:PHRASES_MAX]
    phrases = sum(map(len, groups)) + len(excluded)
    words = max(WORDS_MIN, WORDS_MAX // max(phrases, 1))
    all_required = [_any_phrase(_cut(group, words), languages) for group in groups]
    required = " & ".join(filter(None, all_required)) or None
    none_of = _any_phrase(_whole(excluded, words * len(excluded)), languages)
    whole = " & ".join(filter(None, [required, none_of and f"!{none_of}"]))
    return WordCondition(whole, required) if whole else None


def _cut(phrases: Iterable[str], words: int) -> Iterator[Sequence[Place]]:
    """Yield the first words of each phrase."""
    return (normalized_places(phrase)[:words] for phrase in phrases)


def _whole(phrases: Iterable[str], words: int) -> Iterator[Sequence[Place]]:
    """Yield the shortest phrases that have so many words together, none of them cut."""
    readable = (each for each in phrases if len(normalized(each)) <= QUERY_CHARACTERS)
    ordered = sorted(map(normalized_places, readable), key=len)
    totals = accumulate(map(len, ordered))
    return (places for places, total in zip(ordered, totals, strict=True) if total <= words)


def _any_phrase(phrases: Iterable[Sequence[Place]], languages: Sequence[str]) -> str:
    found = [
        query for places in phrases for language in languages for query in _phrase(language, places)
    ]
    return f"({' | '.join(dict.fromkeys(found))})" if found else ""


def _phrase(language: str, places: Sequence[Place]) -> Iterator[str]:
    words = [place for place in places if place.word]
    if len(words) == 1:
        yield any_of(_lexemes(language, words[0]))
    elif words:
        yield _adjacent(language, places)
        yield _late(language, words)


def _adjacent(language: str, places: Sequence[Place]) -> str:
    """Return a tsquery for the words one behind the other."""
    query, distance = "", 1
    for place in places:
        if not place.word:
            distance += 1
            continue
        operand = anywhere(_lexemes(language, place))
        query += f" <{distance}> {operand}" if query else operand
        distance = 1
    return f"({query})"


def _late(language: str, words: Iterable[Place]) -> str:
    """Return a tsquery for all words behind the last position of a very long text."""
    lexemes = (_lexemes(language, word) for word in words)
    plain = ([each for each in word if not each.startswith(FOLDED)] for word in lexemes)
    return f"({' & '.join(any_of(word, ':C') for word in plain)})"


def _lexemes(language: str, place: Place) -> list[str]:
    """Return the lexemes that a document has at the place of this word."""
    if not place.spaced:
        return [place.word]
    exact = exact_form(language, place.word)
    return list(dict.fromkeys([*word_lexemes(language, place.word), exact]))
