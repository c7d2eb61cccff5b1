"""Which documents a search may return."""

from collections.abc import Sequence
from dataclasses import dataclass

from shared.domain.search.filters import Condition


@dataclass(frozen=True, slots=True)
class Scope:
    """One collection, and the conditions that a document must meet."""

    collection: str
    conditions: Sequence[Condition] = ()
