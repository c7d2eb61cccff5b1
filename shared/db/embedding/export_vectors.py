"""The vectors of documents that are exported."""

import struct
from array import array
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import LiteralString

from shared.db.kit.fetch import fetch_all_async
from shared.db.kit.pool import AsyncConnection
from shared.domain.embedding.exported_chunks import ExportedChunk
from shared.domain.embedding.vectors import Vector

_HEADER_BYTES = 4
_HALF_BYTES = 2
# The vectors must be those of the text that is exported with them.
_CHUNKS: LiteralString = """
SELECT c.document_key AS key, c.start_offset AS start, c.end_offset AS end, c.text_hash,
    halfvec_send(c.embedding) AS raw
FROM unnest(%(keys)s::bigint[], %(hashes)s::bytea[]) AS wanted (key, content_hash)
JOIN embeddings e ON e.document_key = wanted.key AND e.model_id = %(model)s
    AND e.content_hash = wanted.content_hash
JOIN chunks c ON c.document_key = wanted.key AND c.model_id = %(model)s
ORDER BY c.document_key, c.start_offset, c.end_offset
"""


async def chunks_of(
    connection: AsyncConnection, model_id: int, hashes: Mapping[int, bytes]
) -> Mapping[int, Sequence[ExportedChunk]]:
    """Return the chunks of the documents that are embedded, by their keys.

    `hashes` are those of the documents' contents.
    """
    parameters = {"model": model_id, "keys": list(hashes), "hashes": list(hashes.values())}
    found: defaultdict[int, list[ExportedChunk]] = defaultdict(list)
    for key, chunk in await fetch_all_async(connection, _row, _CHUNKS, parameters):
        found[key].append(chunk)
    return found


def _row(
    *, key: int, start: int, end: int, text_hash: bytes, raw: bytes
) -> tuple[int, ExportedChunk]:
    return key, ExportedChunk(start, end, text_hash, _vector(raw))


def _vector(raw: bytes) -> Vector:
    """Return a halfvec's numbers from its binary form."""
    size = (len(raw) - _HEADER_BYTES) // _HALF_BYTES
    return array("f", struct.unpack_from(f">{size}e", raw, _HEADER_BYTES))
