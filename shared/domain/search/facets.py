"""Counts of the values of metadata fields."""

from dataclasses import dataclass

from shared.domain.documents.validation import check_text
from shared.domain.errors import FieldError, InvalidInput

FACETS_MAX = 10


@dataclass(frozen=True, slots=True)
class FacetValue:
    """A value of a field, and the number of documents that have it."""

    value: str | float | bool
    count: int


Facets = dict[str, list[FacetValue]]
"""The most frequent values by field."""


def check_facets(fields: list[str]) -> tuple[str, ...]:
    """Return the distinct fields; raises InvalidInput."""
    for field in fields:
        check_text(field, "facets")
    distinct = tuple(dict.fromkeys(fields))
    if len(distinct) > FACETS_MAX or not all(distinct):
        raise InvalidInput(
            FieldError(("facets",), f"must name at most {FACETS_MAX} metadata fields")
        )
    return distinct
