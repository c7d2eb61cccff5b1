"""Where a text is in the file that it was read from."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Location:
    """A page, row or line of a file, counted from 1."""

    unit: str
    number: int


@dataclass(frozen=True, slots=True)
class LocationMap:
    """Where pages, rows or lines begin in a document, in ascending order."""

    unit: str
    offsets: Sequence[int]
    numbers: Sequence[int]

    def at(self, offset: int) -> Location | None:
        """Return where the character at an offset is; None before the first beginning."""
        place = bisect_right(self.offsets, offset)
        return Location(self.unit, self.numbers[place - 1]) if place else None

    def joined(self, other: "LocationMap | None") -> "LocationMap":
        """Return one map of two of the same document."""
        if other is None:
            return self
        both = set(zip(self.offsets, self.numbers, strict=True))
        both.update(zip(other.offsets, other.numbers, strict=True))
        ordered = sorted(both)
        return LocationMap(self.unit, [each[0] for each in ordered], [each[1] for each in ordered])
