"""The conditions of a scope in SQL, in the three forms that the search statement needs."""

from typing import Any

from shared.db.documents import metadata_conditions
from shared.domain.search.scope import Scope

_AND = "\n        AND "


def filter_found(scope: Scope) -> str:
    """Return a condition for documents `d` that another index has found."""
    return _joined([*_collection("d", scope), *metadata_conditions.hidden(scope.conditions)])


def filter_texts(scope: Scope) -> str:
    """Return a condition for rows `t` of `document_texts`, which have their own collection.

    CASE keeps the planner from joining all documents that match the filter.
    """
    own = _joined(_collection("t", scope))
    if not scope.conditions:
        return own
    found = f"SELECT FROM documents d WHERE d.key = t.document_key AND {filter_found(scope)}"
    return f"{own}{_AND}CASE WHEN EXISTS ({found}) THEN true END"


def filter_by_index(scope: Scope) -> str:
    """Return a condition that finds documents `d` by the index on metadata where it can."""
    return _joined([*_collection("d", scope), *metadata_conditions.by_index(scope.conditions)])


def parameters(scope: Scope) -> dict[str, Any]:
    """Return the values of the placeholders in all three forms."""
    return {"collection": scope.collection, **metadata_conditions.parameters(scope.conditions)}


def _collection(table: str, scope: Scope) -> list[str]:
    return [] if scope.collection is None else [f"{table}.collection = %(collection)s"]


def _joined(parts: list[str]) -> str:
    return _AND.join(parts) or "true"
