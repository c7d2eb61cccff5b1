"""Cuts the body of a bulk import into its lines or array elements, in small steps."""

from collections.abc import AsyncIterator, Iterator
from itertools import count

from api.http.body import BODY_MAX_BYTES
from shared.domain.documents.json_framing import ArrayFramer, ArrayStart, Frame, Framer, LineFramer
from shared.domain.operations.memory_budget import MemoryLoan
from shared.services.operations.long_work import Pauses

SLICE_BYTES = 4096
"""A slice may hold thousands of lines. Cutting it takes about a millisecond."""


def lines(
    chunks: AsyncIterator[bytes], loan: MemoryLoan, pauses: Pauses
) -> AsyncIterator[tuple[int, Frame]]:
    """Yield each line of NDJSON with its number; raises TooBusy."""
    return _frames(LineFramer(BODY_MAX_BYTES), chunks, loan, pauses)


def elements(
    chunks: AsyncIterator[bytes], loan: MemoryLoan, pauses: Pauses
) -> AsyncIterator[tuple[int, Frame]]:
    """Yield each element of a JSON array with its number; raises InvalidInput or TooBusy."""
    return _frames(ArrayFramer(BODY_MAX_BYTES), _array(chunks), loan, pauses)


async def _frames(
    framer: Framer, chunks: AsyncIterator[bytes], loan: MemoryLoan, pauses: Pauses
) -> AsyncIterator[tuple[int, Frame]]:
    numbers = count(1)
    async for chunk in chunks:
        for part in _slices(chunk):
            for frame in framer.feed(part):
                yield next(numbers), frame
            loan.resize(framer.held)
            await pauses.pause()
    for frame in framer.close():
        yield next(numbers), frame


def _slices(chunk: bytes) -> Iterator[bytes]:
    for start in range(0, len(chunk), SLICE_BYTES):
        yield chunk[start : start + SLICE_BYTES]


async def _array(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Yield the array of a body from its bracket on; raises InvalidInput if there is none."""
    start = ArrayStart()
    async for chunk in chunks:
        yield start.feed(chunk)
    start.close()
