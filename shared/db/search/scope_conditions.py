"""The conditions of a scope in SQL, in the three forms that the search statement needs."""

from collections.abc import Callable, Iterator, Mapping
from itertools import count
from typing import Any

from psycopg.types.json import Jsonb

from shared.db.search.json_paths import path_of, paths_to_times, paths_to_values
from shared.domain.search.filters import And, Condition, Filter, Not, Or, conditions
from shared.domain.search.scope import Scope
from shared.domain.search.times import time_in_utc

INDEXED_ALTERNATIVES_MAX = 20
"""A longer list of values is compared row by row instead of by the index."""

_AND = "\n        AND "
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


def filter_found(scope: Scope) -> str:
    """Return a condition for documents `d` that another index has found.

    coalesce() hides the filter from the planner, which would otherwise expect few rows and scan.
    """
    return _AND.join([*_collection("d", scope), *_rendered(scope, _hidden)]) or "true"


def filter_texts(scope: Scope) -> str:
    """Return a condition for rows `t` of `document_texts`, which have their own collection.

    CASE keeps the planner from joining all documents that match the filter.
    """
    own = _AND.join(_collection("t", scope)) or "true"
    if not scope.conditions:
        return own
    found = f"SELECT FROM documents d WHERE d.key = t.document_key AND {filter_found(scope)}"
    return f"{own}{_AND}CASE WHEN EXISTS ({found}) THEN true END"


def filter_by_index(scope: Scope) -> str:
    """Return a condition that finds documents `d` by the index on metadata where it can."""
    return _AND.join([*_collection("d", scope), *_rendered(scope, _indexed)]) or "true"


def parameters(scope: Scope) -> dict[str, Any]:
    """Return the values of the placeholders in all three forms."""
    found: dict[str, Any] = {"collection": scope.collection}
    for number, condition in enumerate(conditions(scope.conditions)):
        found |= {f"{name}{number}": value for name, value in _values(condition).items()}
    return found


def _collection(table: str, scope: Scope) -> list[str]:
    return [] if scope.collection is None else [f"{table}.collection = %(collection)s"]


def _rendered(scope: Scope, leaf: _Leaf) -> Iterator[str]:
    numbers = count()
    for part in scope.conditions:
        yield _render(part, numbers, leaf)


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
        return {"paths": paths_to_times(condition.field), "value": time}
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
