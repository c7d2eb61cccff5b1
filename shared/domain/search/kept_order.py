"""The order of a search that is kept, so that writes do not change its further pages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from shared.domain.search.fusion import Ranked
from shared.domain.search.query import Total


class Cursor(NamedTuple):
    """Where a page begins in a kept order."""

    order: bytes
    position: int


START = Cursor(b"", 0)
"""The search starts an order."""


HASH_BYTES = 8


class KeptHit(NamedTuple):
    """A document of the order, and the first bytes of the hash of the text that was embedded."""

    ranked: Ranked
    text: bytes = b""

    def now(self, text: bytes | None) -> Ranked:
        """Return the document. Its offsets are unknown if another text was embedded since."""
        is_same = text is not None and text[:HASH_BYTES] == self.text
        return self.ranked if is_same else self.ranked._replace(start=None, end=None)


@dataclass(frozen=True, slots=True)
class KeptOrder:
    """What further pages need besides the documents, of which there are `documents`.

    `request` is the hash of the search, and `database` identifies the one that holds the documents.
    `languages` are those in which the query was read, and `weights` belong to its terms, by number.
    """

    request: bytes
    database: bytes
    documents: int
    total: Total
    languages: Sequence[str]
    weights: Mapping[int, float]
    model_id: int | None
    degraded: bool

    def after(self, cursor: Cursor, limit: int) -> Cursor | None:
        """Return the cursor of the page behind one, None if there is none."""
        position = cursor.position + limit
        return Cursor(cursor.order, position) if position < self.documents else None

    def weights_of(self, terms: int) -> list[float | None]:
        """Return the weights of all terms, None for those that were not used."""
        return [self.weights.get(number) for number in range(terms)]


def used(weights: Sequence[float | None]) -> dict[int, float]:
    """Return the weights of the terms that were used, by number."""
    return {number: weight for number, weight in enumerate(weights) if weight is not None}
