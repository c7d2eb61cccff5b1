"""A copy of a text in small base letters, in which the beginnings of words are looked for."""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Mapping

from shared.domain.search.lexing.characters import UNSPACED, folded, normalized

REPLACED_MAX = 16
"""More different characters are replaced in one pass, whose time does not grow with them."""
_DOTTED_I = "\u0130"
"""The only letter that becomes two when it is made small."""
_OF_ITS_SCRIPT = re.compile(f"[{UNSPACED}](?<![\u3099\u309a])")


class _BaseLetters(dict[int, str]):
    """The base letters of each character, computed when they are asked for."""

    def __missing__(self, code: int) -> str:
        plain = unicodedata.normalize("NFD", folded(normalized(chr(code)).casefold()))
        kept = (each for each in plain if not _is_accent(each))
        self[code] = unicodedata.normalize("NFC", "".join(kept))
        return self[code]


_BASE_LETTERS = _BaseLetters()


def _is_accent(character: str) -> bool:
    """Return whether a mark may be left out. Marks of scripts without spaces are as letters."""
    return unicodedata.combining(character) > 0 and not _OF_ITS_SCRIPT.match(character)


def base_letters(word: str) -> str:
    """Return what a word is in a searchable text."""
    return word.translate(_BASE_LETTERS)


class Searchable:
    """A text without case, accents, ligatures and characters that nobody sees.

    Each character is replaced by itself, so it has all words of the text, and maybe others.
    """

    def __init__(self, text: str) -> None:
        self._behind, self._shifts, self._resized = [0], [0], [len(text)]
        if text.isascii():
            self.text = text.lower()
            return
        small = text.replace(_DOTTED_I, "i").lower()
        replaced = {each: _BASE_LETTERS[ord(each)] for each in set(small)}
        replaced = {each: letters for each, letters in replaced.items() if letters != each}
        self.text = _with_replaced(small, replaced)
        resized = {each: len(letters) for each, letters in replaced.items() if len(letters) != 1}
        if resized:
            self._note(small, resized)

    def _note(self, text: str, lengths: Mapping[str, int]) -> None:
        """Note what is behind each character that is replaced by none or several."""
        shift, self._resized = 0, []
        for place, character in enumerate(text):
            if character in lengths:
                shift += lengths[character] - 1
                self._resized.append(place)
                self._behind.append(place + 1 + shift)
                self._shifts.append(shift)
        self._resized.append(len(text))

    def origin(self, offset: int) -> int:
        """Return where the character at `offset` is in the original text."""
        number = bisect_right(self._behind, offset) - 1 if len(self._behind) > 1 else 0
        return min(offset - self._shifts[number], self._resized[number])


def _with_replaced(text: str, replaced: Mapping[str, str]) -> str:
    if len(replaced) > REPLACED_MAX:
        return base_letters(text)
    for character, letters in replaced.items():
        text = text.replace(character, letters)
    return text
