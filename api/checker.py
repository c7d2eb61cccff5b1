"""From bodies to documents: the checks that a schema alone can't make."""

import json
from codecs import BOM_UTF8
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from pydantic import ValidationError
from pydantic_core import from_json

from api.http.body import FIELDS_MAX
from api.schemas.documents import DocumentBody, DocumentPatch
from shared.config import Settings
from shared.domain.documents.document import (
    DEFAULT_COLLECTION,
    ID_MAX_CHARACTERS,
    NewDocument,
    new_id,
)
from shared.domain.documents.merge_patch import merge_patch
from shared.domain.documents.validation import check_identifier, check_metadata, check_text
from shared.domain.errors import DocumentInvalid, DocumentTooLarge, FieldError

LINE_ERRORS = 5

Revision = Callable[[NewDocument], NewDocument]


class Checker:
    """Turns bodies into documents by the limits of the settings."""

    def __init__(self, settings: Settings) -> None:
        self._document_max_bytes = settings.document_max_bytes
        self._metadata_max_bytes = settings.metadata_max_bytes

    def document(
        self, body: DocumentBody, id_: str | None = None, collection: str | None = None
    ) -> NewDocument:
        """Return the document of a body; `id_` and `collection` are those of the URL.

        Raises DocumentInvalid, also where body and URL contradict each other.
        """
        new = NewDocument(
            id=agreed("id", body.id, id_) or new_id(),
            collection=agreed("collection", body.collection, collection) or DEFAULT_COLLECTION,
            title=body.title or None,
            content=body.content,
            metadata=body.metadata,
        )
        return self.check(new)

    def line(self, raw: bytes, default_collection: str | None) -> NewDocument:
        """Return the document of one line of a bulk import; raises DocumentInvalid."""
        try:
            value = from_json(raw.removeprefix(BOM_UTF8), allow_inf_nan=False)
            if isinstance(value, dict) and len(value) > FIELDS_MAX:
                raise DocumentInvalid(FieldError(("line",), f"has more than {FIELDS_MAX} fields"))
            body = DocumentBody.model_validate(value)
        except ValidationError as error:
            raise DocumentInvalid(
                *(
                    FieldError(tuple(str(part)[:100] for part in each["loc"]), each["msg"])
                    for each in error.errors(include_url=False, include_input=False)[:LINE_ERRORS]
                )
            ) from None
        except (ValueError, RecursionError) as error:
            raise DocumentInvalid(FieldError(("line",), f"is not valid JSON: {error}")) from None
        collection = body.collection if body.collection is not None else default_collection
        return self.document(body.model_copy(update={"collection": collection}))

    @staticmethod
    def id_of(raw: bytes) -> str | None:
        """Return the id that a line claims, if it is one that can be shown."""
        try:
            claimed = from_json(raw.removeprefix(BOM_UTF8))["id"]
        except (ValueError, RecursionError, KeyError, TypeError, IndexError):
            return None
        return claimed[:ID_MAX_CHARACTERS] if isinstance(claimed, str) else None

    def revision(self, patch: DocumentPatch, id_: str, collection: str) -> Revision:
        """Return what a merge patch makes of a document; raises DocumentInvalid, then and later."""
        agreed("id", patch.id, id_)
        agreed("collection", patch.collection, collection)
        changes = patch.model_dump(exclude_unset=True, exclude={"id", "collection"})
        if "content" in changes and changes["content"] is None:
            raise DocumentInvalid(FieldError(("content",), "can't be removed from a document"))

        def revise(current: NewDocument) -> NewDocument:
            return self.check(_patched(current, changes))

        return revise

    def check(self, new: NewDocument) -> NewDocument:
        """Return the document; raises DocumentInvalid if it can't be stored or addressed."""
        check_identifier(new.id, "id")
        check_identifier(new.collection, "collection")
        check_text(new.title or "", "title")
        check_text(new.content, "content")
        if not new.content.strip():
            raise DocumentInvalid(FieldError(("content",), "must not be blank"))
        _check_size(("content",), new.content.encode(), self._document_max_bytes)
        _check_size(("metadata",), json.dumps(new.metadata).encode(), self._metadata_max_bytes)
        check_metadata(new.metadata, "metadata")
        return new


def _patched(current: NewDocument, changes: dict[str, Any]) -> NewDocument:
    merged = dict(changes)
    if "metadata" in changes:
        patch = changes["metadata"]
        merged["metadata"] = {} if patch is None else merge_patch(current.metadata, patch)
    new = replace(current, **merged)
    return replace(new, title=new.title or None)


def agreed(field: str, in_body: str | None, in_url: str | None) -> str | None:
    """Return what body or URL say; raises DocumentInvalid if they contradict each other."""
    if in_body is not None and in_url is not None and in_body != in_url:
        raise DocumentInvalid(
            FieldError((field,), f"contradicts the {field} of the URL; leave one of them out")
        )
    return in_body if in_body is not None else in_url


def _check_size(path: tuple[str], value: bytes, limit: int) -> None:
    if len(value) > limit:
        raise DocumentTooLarge(
            FieldError(path, f"has {len(value):,} bytes; the limit is {limit:,}")
        )
