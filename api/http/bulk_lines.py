"""Reads the lines of a bulk import."""

from codecs import BOM_UTF8
from collections.abc import Callable
from typing import Any, NamedTuple

from pydantic import ValidationError
from pydantic_core import from_json
from starlette.exceptions import HTTPException

from api.http.body import FIELDS_MAX
from api.http.json_limits import SLICE_BYTES, JsonLimits
from api.schemas import plain_messages
from api.schemas.documents import BulkLine
from shared.domain.documents.document import DEFAULT_COLLECTION, NewDocument
from shared.domain.documents.validation import ID_MAX_CHARACTERS
from shared.domain.embedding.sent_vectors import UNREADABLE, SentVectors, VectorReading
from shared.domain.errors import FieldError, InvalidInput
from shared.domain.refs import Collection
from shared.services.operations.long_work import Pauses

LINE_ERRORS = 5
PART_CHARACTERS = 100


async def check_size(raw: bytes, pauses: Pauses) -> None:
    """Raise InvalidInput for a line that has too many values to parse it."""
    limits = JsonLimits()
    for start in range(0, len(raw), SLICE_BYTES):
        try:
            limits.feed(raw[start : start + SLICE_BYTES])
        except HTTPException as error:
            raise InvalidInput(FieldError(("line",), error.detail)) from None
        await pauses.pause()


def parse_line(
    raw: bytes, default_collection: str | None, writable: Callable[[str], Collection]
) -> tuple[NewDocument, object]:
    """Return the document of a line, and what it has as vectors.

    Raises InvalidInput and what `writable` raises.
    """
    try:
        value = from_json(raw.removeprefix(BOM_UTF8), allow_inf_nan=False)
        if isinstance(value, dict) and len(value) > FIELDS_MAX:
            raise InvalidInput(FieldError(("line",), f"has more than {FIELDS_MAX} fields"))
        body = BulkLine.model_validate(value)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)[:LINE_ERRORS]
        raise InvalidInput(*map(_field_error, found)) from None
    except (ValueError, RecursionError) as error:
        raise InvalidInput(FieldError(("line",), plain_messages.of_json(error))) from None
    named = body.collection if body.collection is not None else default_collection
    collection = writable(DEFAULT_COLLECTION if named is None else named)
    return body.document(None, collection), body.vectors


async def read_vectors(given: object, new: NewDocument, pauses: Pauses) -> SentVectors | None:
    """Return the vectors that came with a document, or None if they cannot be those of its text."""
    if given is None:
        return None
    try:
        reading = VectorReading(given, len(new.content))
        for chunk in reading.given:
            reading.add(chunk)
            await pauses.pause()
        return reading.done()
    except UNREADABLE:
        return None


class Claimed(NamedTuple):
    """What a rejected line names, as far as it can be shown."""

    id: str | None
    collection: str | None


def claimed(raw: bytes) -> Claimed:
    try:
        value = from_json(raw.removeprefix(BOM_UTF8))
    except (ValueError, RecursionError):
        value = None
    fields = value if isinstance(value, dict) else {}
    return Claimed(*(_shown(fields.get(name)) for name in Claimed._fields))


def _shown(value: object) -> str | None:
    return value[:ID_MAX_CHARACTERS] if isinstance(value, str) else None


def _field_error(error: Any) -> FieldError:  # noqa: ANN401 - pydantic's ErrorDetails
    path = tuple(str(part)[:PART_CHARACTERS] for part in error["loc"])
    return FieldError(path or ("line",), plain_messages.of_field(error))
