"""Files, and imports."""

from datetime import datetime

from pydantic import Field

from inkdex.models.answer import Answer


class FileError(Answer):
    """Why a file could not be read, or why a document of it is not embedded.

    `kind` is `file` or `document`.
    """

    kind: str | None = None
    code: str
    message: str
    attempts: int = 0
    retry_may_help: bool | None = None


class Extractor(Answer):
    """What read the file."""

    name: str
    version: str


class File(Answer):
    """An uploaded file. `status` is `extracting`, `pending`, `ready` or `failed`."""

    id: str
    collection: str
    name: str
    media_type: str | None
    bytes: int
    sha256: str
    source: str | None = None
    status: str
    error: FileError | None = None
    documents: int = 0
    pages: int | None = None
    extractor: Extractor | None = None
    created_at: datetime
    updated_at: datetime


class FilePage(Answer):
    """A page of files, newest first."""

    items: list[File]
    next_cursor: str | None


class RefusedFileError(Answer):
    """Why a file was not taken, or why something failed."""

    code: str
    message: str


class RefusedFile(Answer):
    """A file that was not taken."""

    name: str
    error: RefusedFileError


class Uploaded(Answer):
    """The files that were taken, and those that were not."""

    items: list[File]
    rejected: list[RefusedFile] = Field(default_factory=list)


class Import(Answer):
    """A bulk import. `state` is `receiving`, `embedding`, `done` or `stopped`."""

    id: str
    collection: str | None
    state: str
    accepted: int
    unchanged: int
    rejected: int
    ready: int
    failed: int
    pending: int
    skipped: int = 0
    deleted: int = 0
    vectors_used: int = 0
    bytes: int
    started_at: datetime
    ended_at: datetime | None


class ImportRejection(Answer):
    """A line or file that was rejected or skipped. Each request counts its lines from 1."""

    request: int
    line: int | None
    id: str | None
    error: str


class ImportRejectionPage(Answer):
    """A page of the rejections, or of what was skipped, that are kept of `total`."""

    items: list[ImportRejection]
    total: int
    next_cursor: str | None = None


class ImportFailure(Answer):
    """A file that could not be read, or a document that could not be embedded."""

    kind: str
    collection: str
    id: str
    error: RefusedFileError


class ImportFailures(Answer):
    """What of an import has failed. `complete` says whether that is all."""

    items: list[ImportFailure]
    complete: bool


class ImportPage(Answer):
    """A page of imports, newest first."""

    items: list[Import]
    next_cursor: str | None = None
