"""Bulk import: any number of documents in one streamed request."""

from collections.abc import AsyncIterator
from itertools import count

from fastapi import APIRouter, Request

from api.http.body import BODY_MAX_BYTES, require_content_type
from api.http.bulk_lines import claimed_id, parse_line
from api.http.parameters import Inkdex, OptionalCollection
from api.http.responses import BUSY, JSON_BODY
from api.schemas.documents import BulkOut, RejectedLine
from shared.domain.documents.bulk_report import BulkReport
from shared.domain.documents.json_framing import ArrayFramer, Frame, Framer, LineFramer
from shared.domain.errors import FieldError, InvalidInput
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

    An invalid line is reported and does not affect the others. `collection` is the default of
    lines that name none. What was accepted stays stored if the request breaks off.
    """
    media_type = require_content_type(request, BULK_TYPES)
    with inkdex.bulk_import() as bulk:
        async for line, frame in _frames(request, media_type):
            await _add(bulk, line, frame, collection)
        await bulk.flush()
    return _report(bulk.report)


async def _frames(request: Request, media_type: str) -> AsyncIterator[tuple[int, Frame]]:
    """Yield each line, or element of the array, with its number."""
    framer: Framer
    chunks: AsyncIterator[bytes]
    if media_type in NDJSON_TYPES:
        framer, chunks = LineFramer(BODY_MAX_BYTES), request.stream()
    else:
        framer, chunks = ArrayFramer(BODY_MAX_BYTES), _array(request.stream())
    numbers = count(1)
    async for chunk in chunks:
        for frame in framer.feed(chunk):
            yield next(numbers), frame
    for frame in framer.close():
        yield next(numbers), frame


async def _array(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Yield a body that starts like a JSON array; raises InvalidInput for any other."""
    started = False
    async for chunk in chunks:
        if not started and chunk.strip():
            started = True
            if not chunk.lstrip().startswith(b"["):
                raise InvalidInput(FieldError(("body",), "must be a JSON array of documents"))
        yield chunk
    if not started:
        raise InvalidInput(FieldError(("body",), "must be a JSON array of documents"))


async def _add(bulk: BulkImport, line: int, frame: Frame, collection: str | None) -> None:
    """Add one document, or count it as rejected. Blank lines are skipped."""
    if frame is None:
        bulk.report.reject(line, None, f"is longer than {BODY_MAX_BYTES:,} bytes")
    elif frame.strip():
        try:
            await bulk.add(parse_line(frame, collection), line)
        except InvalidInput as error:
            bulk.report.reject(line, claimed_id(frame), str(error))


def _report(report: BulkReport) -> BulkOut:
    return BulkOut(
        accepted=report.accepted,
        unchanged=report.unchanged,
        rejected_count=report.rejected_count,
        rejected=[RejectedLine(line=r.line, id=r.id, error=r.error) for r in report.rejected],
    )
