"""The filter language: conditions on metadata, joined by `and`, `or` and `not`.

`{"lang": "en", "year": {"gte": 2020}, "or": [{"tags": "ink"}, {"draft": {"exists": false}}]}`
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import count
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


def parse_filter(raw: object) -> tuple[Filter, ...]:
    """Return the parts of a filter, which must all hold; raises InvalidInput."""
    path: Path = ("filter",)
    if not isinstance(raw, dict):
        raise _invalid(path, "must be a JSON object")
    text = check_metadata(raw, *path)
    if len(text.encode()) > FILTER_MAX_BYTES:
        raise _invalid(path, f"must have at most {FILTER_MAX_BYTES:,} bytes as JSON")
    parts = _parts(raw, _Place(path))
    if sum(1 for _ in conditions(parts)) > CONDITIONS_MAX:  # `all` is a condition for each value
        raise _invalid(path, _TOO_MANY)
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


@dataclass(frozen=True, slots=True)
class _Place:
    """A place in a filter. All places of a filter share its count of conditions."""

    path: Path
    depth: int = 0
    numbers: Iterator[int] = field(default_factory=count)

    def at(self, key: str | int) -> "_Place":
        return replace(self, path=(*self.path, key))

    def deeper(self) -> "_Place":
        if self.depth == DEPTH_MAX:
            raise self.invalid(f"is nested too deeply; the limit is {DEPTH_MAX} levels")
        return replace(self, depth=self.depth + 1)

    def count(self) -> None:
        """Count a condition, so that no more than the limit are parsed."""
        if next(self.numbers) >= CONDITIONS_MAX:
            raise _invalid(self.path[:1], _TOO_MANY)

    def invalid(self, message: str) -> InvalidInput:
        return _invalid(self.path, message)


def _parts(raw: dict[str, Any], place: _Place) -> tuple[Filter, ...]:
    return tuple(_part(key, value, place.at(key)) for key, value in raw.items())


def _part(key: str, value: object, place: _Place) -> Filter:
    name = key.removeprefix("$")
    if name in {"and", "or"}:
        parts = _listed(value, place)
        return And(parts) if name == "and" else Or(parts)
    if name == "not":
        return Not(_whole(value, place))
    if key.startswith("$") or key.lower() in {"and", "or", "not"}:
        raise place.invalid("is not a logical operator; use and, or, not")
    if key in _COMPARISONS and not isinstance(value, dict):
        raise place.invalid('is an operator; name a field first, as in {"year": {"gte": 2020}}')
    return _field(key, value, place)


def _listed(value: object, place: _Place) -> tuple[Filter, ...]:
    if not isinstance(value, list) or not value:
        raise place.invalid("must be a list of one or more filters")
    return tuple(_whole(each, place.at(index)) for index, each in enumerate(value))


def _whole(raw: object, place: _Place) -> Filter:
    """Return a filter below a logical operator. It must say something."""
    if not isinstance(raw, dict) or not raw:
        raise place.invalid("must be a filter with at least one condition")
    return _joined(_parts(raw, place.deeper()))


def _field(name: str, expected: object, place: _Place) -> Filter:
    if not isinstance(expected, dict):
        _check_bare(expected, place)
        place.count()
        return Condition(name, "in", (expected,))
    if not expected:
        raise place.invalid(f"has no operator; use one of {_KNOWN}")
    return _joined(tuple(_compared(name, *each, place) for each in expected.items()))


def _check_bare(value: object, place: _Place) -> None:
    """Refuse a list of objects, which is more likely a logical operator of another language."""
    if isinstance(value, list) and any(isinstance(each, dict) for each in value):
        raise place.invalid(
            "is a list of objects; join filters by and, or, not, or compare the field by"
            ' {"eq": [...]}'
        )


def _compared(field_name: str, name: str, value: object, place: _Place) -> Filter:
    operator = name.removeprefix("$")
    if operator == "not":
        return Not(_negated(field_name, value, place.at(name)))
    if operator not in _COMPARISONS:
        raise place.invalid(
            f"has no operator {name[:100]!r}; use one of {_KNOWN}. A dot leads to a field"
            " within a field, as in 'author.name'"
        )
    place.count()
    return _COMPARISONS[operator](field_name, value, place.at(name))


def _negated(name: str, value: object, place: _Place) -> Filter:
    if not isinstance(value, dict):
        raise place.invalid('must be an object such as {"in": ["a", "b"]}')
    return _field(name, value, place.deeper())


def _joined(parts: tuple[Filter, ...]) -> Filter:
    return parts[0] if len(parts) == 1 else And(parts)


def _equal(name: str, value: object, _: _Place) -> Condition:
    return Condition(name, "in", (value,))


def _one_of(name: str, value: object, place: _Place) -> Condition:
    if not isinstance(value, list):
        raise place.invalid("must be a list")
    if len(value) > ALTERNATIVES_MAX:
        raise place.invalid(f"must have at most {ALTERNATIVES_MAX:,} values")
    return Condition(name, "in", tuple(value))


def _all_of(name: str, value: object, place: _Place) -> Filter:
    if not isinstance(value, list) or not 1 <= len(value) <= CONDITIONS_MAX:
        raise place.invalid(f"must be a list of 1 to {CONDITIONS_MAX} values")
    return _joined(tuple(_equal(name, each, place) for each in value))


def _exists(name: str, value: object, place: _Place) -> Filter:
    if not isinstance(value, bool):
        raise place.invalid("must be true or false")
    exists = Condition(name, "exists", None)
    return exists if value else Not(exists)


def _equal_in_any_case(name: str, value: object, place: _Place) -> Condition:
    if not isinstance(value, str) or len(value) > IEQ_MAX_CHARACTERS:
        raise place.invalid(f"must be a string of at most {IEQ_MAX_CHARACTERS} characters")
    return Condition(name, "ieq", value)


def _ordered(operator: Operator) -> Callable[[str, object, _Place], Condition]:
    def ordered(name: str, value: object, place: _Place) -> Condition:
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            raise place.invalid("must be a number or a string")
        return Condition(name, operator, value)

    return ordered


_COMPARISONS: Mapping[str, Callable[[str, object, _Place], Filter]] = {
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

_KNOWN = ", ".join([*_COMPARISONS, "not"])
_TOO_MANY = f"must have at most {CONDITIONS_MAX} conditions"


def _invalid(path: Path, message: str) -> InvalidInput:
    return InvalidInput(FieldError(path, message))
