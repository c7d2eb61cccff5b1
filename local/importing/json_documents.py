"""Lines of JSON as documents. One without an id gets an id of its own content."""

import hashlib
import json
from codecs import BOM_UTF8
from typing import Any, Self

from local.importing.items import Item

ID_CHARACTERS = 32


def json_item(location: str, end: int, raw: bytes, prefix: str = "") -> Item:
    """Return the document of a line. The API checks everything but its encoding.

    `prefix` goes in front of its id.
    """
    try:
        text = raw.removeprefix(BOM_UTF8).decode().strip()
    except UnicodeDecodeError:
        return Item(location, end, error="is not UTF-8")
    document = _parse(text)
    if not isinstance(document, dict):
        return Item(location, end, text.encode())
    given = document.get("id")
    id_: Any = _derived_id(document) if given is None else given
    if not _is_text(id_):
        return Item(location, end, text.encode())
    if prefix or given is None:
        id_ = prefix + id_
        # At the end, because the last of two ids counts, and an `id` of null may come first.
        text = f'{text[:-1]},"id":{json.dumps(id_)}}}'
    collection = document.get("collection")
    return Item(location, end, text.encode(), id_, collection)


def _parse(text: str) -> Any:  # noqa: ANN401 - any JSON
    try:
        return json.loads(text, parse_int=_Number, parse_float=_Number)
    except (ValueError, RecursionError):
        return None


class _Number(str):
    """A number as it is written."""

    __slots__ = ()

    def __new__(cls, digits: str) -> Self:
        return super().__new__(cls, f"\udfff{digits}")  # no valid string of a document begins so


def _is_text(value: object) -> bool:
    return isinstance(value, str) and not isinstance(value, _Number)


def _derived_id(document: dict[str, Any]) -> str | None:
    """Return a hash of title, content and metadata, or None for what is no document.

    Without metadata it is the id that earlier versions derived.
    """
    given = [document.get("title"), document.get("content")]
    if not _is_text(given[1]) or not (given[0] is None or _is_text(given[0])):
        return None
    if metadata := document.get("metadata"):
        given.append(metadata)
    try:
        text = json.dumps(given, sort_keys=True)
    except RecursionError:
        return None
    return hashlib.sha256(text.encode()).hexdigest()[:ID_CHARACTERS]
