"""Which documents a search may find, as conditions of a statement."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg.types.json import Jsonb

from shared.domain.filters import Condition

INDEXED_ALTERNATIVES_MAX = 20
"""Of a longer list of values, each row is compared with all instead."""

_COMPARISONS: Mapping[str, str] = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}


@dataclass(frozen=True, slots=True)
class Scope:
    """Which documents a search may find."""

    collection: str
    conditions: Sequence[Condition] = ()

    @property
    def filtered(self) -> str:
        """The scope as a condition on a document `d` that was found by something else.

        Behind coalesce a filter is no bait: the planner would expect few rows of it, and scan.
        """
        return " AND ".join([_COLLECTION, *(f"coalesce({each}, false)" for each in self._exact())])

    @property
    def filtered_texts(self) -> str:
        """The scope as a condition on a row `t` of `document_texts`, which knows its collection."""
        own = "t.collection = %(collection)s"
        if not self.conditions:
            return own
        found = f"SELECT FROM documents d WHERE d.key = t.document_key AND {self.filtered}"
        return f"{own} AND CASE WHEN EXISTS ({found}) THEN true END"

    @property
    def indexed(self) -> str:
        """The scope as a condition by which documents `d` are found."""
        return " AND ".join([_COLLECTION, *self._exact(), *self._contained()])

    def parameters(self) -> dict[str, Any]:
        """Return the values that both forms name."""
        found: dict[str, Any] = {"collection": self.collection}
        for place, condition in enumerate(self.conditions):
            is_flag = condition.operator == "exists"
            found[f"field{place}"] = condition.field
            found[f"value{place}"] = condition.value if is_flag else Jsonb(condition.value)
            for alternative, value in enumerate(_alternatives(condition)):
                found[f"part{place}_{alternative}"] = Jsonb({condition.field: value})
        return found

    def _exact(self) -> Iterator[str]:
        for place, condition in enumerate(self.conditions):
            yield _condition(place, condition)

    def _contained(self) -> Iterator[str]:
        """Yield what an index can tell of the conditions: all that they accept, and some more."""
        for place, condition in enumerate(self.conditions):
            found = range(len(_alternatives(condition)))
            parts = [f"d.metadata @> %(part{place}_{alternative})s::jsonb" for alternative in found]
            if parts:
                yield f"({' OR '.join(parts)})"


_COLLECTION = "d.collection = %(collection)s"


def _alternatives(condition: Condition) -> Sequence[Any]:
    if condition.operator == "eq":
        return [condition.value]
    if condition.operator == "in" and len(condition.value) <= INDEXED_ALTERNATIVES_MAX:
        values: Sequence[Any] = condition.value
        return values
    return []


def _condition(place: int, condition: Condition) -> str:
    field, value = f"d.metadata -> %(field{place})s", f"%(value{place})s"
    match condition.operator:
        case "eq":
            return f"{field} = {value}::jsonb"
        case "ne":
            return f"{field} IS DISTINCT FROM {value}::jsonb"
        case "in":
            return f"{field} IN (SELECT jsonb_array_elements({value}::jsonb))"
        case "exists":
            return f"(d.metadata ? %(field{place})s) = {value}"
        case ordered:
            sign = _COMPARISONS[ordered]
            same_type = f"jsonb_typeof({field}) = jsonb_typeof({value}::jsonb)"
            return f"({same_type} AND {field} {sign} {value}::jsonb)"
