"""A text in which quotations are found whatever their spaces, letter case and typography."""

import re
import unicodedata

_IGNORED = frozenset("\u00ad\u200b\u200c\u200d\u2060\ufeff\u034f")
_ALIKE = str.maketrans("‘’‚‛“”„‟«»‐‑‒–—―−", '\'\'\'\'""""""-------')  # noqa: RUF001
_SPACES = re.compile(r"\s+")
_MARKUP = frozenset("*_`#>")
_ELLIPSIS = re.compile(r"\s*(?:…|\.{3,}|\[…\]|\[\.{3}\])\s*")
EDGES = " \t\r\n.,;:!?…'\"-"


def plain(text: str) -> str:
    """Return the text as it is compared."""
    return FindableText(text).plain


class FindableText:
    """A text, its plain form, and where each character of the plain form comes from."""

    def __init__(self, text: str) -> None:
        self.text = text
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

    def find(self, quotation: str) -> tuple[int, int] | None:
        """Return the offsets of a quotation in the text. Three dots stand for any words.

        Words must begin and end where those of the text do.
        """
        parts = [plain(part).strip(EDGES) for part in _ELLIPSIS.split(quotation)]
        parts = [part for part in parts if part]
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
        inside = 0 < at < len(self.plain)
        return not (inside and self.plain[at - 1].isalnum() and self.plain[at].isalnum())

    def _original(self, start: int, end: int) -> tuple[int, int]:
        return self._origins[start], self._origins[end - 1] + 1


def _plain_character(character: str) -> str:
    if character.isascii():
        if character in _MARKUP:
            return ""
        return " " if character.isspace() else character.lower()
    if character in _IGNORED:
        return ""
    folded = unicodedata.normalize("NFKC", character.translate(_ALIKE)).casefold()
    return _SPACES.sub(" ", unicodedata.normalize("NFD", folded))
