"""Finds the part of a long text that has the rarest words of a query."""

import re
from collections.abc import Iterator
from itertools import islice

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
NEW_RUNS_MAX = 500
"""Reading a run for the first time takes much longer than looking it up."""
READ_CHARACTERS = 20_000
"""So much of a text without any stem is read word by word."""
BEFORE_CHARACTERS, BEHIND_CHARACTERS = 32, 64
"""How much of a long run without white space is read around a stem."""
STEM_MIN, ENDING = 3, 2
"""Stemming changes up to so many last letters of a word: frequency has the stem `frequent`."""

_RUN = re.compile(r"\S*")
_UNSPACED = re.compile(f"[{UNSPACED}]")


def region(text: str, lexemes: Lexemes) -> Excerpt:
    """Return the part of a long text that is looked at closely.

    The beginnings of the query's words are searched for, because that is fast. What is found is
    read as words only there. A text without any is read as words from its beginning.
    """
    if len(text) <= 2 * REGION_CHARACTERS:
        return Excerpt(0, len(text))
    found = sorted(_found(text, lexemes)) or matches(text[:READ_CHARACTERS], lexemes)
    middle = densest(found)[0].start if found else 0
    start = max(0, min(middle - REGION_CHARACTERS // 2, len(text) - REGION_CHARACTERS))
    end = start + REGION_CHARACTERS
    return Excerpt(word_border(text, start), end if end == len(text) else word_border(text, end))


def _found(text: str, lexemes: Lexemes) -> set[Match]:
    """Return the matches at the stems of the rarest words."""
    searchable, found = Searchable(text), set[Match]()
    for stem in islice(_stems(lexemes), STEMS_MAX):
        found.update(islice(_matches(text, searchable, stem, lexemes), MATCHES_MAX))
    return found


def _stems(lexemes: Lexemes) -> Iterator[str]:
    """Yield the common beginnings of each lexeme's words, the rarest first."""
    rarest = sorted(lexemes, key=lambda lexeme: -lexemes[lexeme].weight)
    stems = (base_letters(lexeme.lstrip(FOLDED + EXACT)) for lexeme in rarest)
    return iter(dict.fromkeys(filter(None, map(_without_ending, stems))))


def _without_ending(stem: str) -> str:
    if not stem.isalpha() or _UNSPACED.match(stem):
        return stem
    return stem[: max(STEM_MIN, len(stem) - ENDING)]


def _matches(text: str, searchable: Searchable, stem: str, lexemes: Lexemes) -> Iterator[Match]:
    """Yield the matches at a stem's occurrences."""
    read, known = lexemes.matches, len(lexemes.matches)
    around = _itself if _UNSPACED.match(stem) else _run_around
    for place in islice(occurrences(searchable.text, stem), OCCURRENCES_MAX):
        start = searchable.origin(place)
        behind = place + len(stem)
        last = max(searchable.origin(behind - 1) + 1, searchable.origin(behind))
        first, end = around(text, start, last)
        for match in read[text[first:end]]:
            if match.start <= start - first < match.end:
                yield Match(first + match.start, first + match.end, match.wanted)
        if len(read) - known > NEW_RUNS_MAX:
            return


def _itself(_: str, start: int, end: int) -> Excerpt:
    return Excerpt(start, end)


def _run_around(text: str, start: int, end: int) -> Excerpt:
    """Return the run without white space around a stem, or the near part of a long one."""
    before = text[max(0, start - BEFORE_CHARACTERS) : start]
    inside = 0 if not before or before[-1].isspace() else len(before.split()[-1])
    run = _RUN.match(text, start, end + BEHIND_CHARACTERS)
    return Excerpt(start - inside, run.end() if run else end)
