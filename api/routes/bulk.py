"""Bulk import: any number of documents in one streamed request."""

from collections.abc import AsyncIterator
from contextlib import suppress
from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from api.http import bulk_frames
from api.http.body import BODY_MAX_BYTES, require_content_type
from api.http.bulk_lines import check_size, claimed, parse_line, read_vectors
from api.http.parameters import (
    Caller,
    ImportParameter,
    Inkdex,
    OptionalCollection,
    client_of,
)
from api.http.paths import IMPORT_HEADER
from api.http.query import QueryRoute
from api.http.responses import BUSY, JSON_BODY, STOPPED
from api.schemas.documents import BulkOut, Replace
from shared.domain.access.principal import Action, Principal
from shared.domain.access_errors import Forbidden, QuotaExceeded
from shared.domain.database_errors import DatabaseUnavailable
from shared.domain.documents.bulk_report import (
    BLANK_LINES_MAX,
    REJECTIONS_MAX,
    BulkReport,
    ImportStopped,
)
from shared.domain.documents.document import DEFAULT_COLLECTION, new_id
from shared.domain.documents.imports import QUIET_SECONDS
from shared.domain.documents.json_framing import Frame
from shared.domain.documents.validation import check_identifier
from shared.domain.documents.writes import WriteMode
from shared.domain.errors import InkdexError, InvalidInput, ShuttingDown, TooBusy, TooManyRejections
from shared.services.documents.bulk_import import BulkImport
from shared.services.operations.long_work import Pauses

NDJSON_TYPES = frozenset({"application/x-ndjson", "application/ndjson", "application/jsonl"})
BULK_TYPES = NDJSON_TYPES | {"application/json"}

router = APIRouter(prefix="/v1/documents", tags=["documents"], route_class=QueryRoute)

_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {"type": "array", "items": {"$ref": "#/components/schemas/BulkLine"}},
                "example": [{"id": "a", "content": "Ink dries."}],
            },
            "application/x-ndjson": {
                "schema": {
                    "type": "string",
                    "description": 'As in `{"id": "a", "content": "Ink dries."}`, one a line.',
                }
            },
        },
    }
}


WRITE_MODES = {
    Replace.ALL: WriteMode.UPSERT,
    Replace.SAME_SOURCE: WriteMode.UPSERT_SAME_SOURCE,
}


@router.post("/bulk", responses=JSON_BODY | BUSY | STOPPED, openapi_extra=_BODY)
async def import_documents(
    request: Request,
    response: Response,
    inkdex: Inkdex,
    caller: Caller,
    collection: OptionalCollection,
    replace: Annotated[
        Replace,
        Query(
            description="`same_source`: report a line instead of replacing a document whose "
            "metadata has another `source`."
        ),
    ] = Replace.ALL,
    import_: ImportParameter = None,
) -> BulkOut:
    """Create or replace documents, one a line (NDJSON) or in a JSON array, as they stream in.

    An invalid line is reported and does not affect the others. `collection` is the default of
    lines that name none. What was accepted stays stored if the request breaks off. An import that
    ends early is an error that says how far it came, in `import`. Fields that only Inkdex sets,
    such as `status`, are ignored, so that a document can be sent as it was read.

    `GET /v1/imports/{id}` with the id in `import`, or in the header `Inkdex-Import`, tells how many
    of the documents are ready.
    """
    caller.require(Action.WRITE)
    media_type = require_content_type(request, BULK_TYPES)
    import_id = import_ or UUID(new_id())
    response.headers[IMPORT_HEADER] = str(import_id)
    framed = bulk_frames.lines if media_type in NDJSON_TYPES else bulk_frames.elements
    pauses = inkdex.long_work.pauses()
    importing = inkdex.bulk_import(WRITE_MODES[replace], client_of(request, caller))
    with importing as bulk, inkdex.body_budget.loan() as loan:
        quiet = QUIET_SECONDS if import_ else 0.0
        async with inkdex.imports.receiving(caller.tenant, import_id, bulk.report, quiet):
            chunks = _counted(inkdex.shutdown.until_stop(request.stream()), bulk.report)
            lines = _LineImport(bulk, caller, collection, pauses, import_id)
            await lines.run(framed(chunks, loan, pauses))
    return BulkOut.of(bulk.report, import_id)


