"""The names and identifiers in a question: what a text has exactly, or not at all."""

import re
from collections.abc import Iterator, Sequence
from itertools import groupby

from shared.domain.search.identifiers import exactly, is_identifier, tokens
from shared.domain.search.lexing.characters import normalized
from shared.domain.search.lexing.stop_words import STOP_WORDS

_ENGLISH = STOP_WORDS["english"]


class Names:
    """The names of a question, to be looked for in texts."""

    def __init__(self, question: str) -> None:
        found = tokens(normalized(question))
        self._exact = exactly(_proper_names(found), 0)
        self._ids = exactly(filter(is_identifier, found), re.IGNORECASE)

    @property
    def has_ids(self) -> bool:
        return self._ids is not None

    def are_in(self, text: str) -> bool:
        """Return whether a text has one of them."""
        plain = normalized(text)
        return any(each.search(plain) for each in (self._exact, self._ids) if each)


def _proper_names(words: Sequence[str]) -> Iterator[str]:
    """Yield the words with capitals behind the first, joined if they are neighbours.

    If all words have capitals, these say nothing.
    """
    if any(word[0].isupper() and word.lower() in _ENGLISH - {"i"} for word in words[1:]):
        return
    places = [(n, word) for n, word in enumerate(words) if _is_proper(n, word)]
    for _, group in groupby(enumerate(places), key=lambda each: each[1][0] - each[0]):
        yield " ".join(word for _, (_, word) in group)


def _is_proper(place: int, word: str) -> bool:
    if word.lower() in _ENGLISH or is_identifier(word) or not word[0].isupper():
        return False
    return place > 0 or (len(word) > 1 and word.isupper())
