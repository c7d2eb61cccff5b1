"""Highlights for scripts without spaces, where any two adjacent characters may be a word."""

import re
from collections.abc import Iterator
from itertools import groupby, pairwise

UNSEGMENTED = (
    "\u0e00-\u0eff\u0f00-\u0fff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3005-\u3007"
    "\u3040-\u30ff\u3130-\u318f\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7ff"
    "\uf900-\ufaff\U00020000-\U0003ffff"
)
"""Han, kana, Hangul, Thai, Lao, Tibetan, Burmese and Khmer, as in the database's text_lexemes."""

_RUN = re.compile(f"[{UNSEGMENTED}]+")


def without_unsegmented(text: str) -> str:
    """Return `text` with a space in place of each run in scripts without spaces."""
    return _RUN.sub(" ", text)


def unsegmented_part(text: str) -> str:
    """Return the runs in scripts without spaces, separated by spaces."""
    return " ".join(_RUN.findall(text))


def unsegmented_words(text: str) -> frozenset[str]:
    """Return the pairs of adjacent characters in each run, and the only characters of runs."""
    return frozenset(word for run in _RUN.findall(text) for word in _words(run))


def mark_unsegmented(text: str, words: frozenset[str], start: str, end: str) -> str:
    """Return `text` with `start` and `end` around each of the unsegmented `words`.

    Matches that are marked already stay as they are.
    """
    if not words:
        return text
    marked = re.compile(f"({re.escape(start)}.*?{re.escape(end)})", re.DOTALL)
    pieces = marked.split(text)
    pieces[::2] = [_mark(piece, words, start, end) for piece in pieces[::2]]
    return "".join(pieces)


def _words(run: str) -> Iterator[str]:
    return map("".join, pairwise(run)) if len(run) > 1 else iter(run)


def _mark(text: str, words: frozenset[str], start: str, end: str) -> str:
    matched = _matched(text, words)
    pieces = []
    for is_match, indexes in groupby(range(len(text)), key=matched.__getitem__):
        run = "".join(text[index] for index in indexes)
        pieces.append(f"{start}{run}{end}" if is_match else run)
    return "".join(pieces)


def _matched(text: str, words: frozenset[str]) -> list[bool]:
    """Return for each character whether it belongs to one of the words."""
    matched = [False] * len(text)
    for index in range(len(text)):
        for word in (text[index], text[index : index + 2]):
            if word in words:
                matched[index : index + len(word)] = [True] * len(word)
    return matched