async def _counted(chunks: AsyncIterator[bytes], report: BulkReport) -> AsyncIterator[bytes]:
    async for chunk in chunks:
        report.bytes += len(chunk)
        yield chunk


class _LineImport:
    """Adds the lines of one request to an import."""

    def __init__(
        self,
        bulk: BulkImport,
        caller: Principal,
        collection: str | None,
        pauses: Pauses,
        import_id: UUID,
    ) -> None:
        self._bulk = bulk
        self._import_id = import_id
        self._writable = partial(caller.collection, Action.WRITE)
        self._collection = collection
        self._line = 0
        self._stored_line = 0
        """All lines up to this one are stored or rejected."""
        self._blank_lines = 0
        self._pauses = pauses

    async def run(self, frames: AsyncIterator[tuple[int, Frame]]) -> None:
        """Add all lines; raises ImportStopped."""
        try:
            async for line, frame in frames:
                await self._add(line, frame)
                self._note(line)
                await self._pauses.pause()
            await self._bulk.flush()
        except (ShuttingDown, TooManyRejections) as error:
            with suppress(InkdexError):
                await self._bulk.flush()
                self._note(self._line)
            raise self._stopped(error) from error
        except (TooBusy, QuotaExceeded, DatabaseUnavailable) as error:
            raise self._stopped(error) from error

    def _stopped(self, cause: InkdexError) -> ImportStopped:
        return ImportStopped(cause, self._bulk.report, self._stored_line, self._import_id)

    def _note(self, line: int) -> None:
        self._line = line
        if not self._bulk.buffered:
            self._stored_line = line

    async def _add(self, line: int, frame: Frame) -> None:
        """Add one document, or count it as rejected. Blank lines are skipped."""
        if frame is None:
            self._reject(line, None, f"is longer than {BODY_MAX_BYTES:,} bytes")
        elif frame.strip():
            await self._add_document(line, frame)
        else:
            self._blank_lines += 1
            self._check_rejections()

    async def _add_document(self, line: int, frame: bytes) -> None:
        try:
            await check_size(frame, self._pauses)
        except InvalidInput as error:
            self._reject(line, None, str(error))
            return
        try:
            new, given = parse_line(frame, self._collection, self._writable)
            vectors = await read_vectors(given, new, self._pauses)
            await self._bulk.add(new, line, vectors)
        except (InvalidInput, Forbidden) as error:
            id_, collection = claimed(frame)
            is_here = self._note_target(collection or self._collection or DEFAULT_COLLECTION)
            self._reject(line, id_, str(error), is_elsewhere=not is_here)

    def _note_target(self, collection: str) -> bool:
        """Note where a rejected line belongs, so that only those who write there see why.

        Return False if the key may not write there.
        """
        try:
            check_identifier(collection, "collection")
            self._bulk.report.collections.add(self._writable(collection))
        except (InvalidInput, Forbidden):
            return False
        return True

    def _reject(
        self, line: int, id_: str | None, reason: str, *, is_elsewhere: bool = False
    ) -> None:
        self._bulk.report.reject(line, id_, reason, is_elsewhere=is_elsewhere)
        self._check_rejections()

    def _check_rejections(self) -> None:
        if self._bulk.report.rejected_count >= REJECTIONS_MAX:
            raise TooManyRejections(f"{REJECTIONS_MAX:,} lines are not valid documents.")
        if self._blank_lines > BLANK_LINES_MAX:
            raise TooManyRejections(f"More than {BLANK_LINES_MAX:,} lines are blank.")
