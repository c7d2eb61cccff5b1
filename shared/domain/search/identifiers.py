"""Words that a text has exactly or not at all, such as the numbers of documents and parts."""

import re
from collections.abc import Iterable
from itertools import islice

WORDS_MAX = 32
"""So many of a long query are looked for."""
DIGITS_MIN = 5
"""A shorter number may be in many texts."""
_TOKEN = re.compile(r"\w(?:[\w.:/@#+'-]*\w)?")


def tokens(text: str) -> list[str]:
    """Return the words of a normalised text, with the marks inside them."""
    return [token.removesuffix("'s") for token in _TOKEN.findall(text)]


def is_identifier(token: str) -> bool:
    """Return whether a token is a number of a document, a part or the like."""
    digits = sum(each.isdecimal() for each in token)
    return digits >= DIGITS_MIN or (digits > 0 and any(each.isalpha() for each in token))


def exactly(words: Iterable[str], flags: int) -> re.Pattern[str] | None:
    """Return a pattern that finds any of the words. None if there are none."""
    first = islice(dict.fromkeys(words), WORDS_MAX)
    quoted = "|".join(map(re.escape, first))
    return re.compile(rf"(?<!\w)(?:{quoted})(?:'?s)?(?!\w)", flags) if quoted else None
