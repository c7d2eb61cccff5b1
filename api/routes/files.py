"""Files: send, read, list, delete, retry. Their text becomes documents."""

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from starlette.exceptions import HTTPException

from api.http.file_form import FileForm, receive
from api.http.multipart import MULTIPART, boundary_of, pieces
from api.http.parameters import (
    Caller,
    ImportParameter,
    Inkdex,
    ReadCollection,
    ReadDocument,
    WrittenCollection,
    WrittenDocument,
    client_of,
)
from api.http.paths import ID
from api.http.query import QueryRoute
from api.http.responses import BUSY, JSON_BODY, README, described
from api.schemas.document_lists import DeletedOut
from api.schemas.documents import Replace
from api.schemas.files import (
    FileListParameters,
    FileOut,
    FilesOut,
    RejectedFileOut,
    UnsentParameters,
    UploadedOut,
    cursor_after,
)
from api.services import Services
from shared.domain.access.principal import Principal
from shared.domain.access_errors import QuotaExceeded
from shared.domain.documents.bulk_report import BulkReport
from shared.domain.documents.imports import QUIET_SECONDS
from shared.domain.errors import FileNotFound, InvalidInput, ShuttingDown, TooBusy, TooManyUnsent
from shared.domain.files.file import FileRef
from shared.domain.operations.client import Client

router = APIRouter(prefix="/v1/files", tags=["files"], route_class=QueryRoute)

NOT_FOUND: dict[int | str, dict[str, Any]] = {
    404: described(
        "There is no such file in this collection.", FileNotFound(README.collection, "leave.pdf")
    )
}
_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            MULTIPART: {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {
                        "file": {
                            "type": "array",
                            "items": {"type": "string", "format": "binary"},
                            "description": "One or more files.",
                        },
                        "id": {
                            "type": "string",
                            "description": "The id of the only file; its name if omitted.",
                        },
                        "title": {"type": "string", "description": "Instead of its own title."},
                        "metadata": {
                            "type": "string",
                            "description": "A JSON object, merged over what the file says.",
                        },
                        "source": {"type": "string", "description": "Where the files are from."},
                        "sweep": {
                            "type": "string",
                            "description": "A name of this pass over the source, such as a date.",
                        },
                    },
                }
            }
        },
    }
}


async def read_file_ref(document: ReadDocument) -> FileRef:
    return FileRef(document.collection, document.id)


async def written_file_ref(document: WrittenDocument) -> FileRef:
    return FileRef(document.collection, document.id)


ReadFile = Annotated[FileRef, Depends(read_file_ref)]
WrittenFile = Annotated[FileRef, Depends(written_file_ref)]


@router.post("", status_code=202, responses=JSON_BODY | BUSY, openapi_extra=_BODY)
async def upload_files(
    request: Request,
    collection: WrittenCollection,
    inkdex: Inkdex,
    caller: Caller,
    replace: Annotated[
        Replace,
        Query(
            description="`same_source`: reject a file instead of replacing a file or document with "
            "another `source`."
        ),
    ] = Replace.ALL,
    wait: Annotated[
        float, Query(ge=0, le=30, description="Seconds to wait until all are ready or failed.")
    ] = 0.0,
    import_: ImportParameter = None,
) -> UploadedOut:
    """Send one or more files. Their texts are read by a worker and become documents.

    A file with the id of an earlier one replaces it. The same bytes, name and fields again change
    nothing, unless a document of the file was deleted. Files that cannot be accepted are in
    `rejected` and do not affect the others.
    With `import`, `GET /v1/imports/{id}` counts them.
    """
    form = FileForm(inkdex.settings.metadata_max_bytes)
    chunks = inkdex.shutdown.until_stop(request.stream())
    report = BulkReport(collections={collection})
    with inkdex.body_budget.loan() as loan:
        async with (
            _receiving(inkdex, caller, import_, form, report),
            inkdex.files.upload(client_of(request, caller), report) as upload,
        ):
            boundary = boundary_of(request)
            await receive(form, upload, pieces(chunks, boundary, inkdex.long_work.pauses()), loan)
            keeps_others = replace is Replace.SAME_SOURCE
            refs = await upload.accept(
                collection, form.id, form.options(), form.sweep, keeps_others=keeps_others
            )
    if wait:
        await _settled(inkdex, refs, wait, client_of(request, caller))
    return UploadedOut(
        items=[FileOut.of(file) for file in await inkdex.files.every(refs)],
        rejected=[RejectedFileOut.of(each) for each in upload.rejected],
    )


