"""What makes a document valid: its identifiers, its text, its metadata and their sizes."""

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any

from shared.domain.documents.document import TITLE_MAX_CHARACTERS, NewDocument
from shared.domain.errors import NAME_CHARACTERS, DocumentTooLarge, FieldError, InvalidInput
from shared.domain.refs import DocumentRef

ID_MAX_CHARACTERS = 255

Path = tuple[str | int, ...]
_SURROGATE = re.compile("[\ud800-\udfff]")
_MAYBE_INVALID = re.compile(r"[\ud800-\udfff]|\\u0000|NaN|Infinity")
"""What the JSON of invalid values contains. Valid text may contain all of it but surrogates."""


@dataclass(frozen=True, slots=True)
class DocumentLimits:
    """The largest content (bytes of UTF-8) and metadata (bytes of JSON) of a document."""

    content_bytes: int = 1024 * 1024
    metadata_bytes: int = 64 * 1024


def check_document(new: NewDocument, limits: DocumentLimits) -> None:
    """Raise InvalidInput if a document cannot be stored or addressed."""
    check_identifier(new.ref.id, "id")
    check_identifier(new.ref.collection.name, "collection")
    for field in fields(new):
        if isinstance(value := getattr(new, field.name), str):
            check_text(value, field.name)
    _check_title(new.title or "")
    if not new.content.strip():
        raise InvalidInput(FieldError(("content",), "must not be blank"))
    _check_size(("content",), new.content.encode(), limits.content_bytes)
    _check_size(("metadata",), json.dumps(new.metadata).encode(), limits.metadata_bytes)
    check_metadata(new.metadata, "metadata")


def check_metadata_of(ref: DocumentRef, metadata: dict[str, Any], limits: DocumentLimits) -> None:
    """Raise DocumentTooLarge if a document with this metadata is too large. It names the id."""
    size = len(json.dumps(metadata).encode())
    if size > limits.metadata_bytes:
        message = f"of {ref.id[:NAME_CHARACTERS]!r} would have {size:,} bytes; the limit is "
        raise DocumentTooLarge(FieldError(("metadata",), f"{message}{limits.metadata_bytes:,}"))


def check_identifier(text: str, *path: str | int) -> None:
    """Raise InvalidInput unless `text` can name a document or a collection in a URL."""
    check_text(text, *path)
    if not 1 <= len(text) <= ID_MAX_CHARACTERS:
        raise InvalidInput(FieldError(path, f"must have 1 to {ID_MAX_CHARACTERS} characters"))
    if text in {".", ".."}:
        raise InvalidInput(FieldError(path, "must not be '.' or '..', because no URL can hold it"))


def check_text(text: str, *path: str | int) -> None:
    """Raise InvalidInput for what PostgreSQL cannot store: NUL and lone surrogates."""
    if "\0" in text:
        raise InvalidInput(FieldError(path, "must not contain the NUL character (U+0000)"))
    try:
        text.encode()
    except UnicodeEncodeError:
        raise InvalidInput(
            FieldError(path, "must not contain lone surrogates (U+D800 to U+DFFF)")
        ) from None


def check_metadata(metadata: dict[str, Any], *path: str | int) -> str:
    """Return metadata as JSON; raises InvalidInput for values that jsonb cannot hold."""
    text = json.dumps(metadata, ensure_ascii=False)
    if _MAYBE_INVALID.search(text) and not all(map(_is_storable, _leaves(metadata))):
        _refuse(metadata, path)
    return text


def _refuse(metadata: dict[str, Any], path: Path) -> None:
    """Raise InvalidInput with the path of a value that jsonb cannot hold."""
    for at, value in _walk(metadata, path):
        if isinstance(value, str):
            check_text(value, *at)
        elif isinstance(value, float) and not math.isfinite(value):
            raise InvalidInput(FieldError(at, "must be a finite number"))


def _check_title(title: str) -> None:
    if len(title) > TITLE_MAX_CHARACTERS:
        raise InvalidInput(
            FieldError(("title",), f"must have at most {TITLE_MAX_CHARACTERS:,} characters")
        )


def _check_size(path: Path, value: bytes, limit: int) -> None:
    if len(value) > limit:
        raise DocumentTooLarge(
            FieldError(path, f"has {len(value):,} bytes; the limit is {limit:,}")
        )


def _is_storable(value: object) -> bool:
    if isinstance(value, str):
        return value.isprintable() or ("\0" not in value and not _SURROGATE.search(value))
    return not isinstance(value, float) or math.isfinite(value)


def _leaves(value: object) -> Iterator[object]:
    """Yield each key, and each value that holds no other. Paths would take ten times as long."""
    pending = [value]
    while pending:
        item = pending.pop()
        if isinstance(item, dict):
            yield from item
            pending.extend(item.values())
        elif isinstance(item, list):
            pending.extend(item)
        else:
            yield item


def _walk(value: object, path: Path) -> Iterator[tuple[Path, object]]:
    """Yield each value below `value` with its path. Keys have the path of their object."""
    pending = [(path, value)]
    while pending:
        at, item = pending.pop()
        if isinstance(item, dict):
            for key, below in item.items():
                yield at, key
                pending.append(((*at, key), below))
        elif isinstance(item, list):
            pending.extend(((*at, index), below) for index, below in enumerate(item))
        else:
            yield at, item
