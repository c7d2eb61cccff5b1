"""Finds base64 and data URIs in a text: pictures and files, which nobody reads or looks for."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

BINARY_CHARACTERS = 200
"""Shorter data is left in the text."""
LINE_CHARACTERS = 60
"""The length of the shortest lines of data."""
SHARE_MIN = 0.04
"""Base64 has at least this share of capitals, of small letters and of digits."""

# Each alternative begins where a run begins, so the time is linear in the length of the text.
_BASE64 = "[A-Za-z0-9+/_-]"
_CANDIDATE = re.compile(
    rf"(?P<uri>\bdata:[\w.+-]{{1,64}}/[\w.+-]{{1,64}}[;,][^\s\"'()<>]{{{BINARY_CHARACTERS},}})"
    rf"|(?<!{_BASE64})(?:{_BASE64}{{{LINE_CHARACTERS},76}}\r?\n){{3,}}(?:{_BASE64}{{1,76}}={{0,2}})?"
    rf"|(?<!{_BASE64}){_BASE64}{{{BINARY_CHARACTERS},}}={{0,2}}"
)
_LINE = rf"\S{{{LINE_CHARACTERS},}}"
_LONG_WORDS = re.compile(
    rf"(?:\S{{0,{LINE_CHARACTERS - 1}}}\s)*+(?P<long>{_LINE}(?:\r?\n{_LINE})*+(?:\r?\n\S*)?)"
)
"""Finds words that may be data, and the line behind. It passes over the shorter words before."""
_KINDS = (re.compile("[A-Z]"), re.compile("[a-z]"), re.compile("[0-9]"))


@dataclass(frozen=True, slots=True)
class Region:
    """A piece of a text by its offsets in characters."""

    start: int
    end: int


def readable_regions(text: str) -> list[Region]:
    """Return the regions of `text` between binary data: usually one.

    Regions without a letter or digit are left out. A text without others keeps its beginning.
    """
    if len(text) < BINARY_CHARACTERS:
        return [Region(0, len(text))]
    borders = [0, *_binary_borders(text), len(text)]
    if len(borders) == 2:
        return [Region(0, len(text))]
    pairs = zip(borders[::2], borders[1::2], strict=True)
    found = [Region(start, end) for start, end in pairs if _has_words(text[start:end])]
    return found or [Region(0, BINARY_CHARACTERS)]


def _binary_borders(text: str) -> Iterator[int]:
    end = 0
    while words := _LONG_WORDS.match(text, end):
        start, end = words.span("long")
        for match in _CANDIDATE.finditer(text, start, end):
            if match["uri"] or _is_base64(match.group()):
                yield match.start()
                yield match.end()


def _is_base64(run: str) -> bool:
    """Return whether a run has as many different characters as data has. Words do not."""
    sample = run[: 4 * BINARY_CHARACTERS]
    return all(len(kind.findall(sample)) >= SHARE_MIN * len(sample) for kind in _KINDS)


def _has_words(text: str) -> bool:
    return any(map(str.isalnum, text))
