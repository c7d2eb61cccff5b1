"""What a filter means, in plain Python. It shares no code with the filter language."""

import operator
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

Json = Any
ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
}
DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
CLOCK = re.compile(r"[Tt ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?([Zz]|[+-]\d\d(:?\d\d)?)?", re.ASCII)


def meets(metadata: dict[str, Json], raw: dict[str, Json]) -> bool:
    return all(_holds(metadata, key, value) for key, value in raw.items())


def _holds(metadata: dict[str, Json], key: str, value: Json) -> bool:
    match key.removeprefix("$"):
        case "and":
            return all(meets(metadata, each) for each in value)
        case "or":
            return any(meets(metadata, each) for each in value)
        case "not":
            return not meets(metadata, value)
    comparisons = value if isinstance(value, dict) else {"eq": value}
    return all(_compares(metadata, key, *each) for each in comparisons.items())


def _compares(metadata: dict[str, Json], field: str, name: str, value: Json) -> bool:
    if name == "not":
        return not _holds(metadata, field, value)
    held = list(_values(metadata, field))
    operator_ = name.removeprefix("$")
    if operator_ in ORDER:
        return any(_ordered(each, ORDER[operator_], value) for each in held)
    return MEANINGS[operator_](held, value)


def _values(metadata: dict[str, Json], field: str) -> Iterator[Json]:
    """Yield the values of a field in both readings of its name, and the members of lists."""
    found = [metadata[field]] if field in metadata else []
    if "." in field and all(field.split(".")):
        found += _within(metadata, field.split("."))
    for value in found:
        yield value
        if isinstance(value, list):
            yield from value


def _within(node: Json, names: list[str]) -> Iterator[Json]:
    if not names:
        yield node
        return
    for each in node if isinstance(node, list) else [node]:
        if isinstance(each, dict) and names[0] in each:
            yield from _within(each[names[0]], names[1:])


def _has(held: list[Json], value: Json) -> bool:
    return any(_same(each, value) for each in held)


def _same(a: Json, b: Json) -> bool:
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(_same, a, b))
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(_same(a[key], b[key]) for key in a)
    return _kind(a) == _kind(b) and bool(a == b)


def _equal_in_any_case(held: list[Json], value: str) -> bool:
    return any(isinstance(each, str) and _folded(each) == _folded(value) for each in held)


MEANINGS: dict[str, Callable[[list[Json], Any], bool]] = {
    "eq": _has,
    "ne": lambda held, value: not _has(held, value),
    "in": lambda held, value: any(_has(held, each) for each in value),
    "any": lambda held, value: any(_has(held, each) for each in value),
    "nin": lambda held, value: not any(_has(held, each) for each in value),
    "all": lambda held, value: all(_has(held, each) for each in value),
    "exists": lambda held, value: bool(held) is value,
    "ieq": _equal_in_any_case,
}


def _kind(value: Json) -> str:
    if isinstance(value, bool) or value is None:
        return repr(type(value))
    return "number" if isinstance(value, int | float) else type(value).__name__


def _ordered(held: Json, compare: Callable[[Any, Any], bool], value: Json) -> bool:
    if _kind(held) != _kind(value):
        return False
    if isinstance(value, str) and (time := _time(value)):
        held_time = _time(held)
        return held_time is not None and compare(held_time, time)
    return compare(held, value)


def _time(text: str) -> datetime | None:
    clock = text[10:]
    if not DATE.fullmatch(text[:10]) or (clock and not CLOCK.fullmatch(clock)):
        return None
    try:
        time = datetime.fromisoformat(text.upper())
    except ValueError:
        return None
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _folded(text: str) -> list[str]:
    return [character.casefold() for character in text]