@asynccontextmanager
async def _receiving(
    inkdex: Services, caller: Principal, import_id: UUID | None, form: FileForm, report: BulkReport
) -> AsyncIterator[None]:
    """Record what is received, and a request that is refused, if it is of an import.

    A refusal does not stop the import: it is an answer to this request.
    """
    if import_id is None:
        yield
        return
    refusal: Exception | None = None
    async with inkdex.imports.receiving(caller.tenant, import_id, report, QUIET_SECONDS):
        try:
            yield
        except (InvalidInput, QuotaExceeded) as error:
            report.reject(0, form.id, str(error))
            refusal = error
        except HTTPException as error:
            report.reject(0, form.id, error.detail)
            refusal = error
    if refusal is not None:
        raise refusal


async def _settled(
    inkdex: Services, refs: Sequence[FileRef], seconds: float, client: Client
) -> None:
    """Wait until the files are ready or failed, for so many seconds at most. They are stored."""
    deadline = time.monotonic() + seconds
    with suppress(ShuttingDown, TooBusy, FileNotFound):
        async with inkdex.shutdown.interrupts():
            for ref in refs:
                await inkdex.files.wait(ref, deadline - time.monotonic(), client)


@router.get("", responses=BUSY)
async def list_files(
    inkdex: Inkdex,
    caller: Caller,
    collection: ReadCollection,
    parameters: Annotated[FileListParameters, Query()],
) -> FilesOut:
    """List the files of a collection, newest first."""
    sealing = await inkdex.sealing()
    listing = parameters.listing(collection, sealing)
    found, after = await inkdex.files.page(listing, caller.filter)
    return FilesOut(
        items=[FileOut.of(file) for file in found],
        next_cursor=cursor_after(sealing, caller.tenant, after),
    )


@router.delete(
    "", responses=BUSY | {409: described("Most files would be deleted.", TooManyUnsent(12, 20))}
)
async def delete_unsent_files(
    inkdex: Inkdex,
    collection: WrittenCollection,
    parameters: Annotated[UnsentParameters, Query()],
) -> DeletedOut:
    """Delete the files of a source that a sweep did not send, with their documents.

    If the request breaks off, the same request deletes the rest.
    """
    unsent = parameters.unsent(collection)
    async with inkdex.shutdown.interrupts():
        deleted = await inkdex.files.delete_unsent(unsent, all_of_them=parameters.all)
    return DeletedOut(deleted=deleted)


@router.post(f"{ID}/retry", status_code=202, responses=NOT_FOUND | BUSY)
async def retry_file(ref: WrittenFile, inkdex: Inkdex) -> FileOut:
    """Read a file again that could not be read, and embed its failed documents again."""
    return FileOut.of(await inkdex.files.retry(ref))


@router.get(ID, responses=NOT_FOUND | BUSY)
async def get_file(
    request: Request,
    ref: ReadFile,
    inkdex: Inkdex,
    caller: Caller,
    wait: Annotated[
        float, Query(ge=0, le=30, description="Seconds to wait until it is ready or failed.")
    ] = 0.0,
) -> FileOut:
    """Return a file, at once or as soon as it is ready or failed."""
    with suppress(ShuttingDown):
        async with inkdex.shutdown.interrupts():
            client = client_of(request, caller)
            return FileOut.of(await inkdex.files.wait(ref, wait, client, caller.filter))
    return FileOut.of(await inkdex.files.get(ref, caller.filter))


@router.delete(ID, status_code=204, responses=NOT_FOUND | BUSY)
async def delete_file(ref: WrittenFile, inkdex: Inkdex) -> None:
    """Delete a file and its documents; they are in no search from the end of this request."""
    await inkdex.files.delete(ref)
