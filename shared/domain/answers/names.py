"""The names and identifiers in a question: what a text has exactly, or not at all."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, islice

from shared.domain.search.lexing.characters import normalized
from shared.domain.search.lexing.stop_words import STOP_WORDS

NAMES_MAX = 32
"""So many names and so many identifiers of a long question are looked for."""
DIGITS_MIN = 5
"""A shorter number may be in many texts."""
_TOKEN = re.compile(r"\w(?:[\w.:/@#+'-]*\w)?")
_ENGLISH = STOP_WORDS["english"]


class Names:
    """The names of a question, to be looked for in texts."""

    def __init__(self, question: str) -> None:
        tokens = [token.removesuffix("'s") for token in _TOKEN.findall(normalized(question))]
        self._exact = _pattern(_proper_names(tokens), 0)
        self._ids = _pattern(filter(_is_id, tokens), re.IGNORECASE)

    @property
    def has_ids(self) -> bool:
        return self._ids is not None

    def are_in(self, text: str) -> bool:
        """Return whether a text has one of them."""
        plain = normalized(text)
        return any(each.search(plain) for each in (self._exact, self._ids) if each)


def _pattern(names: Iterable[str], flags: int) -> re.Pattern[str] | None:
    first = islice(dict.fromkeys(names), NAMES_MAX)
    quoted = "|".join(map(re.escape, first))
    return re.compile(rf"(?<!\w)(?:{quoted})(?:'?s)?(?!\w)", flags) if quoted else None


def _is_id(token: str) -> bool:
    """Return whether a token is a number of a document, a part or the like."""
    digits = sum(each.isdecimal() for each in token)
    return digits >= DIGITS_MIN or (digits > 0 and any(each.isalpha() for each in token))


def _proper_names(tokens: Sequence[str]) -> Iterator[str]:
    """Yield the words with capitals behind the first, joined if they are neighbours.

    If all words have capitals, these say nothing.
    """
    if any(token[0].isupper() and token.lower() in _ENGLISH - {"i"} for token in tokens[1:]):
        return
    places = [(n, token) for n, token in enumerate(tokens) if _is_proper(n, token)]
    for _, group in groupby(enumerate(places), key=lambda each: each[1][0] - each[0]):
        yield " ".join(token for _, (_, token) in group)


def _is_proper(place: int, token: str) -> bool:
    if token.lower() in _ENGLISH or _is_id(token) or not token[0].isupper():
        return False
    return place > 0 or (len(token) > 1 and token.isupper())
