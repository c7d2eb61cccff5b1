"""Finds the words of a query in a text, by the same rules that lexed the text."""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from string import punctuation
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
from shared.domain.search.lexing.forms import EXACT, FOLDED, stem
from shared.domain.search.lexing.queries import Term
from shared.domain.search.lexing.runs import WORD_CHARACTERS
from shared.domain.search.snippets.searchable import base_letters

_WORD = f"[{FIRST}][{SPACED}{IGNORED}]*"
_TOKEN = re.compile(f"{_WORD}(?:[{APOSTROPHES}]{_WORD})*|(?P<unspaced>[{UNSPACED}]+)")
PREFIXED = frozenset(
    ("dutch", "greek", "indonesian", "irish", "lithuanian", "serbian", "sesotho", "turkish")
)
"""Languages whose stemmers change the beginnings of words."""
LAST_CYRILLIC = "\u052f"
"""Latin, Greek and Cyrillic letters come before. Stemmers of other scripts know prefixes."""
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


class Lexemes(dict[str, Wanted]):
    """The lexemes that texts of a language are searched for."""

    def __init__(self, language: str, lexemes: Mapping[str, Wanted]) -> None:
        super().__init__(lexemes)
        self.matches = _MatchesInRuns(language, lexemes)


class _MatchesInRuns(dict[str, Sequence[Match]]):
    """The matches in each run without white space. A run is lexed once for all texts of a page.

    `lexed` is how many characters were, without those of plain words.
    """

    def __init__(self, language: str, lexemes: Mapping[str, Wanted]) -> None:
        super().__init__()
        self.lexed = 0
        self._language = language
        self._lexemes = lexemes
        initials = {base_letters(lexeme.lstrip(FOLDED + EXACT))[:1] for lexeme in lexemes}
        self._initials = frozenset[str]() if language in PREFIXED else initials

    def __missing__(self, run: str) -> Sequence[Match]:
        self[run] = found = self._lexed(run)
        return found

    def _lexed(self, run: str) -> Sequence[Match]:
        """Return the matches in a run. The only lexeme of a plain word is its stem."""
        word = run.strip(punctuation)
        is_single = _is_single(word)
        if self._lacks_initials(word[0] if is_single else run):
            return ()
        if not (is_single and word.isascii()):
            self.lexed += len(run)
            return tuple(self._matches(run))
        wanted, start = self._lexemes.get(stem(self._language, word.lower())), run.find(word)
        return (Match(start, start + len(word), wanted),) if wanted else ()

    def _lacks_initials(self, letters: str) -> bool:
        """Return whether surely no word of the query begins with one of the letters."""
        if not self._initials or max(letters) > LAST_CYRILLIC:
            return False
        return self._initials.isdisjoint(base_letters(letters))

    def _matches(self, run: str) -> Iterator[Match]:
        for token in _TOKEN.finditer(run):
            if token.lastgroup:
                yield from _unspaced(token.group(), token.start(), self._lexemes)
            elif wanted := self._wanted(token.group()):
                yield Match(token.start(), token.end(), wanted)

    def _wanted(self, word: str) -> Wanted | None:
        run, lexemes = lexed_run(self._language, normalized(word)), self._lexemes
        found = [lexemes[each] for place in run.places for each in place if each in lexemes]
        return max(found, key=lambda wanted: wanted.weight) if found else None


def _is_single(word: str) -> bool:
    """Return whether a run is one word that is stemmed at its end, and no name like parseHttp.

    Some letters are signs when they are normalised, such as the apostrophe in l\u02bcamour.
    """
    if not word.isalpha() or len(word) > WORD_CHARACTERS:
        return False
    if word.isascii():
        return word.islower() or word.istitle() or word.isupper()
    return max(word) <= LAST_CYRILLIC and normalized(word).isalpha()


def wanted_lexemes(
    terms: Sequence[Term], weights: Sequence[float | None], language: str
) -> Lexemes:
    """Return the lexemes that texts of a language are searched for."""
    found: dict[str, Wanted] = {}
    for number, (term, weight) in enumerate(zip(terms, weights, strict=True)):
        if term.form.sought and weight is not None and language in term.languages:
            for lexeme in term.form.lexemes:
                found.setdefault(lexeme, Wanted(number, weight))
    return Lexemes(language, found)


def matches(text: str, lexemes: Lexemes) -> list[Match]:
    """Return the matches in order. The parts of a compound are several."""
    return sorted(_matches(text, lexemes)) if lexemes else []


def _matches(text: str, lexemes: Lexemes) -> Iterator[Match]:
    end = 0
    for run in text.split():
        start = text.index(run, end)
        end = start + len(run)
        for match in lexemes.matches[run]:
            yield Match(start + match.start, start + match.end, match.wanted)


def occurrences(text: str, part: str) -> Iterator[int]:
    """Yield where a part begins in a text."""
    start = text.find(part)
    while start >= 0:
        yield start
        start = text.find(part, start + len(part))


def _unspaced(run: str, offset: int, lexemes: Mapping[str, Wanted]) -> Iterator[Match]:
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
