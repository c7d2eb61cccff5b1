"""Finds the words between quotation marks in a text that grows."""

import re
from collections.abc import Iterator

from shared.domain.search.lexing.characters import UNSPACED

CHARACTERS = 4000
"""A longer text between two marks is no quotation."""
OPEN_MAX = 50

Span = tuple[int, int]

_ENDS = {
    "“": "”",
    "„": "“”",
    "”": "”",
    "«": "»",
    "»": "«",
    "「": "」",
    "『": "』",
    '"': '"',
}
"""The marks that can begin a quotation, and those that end it."""
MARKS = "".join(sorted({*_ENDS, *"".join(_ENDS.values())}))
_MARK = re.compile(f"[{MARKS}]")
_EITHER = frozenset('"”»')
"""Marks that begin some quotations and end others. What is beside them decides."""
_IN_WORD = re.compile(rf"[^\W{UNSPACED}]")


class Quotations:
    """The quotations of a text, also those inside others, however it comes in pieces."""

    def __init__(self) -> None:
        self._open: list[tuple[str, int]] = []
        self._read = 0

    def ended(self, text: str, *, is_end: bool) -> Iterator[Span]:
        """Yield the quotations that have ended since the last call, without their marks."""
        until = len(text) if is_end else len(text) - 1  # what follows a mark can decide
        for found in _MARK.finditer(text, self._read, max(until, self._read)):
            at = found.start()
            begun = self._begin(text, at)
            if begun is not None:
                yield from _stripped(text, begun + 1, at)
            elif _may_begin(text, at):
                self._open = [*self._open[1 - OPEN_MAX :], (text[at], at)]
        self._read = max(until, self._read)

    def _begin(self, text: str, at: int) -> int | None:
        """Return where the quotation begins that a mark ends, if it ends one."""
        if not _may_end(text, at):
            return None
        for place in reversed(range(len(self._open))):
            mark, begun = self._open[place]
            if text[at] in _ENDS[mark] and at - begun <= CHARACTERS:
                del self._open[place:]
                return begun
        return None


def _may_begin(text: str, at: int) -> bool:
    mark = text[at]
    if mark not in _EITHER:
        return mark in _ENDS
    return not _IN_WORD.match(text[at - 1 : at]) and bool(text[at + 1 : at + 2].strip())


def _may_end(text: str, at: int) -> bool:
    if text[at] != '"':
        return True
    return bool(text[at - 1 : at].strip()) and not _IN_WORD.match(text[at + 1 : at + 2])


def _stripped(text: str, start: int, end: int) -> Iterator[Span]:
    quoted = text[start:end]
    if quoted.strip():
        yield start + len(quoted) - len(quoted.lstrip()), start + len(quoted.rstrip())
