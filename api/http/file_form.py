"""Reads the form that sends files: the files go to an upload, the fields say what they are."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from pydantic_core import from_json

from api.http.json_limits import JsonLimits
from api.http.multipart import FieldPart, FileBegins, FileData, FileEnds, Piece
from shared.domain.documents.document import TITLE_MAX_CHARACTERS
from shared.domain.documents.validation import (
    ID_MAX_CHARACTERS,
    check_identifier,
    check_metadata,
    check_text,
)
from shared.domain.errors import FieldError, InvalidInput
from shared.domain.files.file import FileOptions
from shared.domain.operations.memory_budget import MemoryLoan
from shared.services.files.upload import INVALID_NAME, Upload

FIELDS = ("id", "title", "metadata", "source", "sweep")
OCTETS = "application/octet-stream"
"""What clients send if they do not know the type."""
NO_NAME = "The part has no file name that is UTF-8."


@dataclass(slots=True)
class FileForm:
    """The fields of the form."""

    metadata_max_bytes: int
    fields: dict[str, str] = field(default_factory=dict)

    def add(self, part: FieldPart) -> None:
        """Take a field; raises InvalidInput."""
        name = part.name[:ID_MAX_CHARACTERS]
        if name not in FIELDS:
            known = ", ".join(("file", *FIELDS))
            raise InvalidInput(FieldError((name,), f"is not a field of this form; use {known}"))
        if name in self.fields:
            raise InvalidInput(FieldError((name,), "is given twice"))
        try:
            value = part.value.decode()
        except UnicodeDecodeError:
            raise InvalidInput(FieldError((name,), "is not UTF-8")) from None
        check_text(value, name)
        self.fields[name] = value

    @property
    def id(self) -> str | None:
        return self.fields.get("id")

    @property
    def sweep(self) -> str | None:
        """The name of a pass over the source; raises InvalidInput."""
        if sweep := self.fields.get("sweep"):
            check_identifier(sweep, "sweep")
            return sweep
        return None

    def options(self) -> FileOptions:
        """Return what the fields say of the documents; raises InvalidInput."""
        if self.id is not None:
            check_identifier(self.id, "id")
        title, source = self.fields.get("title") or None, self.fields.get("source") or None
        if len(title or "") > TITLE_MAX_CHARACTERS:
            message = f"must have at most {TITLE_MAX_CHARACTERS:,} characters"
            raise InvalidInput(FieldError(("title",), message))
        if source is not None:
            check_identifier(source, "source")
        elif self.sweep is not None:
            raise InvalidInput(FieldError(("sweep",), "needs a source"))
        return FileOptions(title, self._metadata(), source)

    def _metadata(self) -> dict[str, Any]:
        text = self.fields.get("metadata", "{}")
        if len(text.encode()) > self.metadata_max_bytes:
            message = f"has more than {self.metadata_max_bytes:,} bytes"
            raise InvalidInput(FieldError(("metadata",), message))
        JsonLimits().feed(text.encode())
        try:
            value = from_json(text, allow_inf_nan=False)
        except (ValueError, RecursionError):
            value = None
        if not isinstance(value, dict):
            raise InvalidInput(FieldError(("metadata",), "must be a JSON object"))
        check_metadata(value, "metadata")
        return value


async def receive(
    form: FileForm, upload: Upload, pieces: AsyncIterator[Piece], loan: MemoryLoan
) -> None:
    """Take the whole form; raises InvalidInput and TooBusy."""
    async for piece in pieces:
        match piece:
            case FieldPart():
                form.add(piece)
            case FileBegins():
                await _begin(upload, piece)
            case FileData():
                await upload.add(piece.data)
                loan.resize(upload.buffered)
            case FileEnds():
                await upload.end()
    if form.id is not None and upload.received + len(upload.rejected) > 1:
        raise InvalidInput(FieldError(("id",), "cannot be given with several files"))
    if not upload.received and not upload.rejected:
        raise InvalidInput(FieldError(("file",), "is missing; send at least one file"))


async def _begin(upload: Upload, piece: FileBegins) -> None:
    if piece.name != "file":
        message = "holds a file; name the part 'file'"
        raise InvalidInput(FieldError((piece.name[:ID_MAX_CHARACTERS],), message))
    try:
        name = piece.filename.decode().removeprefix("./").lstrip("/")
        check_text(name, "name")
    except (UnicodeDecodeError, InvalidInput):
        name = ""
    if not name or len(name) > ID_MAX_CHARACTERS:
        shown = piece.filename.decode("utf-8", "replace")[:ID_MAX_CHARACTERS]
        message = f"The name has more than {ID_MAX_CHARACTERS} characters." if name else NO_NAME
        upload.reject(shown.replace("\0", "\N{REPLACEMENT CHARACTER}"), INVALID_NAME, message)
        return
    await upload.begin(name, None if piece.media_type == OCTETS else piece.media_type)
