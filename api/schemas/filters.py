"""Filters in the query of a URL, as JSON."""

from typing import Annotated

from pydantic import Field
from pydantic_core import from_json

from api.schemas import plain_messages
from shared.domain.documents.filters import Filter, parse_filter
from shared.domain.errors import FieldError, InvalidInput

OPTIONAL_FILTER = "Conditions on the metadata, as JSON; none if omitted."
FilterText = Annotated[
    str,
    Field(
        max_length=20_000,
        description="JSON over metadata. Operators: eq, ne, in, nin, any, all, gt, gte, lt, lte, "
        "ieq, exists, not. `and`, `or` and `not` join filters. `a.b` is field `b` within `a`.",
        examples=['{"lang": "en", "year": {"gte": 2020}}'],
    ),
]


def json_of(text: str) -> object:
    """Return the value of a filter; raises InvalidInput."""
    try:
        value: object = from_json(text, allow_inf_nan=False)
    except (ValueError, RecursionError) as error:
        raise InvalidInput(FieldError(("query", "filter"), plain_messages.of_json(error))) from None
    return value


def filter_of(text: str | None) -> tuple[Filter, ...]:
    """Return the parts of a filter, which has none if it is not given; raises InvalidInput."""
    return () if text is None else parse_filter(json_of(text))
