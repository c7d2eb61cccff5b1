"""The filter language of search: conditions on metadata that a document must all meet.

`{"lang": "en", "year": {"gte": 2020, "lt": 2024}, "draft": {"exists": false}}`
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, get_args

from shared.domain.documents.validation import check_metadata, check_text
from shared.domain.errors import FieldError, InvalidInput

Operator = Literal["eq", "ne", "gt", "gte", "lt", "lte", "in", "exists"]
OPERATORS: frozenset[str] = frozenset(get_args(Operator))
ORDERED: frozenset[str] = frozenset({"gt", "gte", "lt", "lte"})
CONDITIONS_MAX = 50
ALTERNATIVES_MAX = 1000
FILTER_MAX_BYTES = 256 * 1024
"""Room for ALTERNATIVES_MAX values of 255 characters."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One comparison of a metadata field with a JSON value."""

    field: str
    operator: Operator
    value: Any


def parse_filter(raw: object) -> tuple[Condition, ...]:
    """Return the conditions of a filter; raises InvalidInput."""
    if not isinstance(raw, dict):
        raise _invalid((), "must be a JSON object")
    check_metadata(raw, "filter")
    if len(json.dumps(raw)) > FILTER_MAX_BYTES:
        raise _invalid((), f"must have at most {FILTER_MAX_BYTES:,} bytes as JSON")
    conditions = tuple(_conditions(raw))
    if len(conditions) > CONDITIONS_MAX:
        raise _invalid((), f"must have at most {CONDITIONS_MAX} conditions")
    return conditions


def _conditions(raw: dict[str, Any]) -> Iterator[Condition]:
    for field, expected in raw.items():
        check_text(field, "filter")
        if not isinstance(expected, dict):
            yield Condition(field, "eq", expected)
            continue
        for operator, value in expected.items():
            if operator not in OPERATORS:
                known = ", ".join(get_args(Operator))
                raise _invalid((field,), f"has no operator {operator!r}; use one of {known}")
            _check_value((field, operator), operator, value)
            yield Condition(field, operator, value)


def _check_value(path: tuple[str, str], operator: str, value: object) -> None:
    if operator in ORDERED and (
        isinstance(value, bool) or not isinstance(value, int | float | str)
    ):
        raise _invalid(path, "must be a number or a string")
    if operator == "in":
        _check_alternatives(path, value)
    if operator == "exists" and not isinstance(value, bool):
        raise _invalid(path, "must be true or false")


def _check_alternatives(path: tuple[str, str], value: object) -> None:
    if not isinstance(value, list):
        raise _invalid(path, "must be a list")
    if len(value) > ALTERNATIVES_MAX:
        raise _invalid(path, f"must have at most {ALTERNATIVES_MAX:,} values")


def _invalid(path: tuple[str | int, ...], message: str) -> InvalidInput:
    return InvalidInput(FieldError(("filter", *path), message))
