"""Bulk import: any number of documents in one streamed request."""

from collections.abc import AsyncIterator

from fastapi import APIRouter, Request

from api.checker import Checker
from api.http.body import BODY_MAX_BYTES, require_content_type
from api.http.parameters import Inkdex, OptionalCollection
from api.http.responses import BUSY, JSON_BODY
from api.schemas.documents import BulkOut, RejectedLine
from shared.domain.documents.bulk_report import Rejection
from shared.domain.documents.json_framing import ArrayFramer, Frame, Framer, LineFramer
from shared.domain.errors import DocumentInvalid, FieldError
from shared.services.documents.bulk_import import BulkImport

NDJSON_TYPES = frozenset({"application/x-ndjson", "application/ndjson", "application/jsonl"})
BULK_TYPES = NDJSON_TYPES | {"application/json"}

router = APIRouter(prefix="/v1/documents", tags=["documents"])

_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {"type": "array", "items": {"$ref": "#/components/schemas/DocumentBody"}},
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


@router.post("/bulk", responses=JSON_BODY | BUSY, openapi_extra=_BODY)
async def import_documents(
    request: Request, inkdex: Inkdex, collection: OptionalCollection
) -> BulkOut:
    """Create or replace documents, one a line (NDJSON) or in a JSON array, as they stream in.

    A line that can't be a document is reported and costs no other. `collection` is the
    default of the lines that name none. What was accepted stays so if the request breaks off.
    """
    media_type = require_content_type(request, BULK_TYPES)
    framer: Framer
    chunks: AsyncIterator[bytes]
    if media_type in NDJSON_TYPES:
        framer, chunks = LineFramer(BODY_MAX_BYTES), request.stream()
    else:
        framer, chunks = ArrayFramer(BODY_MAX_BYTES), _array(request.stream())
    with inkdex.bulk_import() as bulk:
        line = 0
        async for chunk in chunks:
            for frame in framer.feed(chunk):
                line += 1
                await _take(bulk, inkdex.checker, line, frame, collection)
        for frame in framer.close():
            line += 1
            await _take(bulk, inkdex.checker, line, frame, collection)
        await bulk.flush()
    return _report(bulk)


async def _array(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Pass on a body that starts as a JSON array does; raises DocumentInvalid for any other."""
    started = False
    async for chunk in chunks:
        if not started and chunk.strip():
            started = True
            if not chunk.lstrip().startswith(b"["):
                raise DocumentInvalid(FieldError(("body",), "must be a JSON array of documents"))
        yield chunk
    if not started:
        raise DocumentInvalid(FieldError(("body",), "must be a JSON array of documents"))


async def _take(
    bulk: BulkImport, checker: Checker, line: int, frame: Frame, collection: str | None
) -> None:
    """Add one document, or count it as rejected; blank lines are passed over."""
    if frame is None:
        error = f"is longer than {BODY_MAX_BYTES:,} bytes"
        bulk.report.reject(Rejection(line, None, error))
    elif frame.strip():
        try:
            new = checker.line(frame, collection)
        except DocumentInvalid as error:
            bulk.report.reject(Rejection(line, checker.id_of(frame), str(error)))
        else:
            await bulk.add(new)


def _report(bulk: BulkImport) -> BulkOut:
    report = bulk.report
    return BulkOut(
        accepted=report.accepted,
        unchanged=report.unchanged,
        rejected_count=report.rejected_count,
        rejected=[RejectedLine(line=r.line, id=r.id, error=r.error) for r in report.rejected],
    )
