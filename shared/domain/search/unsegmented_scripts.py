"""Highlights for scripts without spaces, where any two adjacent characters may be a word."""

import re
from collections.abc import Iterator
from itertools import groupby, pairwise

# Han, kana, Hangul, Thai, Lao, Tibetan, Burmese and Khmer, as in the database's text_lexemes.
_RUN = re.compile(
    "[\u0e00-\u0eff\u0f00-\u0fff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3005-\u3007"
    "\u3040-\u30ff\u3130-\u318f\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7ff"
    "\uf900-\ufaff\U00020000-\U0003ffff]+"
)


def mark_unsegmented(text: str, query: str, start: str, end: str) -> str:
    """Return `text` with `start` and `end` around each match of the query's unspaced characters.

    Matches that are marked already stay as they are.
    """
    parts = set(_parts(query))
    if not parts:
        return text
    marked = re.compile(f"({re.escape(start)}.*?{re.escape(end)})", re.DOTALL)
    pieces = marked.split(text)
    pieces[::2] = [_mark(piece, parts, start, end) for piece in pieces[::2]]
    return "".join(pieces)


def _parts(query: str) -> Iterator[str]:
    """Yield the pairs of adjacent characters in each run, or the only character of a run."""
    for run in _RUN.findall(query):
        yield from map("".join, pairwise(run)) if len(run) > 1 else run


def _mark(text: str, parts: set[str], start: str, end: str) -> str:
    matched = _matched(text, parts)
    pieces = []
    for is_match, indexes in groupby(range(len(text)), key=matched.__getitem__):
        run = "".join(text[index] for index in indexes)
        pieces.append(f"{start}{run}{end}" if is_match else run)
    return "".join(pieces)


def _matched(text: str, parts: set[str]) -> list[bool]:
    """Return for each character whether it belongs to one of the parts."""
    matched = [False] * len(text)
    for index in range(len(text)):
        for part in (text[index], text[index : index + 2]):
            if part in parts:
                matched[index : index + len(part)] = [True] * len(part)
    return matched
