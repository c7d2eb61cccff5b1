"""Documents as lines of NDJSON, which a bulk import takes."""

import json
from base64 import b64encode
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import aclosing
from typing import Any

import structlog
from starlette.responses import StreamingResponse
from starlette.types import Send

from api.http.body import BODY_MAX_BYTES
from api.schemas.key_cursors import KeyCursors
from shared.domain.documents.exported import ExportedDocument
from shared.domain.embedding.exported_chunks import ExportedChunk
from shared.domain.embedding.sent_vectors import HASH_PREFIX, encoded_floats
from shared.domain.embedding.vectors import Vector
from shared.domain.errors import InkdexError
from shared.domain.models.embedding_model import EmbeddingModel
from shared.services.documents.export import Part

NDJSON = "application/x-ndjson"
_LINE_ENDS = {each: f"\\u{ord(each):04x}" for each in "\x85\u2028\u2029"}
"""Many clients end a line here too. JSON has them within texts only."""

log = structlog.get_logger()


class ExportResponse(StreamingResponse):
    """A stream that is broken off if it cannot be completed, so that its client notices."""

    media_type = NDJSON

    async def stream_response(self, send: Send) -> None:
        iterator: Any = self.body_iterator
        async with aclosing(iterator):
            try:
                await super().stream_response(send)
            except InkdexError as error:
                log.warning("export.broke_off", reason=type(error).__name__)


async def beginning(lines: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Return the lines once the first one is there, so that a failure before it is an answer."""
    first = await anext(lines, None)

    async def all_lines() -> AsyncIterator[bytes]:
        if first is not None:
            yield first
        async for line in lines:
            yield line

    return all_lines()


def lines_of(part: Part, cursors: KeyCursors) -> Iterator[bytes]:
    model = None if part.model is None else _model(part.model)
    for document in part.documents:
        yield _line(document, cursors, model, part.chunks.get(document.key, ()))


def _line(
    document: ExportedDocument,
    cursors: KeyCursors,
    model: dict[str, Any] | None,
    chunks: Sequence[ExportedChunk],
) -> bytes:
    """Return a line. It has no vectors if an import would refuse it for its length."""
    fields = {
        "id": document.id,
        "title": document.title,
        "content": document.content,
        "metadata": document.metadata,
        "cursor": cursors.text(document.key),
    }
    if chunks:
        line = _encoded(fields | {"vectors": {"model": model, "chunks": list(map(_chunk, chunks))}})
        if len(line) <= BODY_MAX_BYTES:
            return line
    return _encoded(fields)


def _encoded(fields: dict[str, Any]) -> bytes:
    text = json.dumps(fields, ensure_ascii=False, separators=(",", ":"))
    for character, escape in _LINE_ENDS.items():
        text = text.replace(character, escape)
    return text.encode() + b"\n"


def _model(model: EmbeddingModel) -> dict[str, Any]:
    assert model.fingerprint is not None
    return {
        "name": model.identity.name,
        "digest": model.digest,
        "dimensions": model.dimensions,
        "fingerprint": _base64(model.fingerprint),
    }


def _chunk(chunk: ExportedChunk) -> dict[str, Any]:
    return {
        "start": chunk.start,
        "end": chunk.end,
        "hash": f"{HASH_PREFIX}{chunk.text_hash.hex()}",
        "vector": _base64(chunk.vector),
    }


def _base64(vector: Vector) -> str:
    return b64encode(encoded_floats(vector)).decode()
