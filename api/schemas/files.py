"""Files on the wire."""

import json
from datetime import datetime
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field

from api.schemas.fields import Identifier
from shared.domain.documents.validation import check_text
from shared.domain.errors import FieldError, InvalidInput
from shared.domain.files.file import File, FileListing, FileStatus, Unsent
from shared.domain.reasons import FailureKind
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

    kind: FailureKind = Field(
        description="`file`: its text could not be read. `document`: one of its documents could "
        "not be embedded.",
        examples=["file"],
    )
    code: str = Field(description="What went wrong, as a word.", examples=["encrypted"])
    message: str = Field(
        description="What went wrong, as a sentence.", examples=["The file needs a password."]
    )
    attempts: int = Field(description="How often it was tried.", examples=[1])
    retry_may_help: bool = Field(
        description="Whether the same file may succeed if it is tried again, with the same limits "
        "and the same model.",
        examples=[False],
    )


class ExtractorOut(BaseModel):
    """What has read the file."""

    name: str = Field(description="The format that was read.", examples=["pdf"])
    version: str = Field(description="Another version reads the file again.", examples=["1"])


class FileOut(BaseModel):
    """A file. Its documents have its id, or `<id>#<n>` if there are several."""

    id: str = Field(description="The file's id.", examples=["handbook/leave.pdf"])
    collection: str = Field(description="The file's collection.", examples=["default"])
    name: str = Field(description="The name that was sent.", examples=["handbook/leave.pdf"])
    media_type: str | None = Field(
        description="The media type that was sent; null if none was.", examples=["application/pdf"]
    )
    bytes: int = Field(description="Its size.", examples=[48_213])
    sha256: str = Field(description="The hash of its bytes.", examples=["sha256:" + "0" * 64])
    source: str | None = Field(
        description="Where it is from; null if nobody said.", examples=["handbook"]
    )
    status: Annotated[
        FileStatus,
        Field(
            description="`extracting` until its text is read, then the status of its documents: "
            "`pending` until all are embedded, `failed` if one of them is."
        ),
    ]
    error: FileErrorOut | None = Field(
        description="Why it failed, or failed last; null if it did not.", examples=[None]
    )
    documents: Annotated[int, Field(description="How many documents it has now.")]
    pages: Annotated[int | None, Field(description="Null if it has no pages, or is not read yet.")]
    extractor: ExtractorOut | None = Field(description="What has read it; null before it is read.")
    created_at: datetime = Field(description="When it was first sent.")
    updated_at: datetime = Field(description="When it was last sent, read or retried.")

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
    """Why a file is not stored, or has failed."""

    code: str = Field(description="What is wrong, as a word.", examples=["too-large"])
    message: str = Field(
        description="What is wrong, as a sentence.", examples=["It is over 268,435,456 bytes."]
    )


class RejectedFileOut(BaseModel):
    """A file that is not stored, by the name that was sent."""

    name: str = Field(description="The name that was sent.", examples=["video.mp4"])
    error: RejectionOut = Field(description="Why it is not stored.")

    @classmethod
    def of(cls, rejected: RejectedFile) -> Self:
        error = RejectionOut(code=rejected.code, message=rejected.message)
        return cls(name=rejected.name, error=error)


class UploadedOut(BaseModel):
    """The files of an upload, and those that are not stored."""

    items: list[FileOut] = Field(description="The files that are stored.")
    rejected: list[RejectedFileOut] = Field(
        description="The files that are not stored.", examples=[[]]
    )


class FilesOut(BaseModel):
    """A page of files, newest first."""

    items: list[FileOut] = Field(description="The files, the newest first.")
    next_cursor: str | None = Field(
        description="Where the next page starts; null on the last.", examples=[None]
    )


class FileListParameters(BaseModel):
    """Which files to list."""

    collection: Identifier | None = None
    status: Annotated[FileStatus | None, Field(description="Only files of this status.")] = None
    unread: Annotated[
        bool,
        Field(description="Only files that have failed because their text could not be read."),
    ] = False
    source: Annotated[
        str | None, Field(max_length=255, description="Only files from this source.")
    ] = None
    limit: Annotated[int, Field(ge=1, le=200, description="Files a page, at most.")] = 50
    cursor: Annotated[
        str | None,
        Field(max_length=CURSOR_MAX_CHARACTERS, description="`next_cursor` of the page before."),
    ] = None

    def listing(self, collection: Collection, sealing: Sealing) -> FileListing:
        """Return what to list; raises InvalidInput."""
        if self.source is not None:
            check_text(self.source, "query", "source")
        after = None if self.cursor is None else _position(sealing, collection.tenant, self.cursor)
        return FileListing(collection, self.status, self.unread, self.source, self.limit, after)


class UnsentParameters(BaseModel):
    """Which files to delete: those of a source that a sweep did not send."""

    collection: Identifier | None = None
    source: Annotated[str, Field(min_length=1, max_length=255, description="The source.")]
    sweep: Annotated[
        str,
        Field(min_length=1, max_length=255, description="What was sent with this `sweep` stays."),
    ]
    all: Annotated[bool, Field(description="Also if that is more than half of the source.")] = False

    def unsent(self, collection: Collection) -> Unsent:
        """Return the files; raises InvalidInput."""
        check_text(self.source, "query", "source")
        check_text(self.sweep, "query", "sweep")
        return Unsent(collection, self.source, self.sweep)


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
