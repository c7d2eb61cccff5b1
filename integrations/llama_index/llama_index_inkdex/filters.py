"""LlamaIndex's filters in Inkdex's language."""

from collections.abc import Callable, Mapping
from typing import Any

from llama_index.core.vector_stores import (
    FilterCondition,
    FilterOperator,
    MetadataFilter,
    MetadataFilters,
)

Filter = dict[str, Any]

_OPERATORS: Mapping[FilterOperator, str] = {
    FilterOperator.EQ: "eq",
    FilterOperator.NE: "ne",
    FilterOperator.GT: "gt",
    FilterOperator.GTE: "gte",
    FilterOperator.LT: "lt",
    FilterOperator.LTE: "lte",
    FilterOperator.IN: "in",
    FilterOperator.NIN: "nin",
    FilterOperator.ANY: "any",
    FilterOperator.ALL: "all",
    FilterOperator.CONTAINS: "eq",
}
_CONDITIONS: Mapping[FilterCondition, Callable[[list[Filter]], Filter]] = {
    FilterCondition.AND: lambda parts: {"and": parts},
    FilterCondition.OR: lambda parts: {"or": parts},
    FilterCondition.NOT: lambda parts: {"not": {"or": parts}},
}


def filter_of(filters: MetadataFilters | None) -> Filter | None:
    """Return a filter, or None if there is none; raises ValueError for operators on texts."""
    if filters is None or not filters.filters:
        return None
    parts = [
        part
        for each in filters.filters
        if (part := _one(each) if isinstance(each, MetadataFilter) else filter_of(each))
    ]
    return _CONDITIONS[filters.condition or FilterCondition.AND](parts)


def _one(given: MetadataFilter) -> Filter:
    if given.operator is FilterOperator.IS_EMPTY:
        return {"or": [{given.key: {"exists": False}}, {given.key: {"in": [None, []]}}]}
    if given.operator not in _OPERATORS:
        raise ValueError(f"Inkdex has no filter {given.operator.value}; search for words instead")
    return {given.key: {_OPERATORS[given.operator]: given.value}}
