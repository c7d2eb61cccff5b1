"""Files on the wire."""

import json
from datetime import datetime
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field

from api.schemas.fields import Identifier
from shared.domain.documents.validation import check_text
from shared.domain.errors import FieldError, InvalidInput
from shared.domain.files.file import File, FileListing, FileStatus
from shared.domain.refs import Collection, Tenant
from shared.ports.sealing import Sealed, Sealing
from shared.services.files.upload import RejectedFile

CURSOR_MAX_CHARACTERS = 400
PADDED_BYTES = 48
"""All cursors have the same length, so that it does not tell how large their numbers are."""
LIST_KIND = "files"


class FileErrorOut(BaseModel):
    """Why a file could not be read, or why a document of it is not embedded."""

    model_config = ConfigDict(from_attributes=True)

    code: Annotated[str, Field(examples=["encrypted"])]
    message: str
    attempts: int


class ExtractorOut(BaseModel):
    """What has read the file."""

    name: Annotated[str, Field(examples=["pdf"])]
    version: str


class FileOut(BaseModel):
    """A file. Its documents have its id, or `<id>#<n>` if there are several."""

    id: Annotated[str, Field(examples=["handbook/leave.pdf"])]
    collection: str
    name: str
    media_type: str | None
    bytes: int
    sha256: Annotated[str, Field(examples=["sha256:" + "0" * 64])]
    source: str | None
    status: Annotated[
        FileStatus,
        Field(
            description="`extracting` until its text is read, then the status of its documents: "
            "`pending` until all are embedded, `failed` if one of them is."
        ),
    ]
    error: FileErrorOut | None
    documents: Annotated[int, Field(description="How many documents it has now.")]
    pages: Annotated[int | None, Field(description="Null if it has no pages, or is not read yet.")]
    extractor: ExtractorOut | None
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, file: File) -> Self:
        extractor = file.extractor
        return cls(
            id=file.ref.id,
            collection=file.ref.collection.name,
            name=file.name,
            media_type=file.media_type,
            bytes=file.size,
            sha256=f"sha256:{file.sha256.hex()}",
            source=file.source,
            status=file.status,
            error=FileErrorOut.model_validate(file.error) if file.error else None,
            documents=file.documents,
            pages=file.pages,
            extractor=extractor and ExtractorOut(name=extractor.name, version=extractor.version),
            created_at=file.created_at,
            updated_at=file.updated_at,
        )


class RejectionOut(BaseModel):
    """Why a file is not stored."""

    code: Annotated[str, Field(examples=["too-large"])]
    message: str


class RejectedFileOut(BaseModel):
    """A file that is not stored, by the name that was sent."""

    name: str
    error: RejectionOut

    @classmethod
    def of(cls, rejected: RejectedFile) -> Self:
        error = RejectionOut(code=rejected.code, message=rejected.message)
        return cls(name=rejected.name, error=error)


class UploadedOut(BaseModel):
    """The files of an upload, and those that are not stored."""

    items: list[FileOut]
    rejected: list[RejectedFileOut]


class FilesOut(BaseModel):
    """A page of files, newest first."""

    items: list[FileOut]
    next_cursor: str | None


class FileListParameters(BaseModel):
    """Which files to list."""

    collection: Identifier | None = None
    status: FileStatus | None = None
    source: Annotated[str | None, Field(max_length=255)] = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    cursor: Annotated[str | None, Field(max_length=CURSOR_MAX_CHARACTERS)] = None

    def listing(self, collection: Collection, sealing: Sealing) -> FileListing:
        """Return what to list; raises InvalidInput."""
        if self.source is not None:
            check_text(self.source, "query", "source")
        after = None if self.cursor is None else _position(sealing, collection.tenant, self.cursor)
        return FileListing(collection, self.status, self.source, self.limit, after)


def cursor_after(sealing: Sealing, tenant: Tenant, key: int | None) -> str | None:
    if key is None:
        return None
    content = json.dumps([LIST_KIND, key]).encode().ljust(PADDED_BYTES)
    return sealing.seal(Sealed.LIST_CURSOR, tenant, content)


def _position(sealing: Sealing, tenant: Tenant, cursor: str) -> int:
    content = sealing.open(Sealed.LIST_CURSOR, tenant, cursor)
    value: Any = json.loads(content) if content else None
    if not isinstance(value, list) or value[0] != LIST_KIND:
        message = "is not a cursor that this list returned"
        raise InvalidInput(FieldError(("query", "cursor"), message))
    key: int = value[1]
    return key
