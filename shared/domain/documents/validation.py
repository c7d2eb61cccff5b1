"""Checks of a document's identifiers, text and metadata."""

import math
from collections.abc import Iterator
from typing import Any

from shared.domain.documents.document import ID_MAX_CHARACTERS
from shared.domain.errors import DocumentInvalid, FieldError


def check_text(text: str, *path: str | int) -> None:
    """Raise DocumentInvalid for what PostgreSQL can't store: NUL and lone surrogates."""
    if "\0" in text:
        raise DocumentInvalid(FieldError(path, "must not contain the NUL character (U+0000)"))
    try:
        text.encode()
    except UnicodeEncodeError:
        raise DocumentInvalid(
            FieldError(path, "must not contain lone surrogates (U+D800 to U+DFFF)")
        ) from None


def check_identifier(text: str, *path: str | int) -> None:
    """Raise DocumentInvalid unless `text` can name a document or collection in a URL."""
    check_text(text, *path)
    if not 1 <= len(text) <= ID_MAX_CHARACTERS:
        raise DocumentInvalid(FieldError(path, f"must have 1 to {ID_MAX_CHARACTERS} characters"))
    if text in {".", ".."}:
        raise DocumentInvalid(FieldError(path, "must not be '.' or '..', which no URL can hold"))


def check_metadata(metadata: dict[str, Any], *path: str | int) -> None:
    """Raise DocumentInvalid for values that JSON or PostgreSQL's jsonb can't hold."""
    for place, value in _walk(metadata, path):
        if isinstance(value, str):
            check_text(value, *place)
        elif isinstance(value, float) and not math.isfinite(value):
            raise DocumentInvalid(FieldError(place, "must be a finite number"))


def _walk(
    value: object, path: tuple[str | int, ...]
) -> Iterator[tuple[tuple[str | int, ...], object]]:
    """Yield each value below `value` with its path; keys count as values of their own place."""
    pending = [(path, value)]
    while pending:
        place, item = pending.pop()
        if isinstance(item, dict):
            for key, below in item.items():
                yield place, key
                pending.append(((*place, key), below))
        elif isinstance(item, list):
            pending.extend(((*place, index), below) for index, below in enumerate(item))
        else:
            yield place, item
