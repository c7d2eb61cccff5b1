"""A text in which quotations are found whatever their spaces, letter case and typography."""

import re
import unicodedata
from collections.abc import Sequence

from shared.domain.search.lexing.characters import UNSPACED

_IGNORED = frozenset("\u00ad\u200b\u200c\u200d\u2060\ufeff\u034f")
_ALIKE = str.maketrans("‘’‚‛“”„‟«»‐‑‒–—―−", '\'\'\'\'""""""-------')  # noqa: RUF001
_SPACES = re.compile(r"\s+")
_MARKUP = frozenset("*_`#>")
_ELLIPSIS = re.compile(r"\s*(?:…|\.{3,}|\[…\]|\[\.{3}\])\s*")
_ROUND = {"[": "(", "]": ")"}
"""Numbers in square brackets have round ones in the prompt."""
_UNSPACED = re.compile(f"[{UNSPACED}]")
EDGES = " \t\r\n.,;:!?…'\"-"


def quoted_parts(quotation: str) -> list[str]:
    """Return the parts of a quotation as they are looked up. Three dots stand for any words."""
    parts = (FindableText(part).plain.strip(EDGES) for part in _ELLIPSIS.split(quotation))
    return [part for part in parts if part]


class FindableText:
    """A text, its plain form, and where each character of the plain form comes from."""

    def __init__(self, text: str) -> None:
        characters: list[str] = []
        origins: list[int] = []
        for at, character in enumerate(text):
            for each in _plain_character(character):
                if each == " " and (not characters or characters[-1] == " "):
                    continue
                characters.append(each)
                origins.append(at)
        self.plain = "".join(characters)
        self._origins = origins

    def find(self, parts: Sequence[str]) -> tuple[int, int] | None:
        """Return the offsets in the text from the first to the last part of a quotation.

        Words must begin and end where those of the text do, in scripts with spaces.
        """
        start = end = None
        at = 0
        for part in parts:
            found = self._find_words(part, at)
            if found < 0:
                return None
            start = found if start is None else start
            end = at = found + len(part)
        return None if start is None or end is None else self._original(start, end)

    def _find_words(self, part: str, at: int) -> int:
        while (found := self.plain.find(part, at)) >= 0:
            if self._is_border(found) and self._is_border(found + len(part)):
                return found
            at = found + 1
        return -1

    def _is_border(self, at: int) -> bool:
        if not 0 < at < len(self.plain):
            return True
        if self._origins[at - 1] == self._origins[at]:
            return False  # inside a character that is written as several here
        around = self.plain[at - 1 : at + 1]
        return not (around[0].isalnum() and around[1].isalnum()) or bool(_UNSPACED.search(around))

    def _original(self, start: int, end: int) -> tuple[int, int]:
        return self._origins[start], self._origins[end - 1] + 1


def _plain_character(character: str) -> str:
    if character.isascii():
        if character in _MARKUP:
            return ""
        return " " if character.isspace() else _ROUND.get(character, character.lower())
    if character in _IGNORED:
        return ""
    folded = unicodedata.normalize("NFKC", character.translate(_ALIKE)).casefold()
    return _SPACES.sub(" ", unicodedata.normalize("NFD", folded))
