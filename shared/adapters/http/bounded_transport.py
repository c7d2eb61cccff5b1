"""HTTP transports that bound the total time and size of an answer.

httpx only bounds the wait for each piece of an answer. A server that sends a byte per second, or
never ends its answer, would hold its caller forever.
"""

import time
from collections.abc import AsyncIterator, Iterator

import httpx

ANSWER_MAX_BYTES = 64 * 1024 * 1024
"""One and a half times the JSON of 256 vectors with 8,192 numbers each."""


class BoundedTransport(httpx.HTTPTransport):
    """For a blocking client: an answer must end within `seconds` of its request."""

    def __init__(self, seconds: float) -> None:
        super().__init__(trust_env=False)
        self._seconds = seconds

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request; reading its answer may raise httpx.ReadTimeout or ValueError."""
        bounds = _Bounds(self._seconds, ANSWER_MAX_BYTES)
        response = super().handle_request(request)
        assert isinstance(response.stream, httpx.SyncByteStream)
        response.stream = _BoundedStream(response.stream, bounds)
        return response


class AsyncBoundedTransport(httpx.AsyncHTTPTransport):
    """For an asynchronous client."""

    def __init__(self, seconds: float, max_bytes: int = ANSWER_MAX_BYTES) -> None:
        super().__init__(trust_env=False)
        self._seconds = seconds
        self._max_bytes = max_bytes

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request; reading its answer may raise httpx.ReadTimeout or ValueError."""
        bounds = _Bounds(self._seconds, self._max_bytes)
        response = await super().handle_async_request(request)
        assert isinstance(response.stream, httpx.AsyncByteStream)
        response.stream = _AsyncBoundedStream(response.stream, bounds)
        return response


class _Bounds:
    """The time and bytes that are left for one answer."""

    def __init__(self, seconds: float, max_bytes: int) -> None:
        self._deadline = time.monotonic() + seconds
        self._max_bytes = max_bytes
        self._bytes_left = max_bytes

    def check(self, piece: bytes) -> None:
        self._bytes_left -= len(piece)
        if self._bytes_left < 0:
            raise ValueError(f"the answer exceeds {self._max_bytes:,} bytes")
        if time.monotonic() > self._deadline:
            raise httpx.ReadTimeout("the answer did not end in time")


class _BoundedStream(httpx.SyncByteStream):
    def __init__(self, stream: httpx.SyncByteStream, bounds: _Bounds) -> None:
        self._stream = stream
        self._bounds = bounds

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._stream:
            self._bounds.check(piece)
            yield piece

    def close(self) -> None:
        self._stream.close()


class _AsyncBoundedStream(httpx.AsyncByteStream):
    def __init__(self, stream: httpx.AsyncByteStream, bounds: _Bounds) -> None:
        self._stream = stream
        self._bounds = bounds

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for piece in self._stream:
            self._bounds.check(piece)
            yield piece

    async def aclose(self) -> None:
        await self._stream.aclose()
