"""Values of JSON as documents. One without an id gets an id of its own content."""

import hashlib
import json
from typing import Any, Self

from inkdex.commands.json_values import Value

ID_CHARACTERS = 32


def document_of(value: Value, prefix: str) -> dict[str, Any]:
    """Return a document with an id. What cannot have one is left to the server to refuse.

    `prefix` goes in front of the id.
    """
    document: dict[str, Any] = value.value
    id_ = document.get("id")
    if id_ is None:
        id_ = _derived_id(value.text)
    return {**document, "id": prefix + id_} if isinstance(id_, str) else document


class _Number(str):
    """A number as it is written."""

    __slots__ = ()

    def __new__(cls, digits: str) -> Self:
        return super().__new__(cls, f"\udfff{digits}")  # no valid string of a document begins so


def _derived_id(text: str) -> str | None:
    """Return a hash of title, content and metadata, or None for what is no document.

    The console derives the same.
    """
    document = json.loads(text, parse_int=_Number, parse_float=_Number)
    given = [document.get("title"), document.get("content")]
    if type(given[1]) is not str or type(given[0]) not in {str, type(None)}:
        return None
    if metadata := document.get("metadata"):
        given.append(metadata)
    try:
        raw = json.dumps(given, sort_keys=True)
    except RecursionError:
        return None
    return hashlib.sha256(raw.encode()).hexdigest()[:ID_CHARACTERS]
