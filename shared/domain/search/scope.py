"""Which documents a search may return."""

from dataclasses import dataclass

from shared.domain.documents.filters import Filter
from shared.domain.search.lexing.conditions import WordCondition

ALL_COLLECTIONS = "*"
"""A search names all collections by it."""


@dataclass(frozen=True, slots=True)
class Scope:
    """A collection, or all of them if it is None, and the conditions that a document must meet.

    `words` are the phrases that its text must or must not have. The document with `excluded_key`
    is not returned.
    """

    collection: str | None
    conditions: tuple[Filter, ...] = ()
    words: WordCondition | None = None
    excluded_key: int | None = None
