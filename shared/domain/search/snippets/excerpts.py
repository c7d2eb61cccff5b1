"""Chooses which part of a text to quote: whole sentences with the rarest words of the query."""

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from shared.domain.search.snippets.matching import Match

EXCERPT_CHARACTERS = 250
SHORT_CHARACTERS = 100
"""An excerpt of whole sentences that is shorter is continued to the middle of the next one."""
LEAD_CHARACTERS = 120
"""The longest beginning of a sentence that is quoted before the first match."""
WINDOW_CHARACTERS = 200
BORDER_CHARACTERS = 24

# It begins with a set of characters, which the engine looks for fast.
_SENTENCE = re.compile(
    r"[.!?…。！？｡\n](?:(?<=[.!?…])[\"'”’)\]]*\s+|(?<=[。！？｡])[”’」』）]*|(?<=\n)\s*)"  # noqa: RUF001 - full stops of other scripts
)
_WRAPPED_CHARACTERS = 30
"""A shorter line is an item of a list or a line of code, and none of a paragraph."""
_WRAPPED = re.compile(rf"[^\n]{{{_WRAPPED_CHARACTERS}}}[\w,][ \r]?\n[ \t]*\Z")


class Excerpt(NamedTuple):
    """A part of a text by its offsets."""

    start: int
    end: int


def densest(found: Sequence[Match]) -> Sequence[Match]:
    """Return neighbouring matches: the rarest term, with as many others as stand near it."""
    rarest = max((match.wanted for match in found), key=lambda wanted: wanted.weight).term
    counts, total, left = defaultdict[int, int](int), 0.0, 0
    best, best_total = found[:1], -1.0
    for right, match in enumerate(found):
        counts[match.wanted.term] += 1
        total += match.wanted.weight if counts[match.wanted.term] == 1 else 0
        while match.start - found[left].start > WINDOW_CHARACTERS:
            first = found[left].wanted
            counts[first.term] -= 1
            total -= 0 if counts[first.term] else first.weight
            left += 1
        if counts[rarest] and total > best_total + 1e-9:
            best, best_total = found[left : right + 1], total
    return best


def excerpt(text: str, found: Sequence[Match]) -> Excerpt:
    """Return the part of `text` to quote, with the best of the matches or from its beginning."""
    if len(text) <= EXCERPT_CHARACTERS:
        return Excerpt(0, len(text))
    borders = [each for each in sentence_borders(text) if not _is_wrapped(text, each)]
    best = densest(found) if found else ()
    first, last = (best[0].start, best[-1].end) if best else (0, 0)
    start = borders[bisect_right(borders, first) - 1]
    if first - start > LEAD_CHARACTERS:
        start = word_border(text, first - LEAD_CHARACTERS // 2)
    end = _end(text, borders, start, last)
    return Excerpt(_filled_start(borders, start, end), end)


def sentence_borders(text: str) -> list[int]:
    """Return where sentences begin, and the end of the text."""
    borders = [0, *(match.end() for match in _SENTENCE.finditer(text))]
    return [*borders, len(text)] if borders[-1] < len(text) else borders


def _is_wrapped(text: str, position: int) -> bool:
    """Return whether a line begins at `position` that goes on with the sentence before it."""
    before = text[max(0, position - _WRAPPED_CHARACTERS - BORDER_CHARACTERS) : position]
    return text[position : position + 1].islower() and _WRAPPED.search(before) is not None


def _end(text: str, borders: Sequence[int], start: int, last: int) -> int:
    """Return where an excerpt ends: behind a sentence if it is long enough by then."""
    limit = max(start + EXCERPT_CHARACTERS, last)
    border = borders[bisect_right(borders, limit) - 1]
    if border == len(text) or border >= max(last, start + SHORT_CHARACTERS):
        return border
    return max(last, word_border(text, limit))


def _filled_start(borders: Sequence[int], start: int, end: int) -> int:
    """Return the beginning of the first sentence before `start` that there is room for."""
    if start not in borders:
        return start
    return min(start, borders[bisect_left(borders, end - EXCERPT_CHARACTERS)])


def word_border(text: str, position: int) -> int:
    """Return a place near before `position` where a word begins, or else a character."""
    for near in range(position, max(0, position - BORDER_CHARACTERS), -1):
        if text[near - 1].isspace():
            return near
    while position < len(text) and unicodedata.category(text[position])[0] == "M":
        position += 1
    return position


def is_sentence_border(text: str, position: int) -> bool:
    """Return whether a sentence or the text begins or ends at `position`."""
    if position in {0, len(text)}:
        return True
    if _is_wrapped(text, position):
        return False
    before = text[max(0, position - BORDER_CHARACTERS) : position]
    return any(match.end() == len(before) for match in _SENTENCE.finditer(before))
