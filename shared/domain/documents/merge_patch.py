"""JSON merge patch (RFC 7396), and documents patched by it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from shared.domain.documents.document import NewDocument
from shared.domain.errors import FieldError, InvalidInput


def merge_patch(target: Any, patch: Any) -> Any:  # noqa: ANN401 - JSON values
    """Return `target` patched: null removes a member, objects merge, the rest replaces."""
    if not isinstance(patch, dict):
        return patch
    merged = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = merge_patch(merged.get(name), value)
    return merged


def check_patch(changes: Mapping[str, Any]) -> None:
    """Raise InvalidInput for a patch that no document can take."""
    if "content" in changes and changes["content"] is None:
        raise InvalidInput(FieldError(("content",), "can't be removed from a document"))


def patched(document: NewDocument, changes: Mapping[str, Any]) -> NewDocument:
    """Return the document with its changed fields. Metadata merges; an empty title is none."""
    merged = dict(changes)
    if "metadata" in changes:
        patch = changes["metadata"]
        merged["metadata"] = {} if patch is None else merge_patch(document.metadata, patch)
    new = replace(document, **merged)
    return replace(new, title=new.title or None)
