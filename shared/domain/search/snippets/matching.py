"""Finds the words of a query in a text, by the same rules that lexed the text."""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from shared.domain.search.lexing.characters import (
    APOSTROPHES,
    FIRST,
    IGNORED,
    SPACED,
    UNSPACED,
    normalized,
)
from shared.domain.search.lexing.documents import lexed_run
from shared.domain.search.lexing.forms import EXACT, FOLDED
from shared.domain.search.lexing.queries import Term

_WORD = f"[{FIRST}][{SPACED}{IGNORED}]*"
_TOKEN = re.compile(f"{_WORD}(?:[{APOSTROPHES}]{_WORD})*|(?P<unspaced>[{UNSPACED}]+)")
# Both patterns begin with the rarest condition, which the engine looks for fast. The first letter
# excludes most words, except for those that have parts: identifiers, numbers and contractions.
_ASCII_WORD = "{first}(?<![A-Za-z0-9]{first})(?<![A-Za-z0-9]'{first})[A-Za-z0-9]*(?:'[A-Za-z0-9]+)*"
_ASCII_TOKEN = re.compile("[A-Za-z0-9]+(?:'[A-Za-z0-9]+)*")
_ASCII_PART = re.compile("[A-Z0-9'](?<=[A-Za-z0-9].)")
_PREFIXED = {"indonesian", "irish"}
"""Languages whose stemmers change the beginnings of words."""
_JOINED = re.compile(r"[/:@\\&=?#+%$_.'-]{1,3}")


class Wanted(NamedTuple):
    """A term of the query, and how rare it is."""

    term: int
    weight: float


class Match(NamedTuple):
    """A place in a text that has a term of the query."""

    start: int
    end: int
    wanted: Wanted


Lexemes = Mapping[str, Wanted]


def wanted_lexemes(
    terms: Sequence[Term], weights: Sequence[float | None], language: str
) -> dict[str, Wanted]:
    """Return the lexemes that texts of a language are searched for."""
    found: dict[str, Wanted] = {}
    for number, (term, weight) in enumerate(zip(terms, weights, strict=True)):
        if term.form.sought and weight is not None and language in term.languages:
            for lexeme in term.form.lexemes:
                found.setdefault(lexeme, Wanted(number, weight))
    return found


def matches(text: str, language: str, lexemes: Lexemes) -> list[Match]:
    """Return the matches in order. The parts of a compound are several."""
    return list(_matches(text, language, lexemes)) if lexemes else []


def _matches(text: str, language: str, lexemes: Lexemes) -> Iterator[Match]:
    initials = {lexeme.lstrip(FOLDED + EXACT)[0] for lexeme in lexemes}
    any_initial = language in _PREFIXED
    if text.isascii() and not any_initial:
        yield from _ascii_matches(text, language, lexemes, initials)
        return
    for token in _TOKEN.finditer(text):
        word = token.group()
        if token.lastgroup:
            yield from _unspaced(word, token.start(), lexemes)
        elif not (any_initial or _may_match(word, initials)):
            continue
        elif wanted := _wanted(word, language, lexemes):
            yield Match(token.start(), token.end(), wanted)


def _ascii_matches(
    text: str, language: str, lexemes: Lexemes, initials: set[str]
) -> Iterator[Match]:
    tokens = set(_compounds(text))
    for initial in filter(str.isascii, initials):
        tokens.update(found.span() for found in _words_with(initial).finditer(text))
    for start, end in sorted(tokens):
        if wanted := _wanted(text[start:end], language, lexemes):
            yield Match(start, end, wanted)


@lru_cache(128)
def _words_with(initial: str) -> re.Pattern[str]:
    """Return the pattern of words that begin with a letter, in upper or lower case."""
    letters = f"[{re.escape(initial)}{re.escape(initial.upper())}]"
    return re.compile(_ASCII_WORD.format(first=letters))


def _compounds(text: str) -> Iterator[tuple[int, int]]:
    """Yield the words that have a capital, a digit or an apostrophe behind their beginning."""
    end = 0
    for part in _ASCII_PART.finditer(text):
        if part.start() < end:
            continue
        start = part.start()
        while start and (text[start - 1].isalnum() or text[start - 1] == "'"):
            start -= 1
        found = _ASCII_TOKEN.search(text, start)
        if found is not None:
            end = found.end()
            yield found.span()


def _may_match(word: str, initials: set[str]) -> bool:
    """Return whether a word needs a closer look. The first letter excludes most words."""
    return word[0].lower() in initials or not (word.isascii() and word[1:].islower())


def _wanted(word: str, language: str, lexemes: Lexemes) -> Wanted | None:
    run = lexed_run(language, normalized(word))
    found = [lexemes[each] for place in run.places for each in place if each in lexemes]
    return max(found, key=lambda wanted: wanted.weight, default=None)


def _unspaced(run: str, offset: int, lexemes: Lexemes) -> Iterator[Match]:
    """Yield the pairs and single characters of a run that are wanted."""
    units = list(_units(run))
    for index, (start, end, unit) in enumerate(units):
        if unit in lexemes:
            yield Match(offset + start, offset + end, lexemes[unit])
        if index + 1 < len(units) and (pair := unit + units[index + 1][2]) in lexemes:
            yield Match(offset + start, offset + units[index + 1][1], lexemes[pair])


def _units(run: str) -> Iterator[tuple[int, int, str]]:
    """Yield the characters of the normalised run, each with its place in the run itself."""
    if unicodedata.is_normalized("NFKC", run):
        yield from ((index, index + 1, character) for index, character in enumerate(run))
        return
    start = 0
    while start < len(run):
        end = start + 1
        while end < len(run) and len(normalized(run[start : end + 1])) < 2:
            end += 1
        yield from ((start, end, character) for character in normalized(run[start:end]))
        start = end


def marked(text: str, found: Sequence[Match], start: str, end: str) -> str:
    """Return `text` with `start` and `end` around matches. Joined matches are marked as one."""
    pieces, last = [], 0
    for first, behind in _merged(text, found):
        pieces += [text[last:first], start, text[first:behind], end]
        last = behind
    return "".join([*pieces, text[last:]])


def _merged(text: str, found: Sequence[Match]) -> list[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    for match in found:
        gap = text[spans[-1][1] : match.start] if spans else " "
        if spans and (match.start <= spans[-1][1] or _JOINED.fullmatch(gap)):
            spans[-1] = (spans[-1][0], max(spans[-1][1], match.end))
        else:
            spans.append((match.start, match.end))
    return spans
