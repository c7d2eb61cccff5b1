"""uvicorn's HTTP protocol with the limits that it lacks.

A client may send a header of a limited size, must send header and body without long pauses, and
must read its answer. Otherwise its connection is closed.
"""

import asyncio
import json
from enum import Enum, auto
from http import HTTPStatus
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from api.server.connections import ConnectionLimits, Connections


class _Phase(Enum):
    HEADER = auto()
    BODY = auto()
    ANSWER = auto()


class BoundedHttpProtocol(HttpToolsProtocol):
    """One connection. `Connections` knows whether it waits for its client."""

    def __init__(self, *, registry: Connections, **uvicorn: Any) -> None:  # noqa: ANN401
        super().__init__(**uvicorn)
        self._registry = registry
        self._limits: ConnectionLimits = registry.limits
        self._phase = _Phase.HEADER
        self._header_bytes = 0
        self._too_large = False
        self._waited = 0.0
        self._quiet = 0.0
        self._unread = 0.0
        self._received = 0
        self.address = ""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.address = self.client[0] if self.client else ""
        self._registry.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._registry.remove(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._quiet = 0.0
        # What is no body is part of a header: of this request, of the next, or after a body.
        self._header_bytes += len(data)
        if self._phase is _Phase.BODY:
            self._registry.waits(self)
        super().data_received(data)
        if self._header_bytes > self._limits.header_bytes:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)

    def on_body(self, body: bytes) -> None:
        self._header_bytes = 0
        self._received += len(body)
        super().on_body(body)

    def on_message_begin(self) -> None:
        if len(self.pipeline) >= self._limits.pipelined_requests:
            raise ValueError("too many requests at a time")
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        super().on_header(name, value)
        if len(self.headers) > self._limits.header_fields:
            # The parser turns this into an invalid request.
            self._too_large = True
            raise ValueError("too many header fields")

    def send_400_response(self, msg: str) -> None:
        if self._too_large:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        else:
            super().send_400_response(msg)

    def on_headers_complete(self) -> None:
        self._enter(_Phase.BODY)
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._header_bytes = 0
        if self.cycle.response_complete:
            self._enter(_Phase.HEADER)
        else:
            self._phase = _Phase.ANSWER
            self._registry.works(self)

    def on_response_complete(self) -> None:
        if self._phase is _Phase.ANSWER and not self.pipeline:
            self._enter(_Phase.HEADER)
        super().on_response_complete()

    def check(self, seconds: float) -> None:
        """Close the connection if its client is too slow."""
        self._unread = self._unread + seconds if self.flow.write_paused else 0.0
        if self._unread > self._limits.stall_seconds:
            self.transport.abort()
        elif self._phase is _Phase.HEADER:
            self._wait(seconds)
            if self._waited > self._limits.header_seconds:
                self._refuse(HTTPStatus.REQUEST_TIMEOUT)
        elif self._phase is _Phase.BODY and not self.flow.read_paused:
            self._wait(seconds)
            if self._is_too_slow():
                self._refuse(HTTPStatus.REQUEST_TIMEOUT)
        else:
            self._quiet = 0.0

    def evict(self) -> None:
        """Close the connection to make room for another."""
        self.transport.abort()

    def _enter(self, phase: _Phase) -> None:
        self._phase = phase
        self._header_bytes = self._received = 0
        self._waited = self._quiet = 0.0
        self._registry.waits(self)

    def _wait(self, seconds: float) -> None:
        self._waited += seconds
        self._quiet += seconds

    def _is_too_slow(self) -> bool:
        earned = self._received / self._limits.bytes_per_second
        return (
            self._quiet > self._limits.stall_seconds
            or self._waited > self._limits.stall_seconds + earned
        )

    def _refuse(self, status: HTTPStatus) -> None:
        """Answer and close. An answer that has begun is cut off."""
        if self.transport is None or self.transport.is_closing():
            return
        if self._is_receiving() and not self._has_answered():
            self.transport.write(_answer(status))
        self.transport.close()

    def _is_receiving(self) -> bool:
        return self._phase is _Phase.BODY or (
            self._phase is _Phase.HEADER and self._header_bytes > 0
        )

    def _has_answered(self) -> bool:
        """Return whether an answer has begun that is not complete."""
        cycle = self.cycle
        return cycle is not None and cycle.response_started and not cycle.response_complete


_DETAILS = {
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE: (
        "header-too-large",
        "The header is too long. Send a long query as the body of POST /v1/search.",
    ),
    HTTPStatus.REQUEST_TIMEOUT: (
        "request-timeout",
        "The rest of the request did not arrive in time.",
    ),
}


def _answer(status: HTTPStatus) -> bytes:
    type_, detail = _DETAILS[status]
    body = json.dumps(
        {
            "type": f"urn:inkdex:{type_}",
            "title": type_.replace("-", " ").capitalize(),
            "status": status,
            "detail": detail,
        }
    ).encode()
    head = (
        f"HTTP/1.1 {status} {status.phrase}\r\ncontent-type: application/problem+json\r\n"
        f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
    )
    return head.encode() + body
