"""Conditions on the metadata of documents `d`, in SQL."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import count
from typing import Any

from psycopg.types.json import Jsonb

from shared.db.documents.json_paths import path_of, paths_to_times, paths_to_values
from shared.domain.documents.filters import And, Condition, Filter, Not, Or, conditions
from shared.domain.documents.times import time_in_utc
from shared.domain.refs import DocumentRef

INDEXED_ALTERNATIVES_MAX = 20
"""A longer list of values is compared row by row instead of by the index."""

_ORDER: Mapping[str, str] = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
_IS_FOUND = "d.metadata @? %(path{number})s::jsonpath"
_VALUES = """unnest(%(paths{number})s::text[]::jsonpath[]) AS path,
            jsonb_path_query(d.metadata, path) AS found"""
_IS_LISTED = f"""EXISTS (
            SELECT FROM {_VALUES}
            WHERE coalesce(found IN
                (SELECT jsonb_array_elements(%(value{{number}})s::jsonb)), false)
        )"""
# A text that only looks like a date must not raise an error, so it is checked before it is cast.
_IS_TIME = f"""EXISTS (
            SELECT FROM {_VALUES}, LATERAL (SELECT found #>> ARRAY[]::text[] AS text) AS texts,
            LATERAL (SELECT text || CASE WHEN substr(text, 11) ~ '[Zz+-]' THEN '' ELSE 'Z' END
                AS time) AS times
            WHERE CASE WHEN pg_input_is_valid(time, 'timestamptz')
                THEN time::timestamptz {{order}} %(value{{number}})s::timestamptz END
        )"""

_Leaf = Callable[[int, Condition], str]


def hidden(filters: Sequence[Filter]) -> list[str]:
    """Return conditions on documents that another index has found.

    coalesce() hides them from the planner, which would otherwise expect few rows and scan.
    """
    return _rendered(filters, _hidden)


def by_index(filters: Sequence[Filter]) -> list[str]:
    """Return conditions that the index on metadata checks where it can."""
    return _rendered(filters, _indexed)


def parameters(filters: Sequence[Filter]) -> dict[str, Any]:
    """Return the values of the placeholders in both forms."""
    return {
        f"{name}{number}": value
        for number, condition in enumerate(conditions(filters))
        for name, value in _values(condition).items()
    }


def on_document(
    statement: str, ref: DocumentRef, filters: Sequence[Filter]
) -> tuple[str, dict[str, Any]]:
    """Return a statement on the document `d` that meets all filters too, and its parameters."""
    named = {"collection": ref.collection, "id": ref.id}
    return " AND ".join([statement, *hidden(filters)]), named | parameters(filters)


def _rendered(filters: Sequence[Filter], leaf: _Leaf) -> list[str]:
    numbers = count()
    return [_render(each, numbers, leaf) for each in filters]


def _render(part: Filter, numbers: Iterator[int], leaf: _Leaf) -> str:
    match part:
        case Condition():
            return leaf(next(numbers), part)
        case And(parts):
            return f"({' AND '.join(_render(each, numbers, leaf) for each in parts)})"
        case Or(parts):
            return f"({' OR '.join(_render(each, numbers, leaf) for each in parts)})"
        case Not(negated):
            return f"NOT {_render(negated, numbers, _hidden)}"


def _hidden(number: int, condition: Condition) -> str:
    return f"coalesce({_condition(number, condition)}, false)"


def _indexed(number: int, condition: Condition) -> str:
    is_indexed = condition.operator == "in" and _has_path(condition)
    return (_condition if is_indexed else _hidden)(number, condition)


def _condition(number: int, condition: Condition) -> str:
    if _time(condition):
        return _IS_TIME.format(number=number, order=_ORDER[condition.operator])
    return (_IS_FOUND if _has_path(condition) else _IS_LISTED).format(number=number)


def _values(condition: Condition) -> dict[str, Any]:
    if time := _time(condition):
        return {"paths": paths_to_times(condition), "value": time}
    if _has_path(condition):
        return {"path": path_of(condition)}
    return {"paths": paths_to_values(condition.field), "value": Jsonb(list(condition.value))}


def _time(condition: Condition) -> str | None:
    """Return the time that a field is compared with, or None if it is compared otherwise."""
    is_text = condition.operator in _ORDER and isinstance(condition.value, str)
    return time_in_utc(condition.value) if is_text else None


def _has_path(condition: Condition) -> bool:
    """Return whether a path expresses the condition. Paths compare no lists and no objects."""
    if condition.operator != "in":
        return True
    return 1 <= len(condition.value) <= INDEXED_ALTERNATIVES_MAX and not any(
        isinstance(value, dict | list) for value in condition.value
    )
