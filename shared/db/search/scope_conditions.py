"""The conditions of a scope in SQL, in the three forms that the search statement needs."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from psycopg.types.json import Jsonb

from shared.domain.search.filters import Condition
from shared.domain.search.scope import Scope

INDEXED_ALTERNATIVES_MAX = 20
"""A longer list of values is compared row by row instead of by the index."""

_AND = "\n        AND "
_COLLECTION = "d.collection = %(collection)s"
_COMPARISONS: Mapping[str, str] = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}


def filter_found(scope: Scope) -> str:
    """Return a condition for documents `d` that another index has found.

    coalesce() hides the filter from the planner, which would otherwise expect few rows and scan.
    """
    return _AND.join([_COLLECTION, *(f"coalesce({each}, false)" for each in _exact(scope))])


def filter_texts(scope: Scope) -> str:
    """Return a condition for rows `t` of `document_texts`, which have their own collection.

    CASE keeps the planner from joining all documents that match the filter.
    """
    own = "t.collection = %(collection)s"
    if not scope.conditions:
        return own
    found = f"SELECT FROM documents d WHERE d.key = t.document_key AND {filter_found(scope)}"
    return f"{own}{_AND}CASE WHEN EXISTS ({found}) THEN true END"


def filter_by_index(scope: Scope) -> str:
    """Return a condition that finds documents `d` by the index on metadata."""
    return _AND.join([_COLLECTION, *_exact(scope), *_contained(scope)])


def parameters(scope: Scope) -> dict[str, Any]:
    """Return the values of the placeholders in all three forms."""
    found: dict[str, Any] = {"collection": scope.collection}
    for number, condition in enumerate(scope.conditions):
        is_flag = condition.operator == "exists"
        found[f"field{number}"] = condition.field
        found[f"value{number}"] = condition.value if is_flag else Jsonb(condition.value)
        for alternative, value in enumerate(_alternatives(condition)):
            found[f"part{number}_{alternative}"] = Jsonb({condition.field: value})
    return found


def _exact(scope: Scope) -> Iterator[str]:
    for number, condition in enumerate(scope.conditions):
        yield _condition(number, condition)


def _contained(scope: Scope) -> Iterator[str]:
    """Yield conditions that the index can check. They accept all matches and some others."""
    for number, condition in enumerate(scope.conditions):
        found = range(len(_alternatives(condition)))
        parts = [f"d.metadata @> %(part{number}_{alternative})s::jsonb" for alternative in found]
        if parts:
            yield f"({' OR '.join(parts)})"


def _alternatives(condition: Condition) -> Sequence[Any]:
    if condition.operator == "eq":
        return [condition.value]
    if condition.operator == "in" and len(condition.value) <= INDEXED_ALTERNATIVES_MAX:
        values: Sequence[Any] = condition.value
        return values
    return []


def _condition(number: int, condition: Condition) -> str:
    field, value = f"d.metadata -> %(field{number})s", f"%(value{number})s"
    match condition.operator:
        case "eq":
            return f"{field} = {value}::jsonb"
        case "ne":
            return f"{field} IS DISTINCT FROM {value}::jsonb"
        case "in":
            return f"{field} IN (SELECT jsonb_array_elements({value}::jsonb))"
        case "exists":
            return f"(d.metadata ? %(field{number})s) = {value}"
        case ordered:
            comparison = _COMPARISONS[ordered]
            same_type = f"jsonb_typeof({field}) = jsonb_typeof({value}::jsonb)"
            return f"({same_type} AND {field} {comparison} {value}::jsonb)"
