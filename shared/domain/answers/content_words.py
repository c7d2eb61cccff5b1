"""The words of a text that carry its content, in any language, by their beginnings."""

import re
import unicodedata
from functools import lru_cache

from shared.domain.search.lexing.stop_words import STOP_WORDS
from shared.domain.stream_safe import stream_safe

STEM_CHARACTERS = 6
"""Enough to tell words apart, and few enough to leave out most endings."""

_WORD = re.compile(r"\w+(?:['’]\w+)*")  # noqa: RUF001


def content_words(text: str) -> list[str]:
    """Return the beginnings of the words that are no stop words, in their order."""
    folded = unicodedata.normalize("NFKC", stream_safe(text)).casefold()
    words = (found.group().replace("’", "'") for found in _WORD.finditer(folded))  # noqa: RUF001
    return [word[:STEM_CHARACTERS] for word in words if word not in _all_stop_words()]


@lru_cache(1)
def _all_stop_words() -> frozenset[str]:
    return frozenset().union(*STOP_WORDS.values())
