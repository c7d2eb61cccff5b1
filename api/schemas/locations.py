"""Where a text is in a file, on the wire."""

from dataclasses import dataclass
from typing import Annotated, Self

from pydantic import Field

from shared.domain.files.locations import Location


@dataclass(slots=True)
class LocationOut:
    """A page, row or line of a file."""

    unit: Annotated[str, Field(description="`page`, `row` or `line`.", examples=["page"])]
    number: Annotated[int, Field(description="Counted from 1.")]

    @classmethod
    def of(cls, location: Location | None) -> Self | None:
        return None if location is None else cls(location.unit, location.number)
