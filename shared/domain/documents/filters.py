"""The filter language: conditions on metadata, joined by `and`, `or` and `not`.

`{"lang": "en", "year": {"gte": 2020}, "or": [{"tags": "ink"}, {"draft": {"exists": false}}]}`
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from shared.domain.documents.validation import check_metadata
from shared.domain.errors import FieldError, InvalidInput

Operator = Literal["in", "ieq", "gt", "gte", "lt", "lte", "exists"]
CONDITIONS_MAX = 50
ALTERNATIVES_MAX = 1000
DEPTH_MAX = 10
FILTER_MAX_BYTES = 256 * 1024
"""Room for ALTERNATIVES_MAX values of 255 characters."""
IEQ_MAX_CHARACTERS = 255


@dataclass(frozen=True, slots=True)
class Condition:
    """A comparison of a field's values. A field that is a list has the list and its members.

    The value of `in` is a tuple of JSON values, and `exists` ignores its value.
    """

    field: str
    operator: Operator
    value: Any


@dataclass(frozen=True, slots=True)
class And:
    """All parts hold."""

    parts: tuple["Filter", ...]


@dataclass(frozen=True, slots=True)
class Or:
    """At least one part holds."""

    parts: tuple["Filter", ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold, for example because the field does not exist."""

    part: "Filter"


Filter = Condition | And | Or | Not
Path = tuple[str | int, ...]


def parse_filter(raw: object, *path: str | int) -> tuple[Filter, ...]:
    """Return the parts of a filter, which must all hold; raises InvalidInput.

    `path` leads to the filter in the request, and is `filter` if it is not given.
    """
    path = path or ("filter",)
    if not isinstance(raw, dict):
        raise _invalid(path, "must be a JSON object")
    check_metadata(raw, *path)
    if len(json.dumps(raw)) > FILTER_MAX_BYTES:
        raise _invalid(path, f"must have at most {FILTER_MAX_BYTES:,} bytes as JSON")
    parts = _parts(raw, path, 0)
    if sum(1 for _ in conditions(parts)) > CONDITIONS_MAX:
        raise _invalid(path, f"must have at most {CONDITIONS_MAX} conditions")
    return parts


def conditions(parts: Iterable[Filter]) -> Iterator[Condition]:
    """Yield the conditions from left to right."""
    for part in parts:
        match part:
            case Condition():
                yield part
            case And(below) | Or(below):
                yield from conditions(below)
            case Not(below):
                yield from conditions((below,))


def _parts(raw: dict[str, Any], path: Path, depth: int) -> tuple[Filter, ...]:
    if depth > DEPTH_MAX:
        raise _invalid(path, f"is nested too deeply; the limit is {DEPTH_MAX} levels")
    return tuple(_part(key, value, (*path, key), depth + 1) for key, value in raw.items())


def _part(key: str, value: object, path: Path, depth: int) -> Filter:
    name = key.removeprefix("$")
    if name in {"and", "or"}:
        parts = tuple(_whole(*each, depth) for each in _listed(value, path))
        return And(parts) if name == "and" else Or(parts)
    if name == "not":
        return Not(_whole(value, path, depth))
    if key.startswith("$") or key.lower() in {"and", "or", "not"}:
        raise _invalid(path, "is not a logical operator; use and, or, not")
    return _field(key, value, path, depth)


def _listed(value: object, path: Path) -> Iterator[tuple[object, Path]]:
    if not isinstance(value, list) or not value:
        raise _invalid(path, "must be a list of one or more filters")
    return ((each, (*path, index)) for index, each in enumerate(value))


def _whole(raw: object, path: Path, depth: int) -> Filter:
    """Return a filter below a logical operator. It must say something."""
    if not isinstance(raw, dict) or not raw:
        raise _invalid(path, "must be a filter with at least one condition")
    return _joined(_parts(raw, path, depth))


def _field(field: str, expected: object, path: Path, depth: int) -> Filter:
    if not isinstance(expected, dict):
        return Condition(field, "in", (expected,))
    if not expected:
        raise _invalid(path, f"has no operator; use one of {', '.join(_COMPARISONS)}, not")
    return _joined(
        tuple(_compared(field, name, each, path, depth) for name, each in expected.items())
    )


def _compared(field: str, name: str, value: object, path: Path, depth: int) -> Filter:
    operator, at = name.removeprefix("$"), (*path, name)
    if operator == "not":
        return Not(_negated(field, value, at, depth + 1))
    if operator not in _COMPARISONS:
        known = ", ".join(_COMPARISONS)
        raise _invalid(
            path,
            f"has no operator {name[:100]!r}; use one of {known}, not. A dot leads to a field"
            " within a field, as in 'author.name'",
        )
    return _COMPARISONS[operator](field, value, at)


def _negated(field: str, value: object, path: Path, depth: int) -> Filter:
    if not isinstance(value, dict):
        raise _invalid(path, 'must be an object such as {"in": ["a", "b"]}')
    if depth > DEPTH_MAX:
        raise _invalid(path, f"is nested too deeply; the limit is {DEPTH_MAX} levels")
    return _field(field, value, path, depth)


def _joined(parts: tuple[Filter, ...]) -> Filter:
    return parts[0] if len(parts) == 1 else And(parts)


def _equal(field: str, value: object, _: Path) -> Condition:
    return Condition(field, "in", (value,))


def _one_of(field: str, value: object, path: Path) -> Condition:
    if not isinstance(value, list):
        raise _invalid(path, "must be a list")
    if len(value) > ALTERNATIVES_MAX:
        raise _invalid(path, f"must have at most {ALTERNATIVES_MAX:,} values")
    return Condition(field, "in", tuple(value))


def _all_of(field: str, value: object, path: Path) -> Filter:
    if not isinstance(value, list) or not 1 <= len(value) <= CONDITIONS_MAX:
        raise _invalid(path, f"must be a list of 1 to {CONDITIONS_MAX} values")
    return _joined(tuple(_equal(field, each, path) for each in value))


def _exists(field: str, value: object, path: Path) -> Filter:
    if not isinstance(value, bool):
        raise _invalid(path, "must be true or false")
    exists = Condition(field, "exists", None)
    return exists if value else Not(exists)


def _equal_in_any_case(field: str, value: object, path: Path) -> Condition:
    if not isinstance(value, str) or len(value) > IEQ_MAX_CHARACTERS:
        raise _invalid(path, f"must be a string of at most {IEQ_MAX_CHARACTERS} characters")
    return Condition(field, "ieq", value)


def _ordered(operator: Operator) -> Callable[[str, object, Path], Condition]:
    def ordered(field: str, value: object, path: Path) -> Condition:
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            raise _invalid(path, "must be a number or a string")
        return Condition(field, operator, value)

    return ordered


_COMPARISONS: Mapping[str, Callable[[str, object, Path], Filter]] = {
    "eq": _equal,
    "ne": lambda *arguments: Not(_equal(*arguments)),
    "gt": _ordered("gt"),
    "gte": _ordered("gte"),
    "lt": _ordered("lt"),
    "lte": _ordered("lte"),
    "in": _one_of,
    "any": _one_of,
    "nin": lambda *arguments: Not(_one_of(*arguments)),
    "all": _all_of,
    "ieq": _equal_in_any_case,
    "exists": _exists,
}


def _invalid(path: Path, message: str) -> InvalidInput:
    return InvalidInput(FieldError(path, message))
