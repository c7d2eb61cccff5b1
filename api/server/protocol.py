"""uvicorn's HTTP protocol with the limits that it lacks.

A client may send a header of a limited size, must send header and body without long pauses, and
must read its answer. Otherwise its connection is closed.
"""

import asyncio
from enum import Enum, auto
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from api.server.connections import ConnectionLimits, Connections
from api.server.refusals import (
    HEADER_TOO_LARGE,
    NOT_HTTP,
    TOO_MANY_BODIES,
    TOO_SLOW,
    Refusal,
)
from shared.domain.operations.memory_budget import FREE_BYTES


class _Phase(Enum):
    HEADER = auto()
    BODY = auto()
    ANSWER = auto()
    DISCARD = auto()
    """The request is answered, and its client still sends the rest of it."""


class Refused(Exception):
    """Ends the parsing of a request."""


class BoundedHttpProtocol(HttpToolsProtocol):
    """One connection. `Connections` knows whether it waits for its client."""

    def __init__(self, *, registry: Connections, **uvicorn: Any) -> None:  # noqa: ANN401
        super().__init__(**uvicorn)
        self._registry = registry
        self._limits: ConnectionLimits = registry.limits
        self._phase = _Phase.HEADER
        self._refusal: Refusal | None = None
        self._is_refused = False
        self._ends_after_answer = False
        self._unparsed = 0
        """The bytes that arrived since the last complete header or piece of a body."""
        self._waited = self._quiet = 0.0
        self._pieces: list[bytes] = []
        self._received = 0
        self._unread = 0.0
        self._unsent = 0
        self.address = ""

    # Callbacks of the transport

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.address = self.client[0] if self.client else ""
        self._registry.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._registry.remove(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._quiet = 0.0
        if self._phase is _Phase.BODY:
            self._registry.waits(self)
        step = self._limits.header_bytes
        for start in range(0, len(data), step):
            if self._is_refused or self.transport.is_closing():
                return
            part = data[start : start + step]
            self._unparsed += len(part)
            super().data_received(part)
            if not self._deliver_body():
                self._refuse(TOO_MANY_BODIES)
            if self._unparsed > self._limits.header_bytes:
                self._refuse(HEADER_TOO_LARGE)

    # Callbacks of the parser

    def on_url(self, url: bytes) -> None:
        super().on_url(url)
        if len(self.url) >= self._limits.header_bytes:  # more than its parser takes
            self._stop_parsing(HEADER_TOO_LARGE)

    def on_header(self, name: bytes, value: bytes) -> None:
        super().on_header(name, value)
        if len(self.headers) > self._limits.header_fields:
            self._stop_parsing(HEADER_TOO_LARGE)

    def on_headers_complete(self) -> None:
        self._unparsed = 0
        if len(self.pipeline) >= self._limits.pipelined_requests:
            self._stop_parsing(NOT_HTTP)
        self._enter(_Phase.BODY)
        super().on_headers_complete()
        # If the connection closed before the whole body is read, its client could lose the answer.
        self._ends_after_answer = self._registry.is_draining or not self.cycle.keep_alive
        self.cycle.keep_alive = True

    def on_body(self, body: bytes) -> None:
        """Collect the pieces, which may be single bytes: uvicorn copies the whole body for each."""
        self._unparsed = 0
        self._pieces.append(body)

    def on_message_complete(self) -> None:
        self._unparsed = 0
        if not self._deliver_body():
            self._stop_parsing(TOO_MANY_BODIES)
        super().on_message_complete()
        if self._phase is _Phase.DISCARD:
            self._end_or_go_on()
            return
        self.cycle.keep_alive = not self._ends_after_answer
        self._phase = _Phase.ANSWER
        self._registry.works(self)

    # What uvicorn calls

    def on_response_complete(self) -> None:
        if self.cycle.response_complete:  # else it was the answer to an earlier request
            self._complete_answer()
        super().on_response_complete()
        if self.unsent_bytes() > FREE_BYTES:
            self._registry.limit_unsent(self)

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - uvicorn answers in plain text
        self._refuse(self._refusal or NOT_HTTP)

    def shutdown(self) -> None:
        """Close the connection once its request is answered."""
        self._ends_after_answer = True
        if self._phase not in {_Phase.BODY, _Phase.DISCARD}:
            super().shutdown()

    def _unsupported_upgrade_warning(self) -> None:
        """Answer the request as if it did not ask for an upgrade, and close."""
        self._ends_after_answer = True
        self.cycle.keep_alive = False

    # What the registry calls

    def received_bytes(self) -> int:
        return len(self.cycle.body) if self.cycle else 0

    def unsent_bytes(self) -> int:
        return self.transport.get_write_buffer_size()

    def check(self, seconds: float) -> None:
        """Close the connection if its client is too slow."""
        if self._does_not_read(seconds):
            self.transport.abort()
        elif self._phase is _Phase.ANSWER or (self._phase is _Phase.BODY and self.flow.read_paused):
            self._quiet = 0.0
        else:
            self._waited += seconds
            self._quiet += seconds
            self._check_wait()

    def evict(self) -> None:
        """Close the connection to make room for another."""
        self.transport.abort()

    # Details

    def _deliver_body(self) -> bool:
        """Give the application what arrived. Return False if all connections hold too much."""
        body = b"".join(self._pieces)
        self._pieces.clear()
        if not body:
            return True
        self._received += len(body)
        super().on_body(body)
        return self.received_bytes() <= FREE_BYTES or not self._registry.holds_too_much(self)

    def _enter(self, phase: _Phase) -> None:
        self._phase = phase
        self._received = 0
        self._waited = self._quiet = 0.0
        self._registry.waits(self)

    def _complete_answer(self) -> None:
        if self._phase is _Phase.ANSWER:
            self._enter(_Phase.HEADER)
        elif self._phase is _Phase.BODY:
            self._enter(_Phase.DISCARD)
            if self._ends_after_answer and not self.transport.is_closing():
                self.transport.write_eof()

    def _check_wait(self) -> None:
        if self._phase is _Phase.DISCARD:
            if self._waited > self._limits.discard_seconds:
                self.transport.close()
        elif self._phase is _Phase.HEADER:
            if self._waited > self._limits.header_seconds:
                self._refuse(TOO_SLOW)
        elif self._is_too_slow():
            self._refuse(TOO_SLOW)

    def _is_too_slow(self) -> bool:
        earned = self._received / self._limits.bytes_per_second
        return (
            self._quiet > self._limits.stall_seconds
            or self._waited > self._limits.stall_seconds + earned
        )

    def _does_not_read(self, seconds: float) -> bool:
        """Return whether the client has read too little of its answer for too long."""
        size, before = self.unsent_bytes(), self._unsent
        self._unsent = size
        if size == 0 or size > before:
            self._unread = 0.0
        else:
            earned = (before - size) / self._limits.bytes_per_second
            self._unread = max(0.0, self._unread + seconds - earned)
        return self._unread > self._limits.stall_seconds

    def _stop_parsing(self, refusal: Refusal) -> None:
        self._refusal = refusal
        raise Refused  # uvicorn takes it for a parser's error and calls send_400_response

    def _refuse(self, refusal: Refusal) -> None:
        """Answer, and discard what the client still sends. An answer that has begun is cut off."""
        if self._is_refused or self.transport.is_closing():
            return
        self._is_refused = True
        if self._phase is _Phase.DISCARD or self._has_answered():
            self.transport.abort()
        elif self._phase is _Phase.HEADER and not self._unparsed:
            self.transport.close()
        else:
            self._disconnect_application()
            self._enter(_Phase.DISCARD)
            self.transport.write(refusal.response())
            self.transport.write_eof()
            self.flow.resume_reading()

    def _has_answered(self) -> bool:
        """Return whether an answer has begun that is not complete, or another comes first."""
        cycle = self.cycle
        is_open = cycle is not None and not cycle.response_complete
        return bool(self.pipeline) or (is_open and cycle.response_started)

    def _disconnect_application(self) -> None:
        if self.cycle is not None and not self.cycle.response_complete:
            self.cycle.disconnected = True
            self.cycle.message_event.set()

    def _end_or_go_on(self) -> None:
        if self._ends_after_answer:
            self.transport.close()
        else:
            self._enter(_Phase.HEADER)
