"""Finds the part of a long text that has the rarest words of a query."""

import re
from collections.abc import Iterator
from itertools import islice
from typing import Self

from shared.domain.search.lexing.characters import UNSPACED
from shared.domain.search.lexing.forms import EXACT, FOLDED
from shared.domain.search.snippets.excerpts import Excerpt, densest, word_border
from shared.domain.search.snippets.matching import Lexemes, Match, matches, occurrences
from shared.domain.search.snippets.searchable import Searchable, base_letters

REGION_CHARACTERS = 1200
STEMS_MAX = 12
MATCHES_MAX = 500
OCCURRENCES_MAX = 2000
"""Only some occurrences of a stem are matches: `ink` is in thinking."""
READ_CHARACTERS = 20_000
"""So much of a text without any stem is read word by word."""
LEXED_SHARE, LEXED_MIN = 1 / 4, 1000
"""So many characters of a text are lexed, and occurrences of stems looked at. The texts of a page
share a number of characters, so this bounds the time of a page too."""
BEFORE_CHARACTERS, BEHIND_CHARACTERS = 32, 64
"""How much of a long run without white space is read around a stem."""
STEM_MIN, ENDING = 3, 2
"""Stemming changes up to so many last letters of a word: frequency has the stem `frequent`."""

_RUN = re.compile(r"\S*")
_WORD = re.compile(r"\S+")
_UNSPACED = re.compile(f"[{UNSPACED}]")


def region(text: str, lexemes: Lexemes) -> Excerpt:
    """Return the part of a long text that is looked at closely.

    The beginnings of the query's words are searched for, because that is fast. What is found is
    read as words only there. A text without any is read as words from its beginning.
    """
    if len(text) <= 2 * REGION_CHARACTERS:
        return Excerpt(0, len(text))
    effort = _Effort(text, lexemes)
    found = sorted(_found(text, lexemes, effort)) or matches(_beginning(text, effort), lexemes)
    middle = densest(found)[0].start if found else 0
    start = max(0, min(middle - REGION_CHARACTERS // 2, len(text) - REGION_CHARACTERS))
    end = start + REGION_CHARACTERS
    return Excerpt(word_border(text, start), end if end == len(text) else word_border(text, end))


class _Effort:
    """What may still be done to read a text. Lexing a run takes longer than looking it up."""

    def __init__(self, text: str, lexemes: Lexemes) -> None:
        self.read = lexemes.matches
        self._looks = 0
        self._most = self._done() + max(LEXED_MIN, int(len(text) * LEXED_SHARE))
        self._pause = self._most

    def share(self, parts: int) -> Self:
        """Allow one of so many equal parts of what is left."""
        done = self._done()
        self._pause = done + (self._most - done) // parts
        return self

    def allows_another(self) -> bool:
        """Count another occurrence, and return whether it may be looked at."""
        self._looks += 1
        return self._done() <= self._pause

    def _done(self) -> int:
        return self._looks + self.read.lexed


def _found(text: str, lexemes: Lexemes, effort: _Effort) -> set[Match]:
    """Return the matches at the stems of the rarest words."""
    searchable, found = Searchable(text), set[Match]()
    stems = list(islice(_stems(lexemes), STEMS_MAX))
    for number, stem in enumerate(stems):
        share = effort.share(len(stems) - number)
        found.update(islice(_matches(text, searchable, stem, share), MATCHES_MAX))
    return found


def _beginning(text: str, effort: _Effort) -> str:
    """Return the beginning of a text whose runs may be read."""
    for run in _WORD.finditer(text, 0, READ_CHARACTERS):
        if run.group() not in effort.read and not effort.allows_another():
            return text[: run.start()]
        effort.read[run.group()]
    return text[:READ_CHARACTERS]


def _stems(lexemes: Lexemes) -> Iterator[str]:
    """Yield the common beginnings of each lexeme's words, the rarest first."""
    rarest = sorted(lexemes, key=lambda lexeme: -lexemes[lexeme].weight)
    stems = (base_letters(lexeme.lstrip(FOLDED + EXACT)) for lexeme in rarest)
    return iter(dict.fromkeys(filter(None, map(_without_ending, stems))))


def _without_ending(stem: str) -> str:
    if not stem.isalpha() or _UNSPACED.match(stem):
        return stem
    return stem[: max(STEM_MIN, len(stem) - ENDING)]


def _matches(text: str, searchable: Searchable, stem: str, effort: _Effort) -> Iterator[Match]:
    """Yield the matches at a stem's occurrences."""
    around = _itself if _UNSPACED.match(stem) else _run_around
    for place in islice(occurrences(searchable.text, stem), OCCURRENCES_MAX):
        if not effort.allows_another():
            return
        start = searchable.origin(place)
        behind = place + len(stem)
        last = max(searchable.origin(behind - 1) + 1, searchable.origin(behind))
        first, end = around(text, start, last)
        for match in effort.read[text[first:end]]:
            if match.start <= start - first < match.end:
                yield Match(first + match.start, first + match.end, match.wanted)


def _itself(_: str, start: int, end: int) -> Excerpt:
    return Excerpt(start, end)


def _run_around(text: str, start: int, end: int) -> Excerpt:
    """Return the run without white space around a stem, or the near part of a long one."""
    before = text[max(0, start - BEFORE_CHARACTERS) : start]
    inside = 0 if not before or before[-1].isspace() else len(before.split()[-1])
    run = _RUN.match(text, start, end + BEHIND_CHARACTERS)
    return Excerpt(start - inside, run.end() if run else end)
